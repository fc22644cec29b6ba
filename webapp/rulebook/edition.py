"""A rule as it stood on a day, the whole edition that a request is judged by, and what a check finds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from webapp.core.i18n import gettext
from webapp.rulebook import places
from webapp.rulebook.fees import NO_FEES, FeeTable
from webapp.rulebook.states import Confidence, EnforcementPoint, Section, Severity, Verdict, WaivedBy

PLACES = "_places"
LABELLED = "_label"
LABELS = "_labels"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One edition of one rule. `params` are the numbers the check reads; their meaning is the check's."""

    code: str
    edition: int
    title: str
    severity: Severity
    enforced_at: frozenset[EnforcementPoint]
    waivable_by: WaivedBy
    citation: str
    confidence: Confidence
    params: Mapping[str, Any]
    valid_from: date
    valid_until: date | None = None
    is_on: bool = True


@dataclass(frozen=True)
class Edition:
    """All rules and fee standards in force on one day. `code` names the set: equal codes, equal rules."""

    on: date
    rules: Mapping[str, Rule]
    fees: FeeTable = NO_FEES
    code: str = ""

    def rule(self, code: str) -> Rule | None:
        """The rule if it is in force and switched on."""
        found = self.rules.get(code)
        return found if found is not None and found.is_on else None


@dataclass(frozen=True)
class Where:
    """The place a finding points at: a section of the request, and a row of it (0: the section as a whole)."""

    section: Section
    row: int = 0


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one rule says about one place. `text` is a Chinese sentence with places for `values`.

    Values are plain (JSON); a name ending in `_places` holds country codes joined by commas and is shown
    as their names, one ending in `_label` (`_labels`) a Chinese term (terms joined by |) that is itself translated.
    """

    rule: str
    edition: int
    title: str
    verdict: Verdict
    severity: Severity
    text: str
    values: Mapping[str, Any] = field(default_factory=dict)
    limit: str = ""
    actual: str = ""
    where: Where = Where(Section.TASK)
    citation: str = ""
    confidence: Confidence = Confidence.UNVERIFIED
    enforced_at: frozenset[EnforcementPoint] = frozenset()
    waivable_by: WaivedBy = WaivedBy.NOBODY

    @property
    def stops(self) -> bool:
        return self.verdict is Verdict.BLOCKER

    @property
    def key(self) -> str:
        """Stable name of the finding inside a request, so that a reason or a waiver stays with it."""
        return f"{self.rule}/{self.where.section.value}/{self.where.row}"

    def sentence(self) -> str:
        """The finding in the current language, with its numbers."""
        return gettext(self.text, **{name: _shown(name, value) for name, value in self.values.items()})

    def heading(self) -> str:
        return gettext(self.title)


def _shown(name: str, value: Any) -> Any:
    if name.endswith(PLACES):
        return places.names([code for code in str(value).split(",") if code])
    if name.endswith(LABELLED):
        return gettext(str(value))
    if name.endswith(LABELS):
        return gettext("、").join(gettext(term) for term in str(value).split("|"))
    return value


def passed(
    rule: Rule, text: str, where: Where, *, limit: Any = "", actual: Any = "", **values: Any
) -> Finding:
    """The rule is met."""
    return _finding(rule, Verdict.OK, text, where, limit, actual, values)


def unmet(
    rule: Rule, text: str, where: Where, *, limit: Any = "", actual: Any = "", **values: Any
) -> Finding:
    """The rule is not met: its severity becomes the verdict."""
    return _finding(rule, Verdict(rule.severity.value), text, where, limit, actual, values)


def softened(
    rule: Rule, text: str, where: Where, *, limit: Any = "", actual: Any = "", **values: Any
) -> Finding:
    """Not met, but only told: the rule does not bind this class of delegation."""
    return _finding(rule, Verdict.NOTICE, text, where, limit, actual, values)


def past_mending(
    rule: Rule, text: str, where: Where, *, limit: Any = "", actual: Any = "", **values: Any
) -> Finding:
    """Done, but not as the rule asks, and nothing can change that now: it asks for words and stays in the record.

    A blocker that nobody waives would otherwise keep a file open for ever.
    """
    told = rule.severity is Severity.NOTICE
    verdict = Verdict.NOTICE if told else Verdict.NEEDS_JUSTIFICATION
    return _finding(rule, verdict, text, where, limit, actual, values)


def _finding(
    rule: Rule, verdict: Verdict, text: str, where: Where, limit: Any, actual: Any, values: Mapping[str, Any]
) -> Finding:
    return Finding(
        rule=rule.code,
        edition=rule.edition,
        title=rule.title,
        verdict=verdict,
        severity=rule.severity,
        text=text,
        values={"limit": str(limit), "actual": str(actual)} | dict(values) if values or limit != "" else {},
        limit=str(limit),
        actual=str(actual),
        where=where,
        citation=rule.citation,
        confidence=rule.confidence,
        enforced_at=rule.enforced_at,
        waivable_by=rule.waivable_by,
    )
