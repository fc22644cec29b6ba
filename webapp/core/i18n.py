"""Two languages: Chinese sentences are the source, English comes from each feature's `translations/en.po`.

Plain Babel and a context variable instead of Flask-Babel: mails are rendered by workers, which never
load Flask.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

LOCALES = ("zh", "en")
DEFAULT_LOCALE = "zh"
_locale: ContextVar[str] = ContextVar("locale", default=DEFAULT_LOCALE)
_ROOT = Path(__file__).resolve().parent.parent


def N_(text: str) -> str:  # noqa: N802 - the established name of the marker
    """Mark a sentence for translation later."""
    return text


@cache
def catalogue(locale: str) -> dict[str, str]:
    """All translations of one language, merged over the features. Empty for the source language."""
    texts: dict[str, str] = {}
    if locale == DEFAULT_LOCALE:
        return texts
    for path in sorted(_ROOT.glob(f"**/translations/{locale}.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=locale):
                if isinstance(message.id, str) and message.id and isinstance(message.string, str):
                    texts[message.id] = message.string or message.id
    return texts


def current_locale() -> str:
    return _locale.get()


def set_locale(locale: str) -> None:
    """Set the language for the rest of this context (a request or a mail)."""
    _locale.set(locale if locale in LOCALES else DEFAULT_LOCALE)


@contextmanager
def in_locale(locale: str) -> Iterator[None]:
    token = _locale.set(locale if locale in LOCALES else DEFAULT_LOCALE)
    try:
        yield
    finally:
        _locale.reset(token)


def gettext(text: str, **values: Any) -> str:
    """The sentence in the current language, with `%(name)s` places filled."""
    found = catalogue(_locale.get()).get(text, text)
    return found % values if values else found


_ = gettext


class Words:
    """Words of the members of several enums, looked up by the member itself.

    Members of two enums may be equal as strings ("other", "notice"), so one dictionary would lose some.
    """

    def __init__(self, *tables: Mapping[Any, str]) -> None:
        self._words = {(type(code), str(code)): text for table in tables for code, text in table.items()}

    def __getitem__(self, code: Any) -> str:
        return self._words[type(code), str(code)]
