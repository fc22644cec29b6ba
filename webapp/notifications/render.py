"""Words of a mail: plain Jinja without Flask, in the language of the person who gets it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound

from webapp.core.clock import SHANGHAI
from webapp.core.i18n import gettext, in_locale
from webapp.notifications.rules import one_line

FEATURES = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Words:
    subject: str
    text: str


class _MailFiles(BaseLoader):
    """`trips/submitted` is webapp/trips/templates/trips/mail/submitted.txt."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, None]:  # noqa: ARG002
        feature, _, name = template.partition("/")
        path = FEATURES / feature / "templates" / feature / "mail" / f"{name}.txt"
        if not feature.isidentifier() or not name.isidentifier() or not path.is_file():
            raise TemplateNotFound(template)
        return path.read_text(encoding="utf-8"), str(path), None


def _when(at: datetime) -> str:
    """A moment as people in the office write it, in Asia/Shanghai."""
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def _until(at: datetime) -> str:
    """The end of a term: a midnight is 24:00 of the day before it, as laws count days."""
    local = at.astimezone(SHANGHAI)
    if local.time() != time():
        return _when(at)
    return (local - timedelta(days=1)).strftime("%Y-%m-%d 24:00")


class Renderer:
    """Templates of all features. A place a template names and nobody filled is an error, not an empty space."""

    def __init__(self, public_url: str, office_name: str) -> None:
        self.public_url = public_url
        # Plain text: escaping would put &amp; into subjects.
        self._jinja = Environment(
            loader=_MailFiles(),
            undefined=StrictUndefined,
            autoescape=False,  # noqa: S701
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._jinja.globals.update(_=gettext, when=_when, until=_until, office_name=office_name)

    def words(
        self, template: str, context: Mapping[str, Any], *, link: str, locale: str, now: datetime
    ) -> Words:
        """Subject (the first line) and text of one mail. `link` is a path, shown with the office's address."""
        address = f"{self.public_url}{link}" if link else ""
        with in_locale(locale):
            whole = self._jinja.get_template(template).render(**context, link=address, now=now)
            foot = self._jinja.get_template("notifications/foot").render()
        subject, _, text = whole.strip().partition("\n")
        return Words(one_line(subject), f"{text.strip()}\n\n{foot.strip()}\n")
