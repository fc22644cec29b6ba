"""A digest's figures as its page shows them, in words. The files keep the codes, which the verifier reads."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from webapp.accounts import queries as accounts
from webapp.approvals.route_text import shipped
from webapp.approvals.service_clocks import SPAN, STAGE
from webapp.approvals.states import VERDICT_LABELS, Verdict
from webapp.core import display
from webapp.core.events import RESULT_LABELS, all_events
from webapp.core.i18n import N_, gettext
from webapp.digests.figures import ORIGINS
from webapp.digests.render import shown, total
from webapp.incidents.kinds import CATEGORY_LABELS, DUTY_LABELS
from webapp.incidents.queries_duties import kind_name
from webapp.incidents.states import LEVEL_LABELS
from webapp.rulebook.states import CLASS_LABELS, ROUTE_LABELS
from webapp.trips.service_travel import DUTY_LABELS as TRIP_DUTIES

_CLASSES = {"trip": N_("出访申请"), "incident": N_("案事件"), "permit": N_("批件"), "digest": N_("审计摘要")}
_CLOCKS = {STAGE: N_("环节时限"), SPAN: N_("受理至批准")}

Naming = Callable[[str], str]


@dataclass(frozen=True)
class Line:
    """One row of a section's table: a figure, or one group of it (`group` not empty)."""

    figure: str
    words: str
    group: str
    native: str
    imported: str
    is_bad: bool = False


@dataclass(frozen=True)
class SectionView:
    """A section as the page shows it."""

    id: str
    words: str
    lines: tuple[Line, ...]


def sections(
    session: Session, content: Mapping[str, Any], book: Mapping[str, Any], locale: str
) -> list[SectionView]:
    """Return the figures of a digest for the page, in the reader's language."""
    names = _namings(session)
    language = "en" if locale == "en" else "zh"
    return [
        SectionView(
            section["id"],
            section[language],
            tuple(
                line
                for figure in book["figures"]
                if figure["section"] == section["id"]
                for line in _lines(figure, content, language, names)
            ),
        )
        for section in book["sections"]
    ]


def _lines(
    figure: Mapping[str, Any], content: Mapping[str, Any], language: str, names: Mapping[str, Naming]
) -> Iterator[Line]:
    native, imported = (content["figures"][origin][figure["id"]] for origin in ORIGINS)
    name, words, measure = figure["id"], figure[language], figure["measure"]
    if "by" not in figure:
        bad = figure["section"] == "zeros" and bool(native or imported)
        yield Line(name, words, "", _count(measure, native), _count(measure, imported), bad)
        return
    added = measure not in {"spread", "share"}  # neither adds up, also where there is nothing to add
    yield Line(name, words, "", total(native) if added else "", total(imported) if added else "")
    for key in sorted({*native, *imported}):
        group = _group_words(figure, key, names)
        yield Line(
            name,
            words,
            group,
            _value_words(measure, native.get(key)),
            _value_words(measure, imported.get(key)),
        )


def _count(measure: str, value: Any) -> str:
    return str(len(value)) if measure == "list" else _value_words(measure, value)


def _namings(session: Session) -> Mapping[str, Naming]:
    """Path of a figure's group → what one of its codes is called; a code without a name stays as it is."""
    units = {unit.code: unit.name for unit in accounts.units(session)}
    stages = {stage.code: stage.title for route in shipped().values() for stage in route.stages}
    duties = _CLOCKS | TRIP_DUTIES | {kind_name(kind): words for kind, words in DUTY_LABELS.items()}
    actions = {name: event.label for name, event in all_events().items()}
    levels = {str(level.value): words for level, words in LEVEL_LABELS.items()}
    return {
        "unit": lambda code: units.get(code, code),
        "class": _translated(_CLASSES),
        "result": _translated(RESULT_LABELS),
        "action": _translated(actions),
        "figures.stage": _translated(stages),
        "figures.verdict": _translated({v.value: VERDICT_LABELS[v] for v in Verdict}),
        "figures.kind": _translated(duties),
        "figures.level": _translated(levels),
        "figures.category": _translated({c.value: words for c, words in CATEGORY_LABELS.items()}),
        "figures.delegation_class": _translated({c.value: words for c, words in CLASS_LABELS.items()}),
        "figures.route_kind": _translated({r.value: words for r, words in ROUTE_LABELS.items()}),
    }


def _translated(labels: Mapping[str, str]) -> Naming:
    return lambda code: gettext(labels[code]) if code in labels else code


def _group_words(figure: Mapping[str, Any], key: str, names: Mapping[str, Naming]) -> str:
    """The name of one group: its codes in the order of the figure's paths."""
    codes = key.split("|")
    known = (names.get(path, str)(code) for path, code in zip(figure["by"], codes, strict=False))
    return gettext(N_("，")).join(known)


def _value_words(measure: str, value: Any) -> str:
    """A value as people read it: minutes as days and hours."""
    if measure != "spread" or value is None or not value["n"]:
        return shown(measure, value)
    middle, most = (display.duration(timedelta(minutes=value[part])) for part in ("median", "p90"))
    return gettext(
        N_("一半在 %(middle)s 内，九成在 %(most)s 内，共 %(n)s 件"), middle=middle, most=most, n=value["n"]
    )
