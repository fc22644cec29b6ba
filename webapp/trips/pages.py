"""What the pages show that is no row of a table: the task list, sheets as text, findings with their links."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from webapp.attachments.service import StoredFile
from webapp.core.i18n import gettext
from webapp.deadlines.states import LABELS as CONFIDENCE_LABELS
from webapp.deadlines.states import Confidence
from webapp.rulebook import places
from webapp.rulebook.edition import Finding, Where
from webapp.rulebook.states import POINT_LABELS, EnforcementPoint, Half, Severity, Verdict, WaivedBy
from webapp.rulebook.states import Section as RuleSection
from webapp.trips import sections
from webapp.trips.commands_sections import (
    DECLARATIONS,
    SECTION_LABELS,
    DocumentType,
    MemberRole,
    Section,
    Transit,
)
from webapp.trips.models import Trip
from webapp.trips.states import EDITABLE

# The part of the form in which a finding can be put right.
PLACE: dict[RuleSection, Section] = {
    RuleSection.TASK: Section.TASK,
    RuleSection.PLAN: Section.TASK,
    RuleSection.LEGS: Section.LEGS,
    RuleSection.SCHEDULE: Section.SLOTS,
    RuleSection.MEMBERS: Section.MEMBERS,
    RuleSection.BUDGET: Section.BUDGET,
    RuleSection.INVITATION: Section.INVITATIONS,
}
# Where on the page of the return block each rule's form stands; a late claim is explained in its own form.
RETURN_PLACES = {"PST-01": "h-pass", "PST-03": "h-state", "PST-04": "h-rep", "PST-05": "h-pub"}
_TONE = {
    Verdict.OK: "ok",
    Verdict.NOTICE: "warn",
    Verdict.NEEDS_JUSTIFICATION: "warn",
    Verdict.BLOCKER: "bad",
}
MOST_DAYS_LAID = 31
_COUNTRY_COLUMNS = {"to_country", "country"}


@dataclass(frozen=True)
class Task:
    """One line of the task list."""

    section: Section
    label: str
    status: str  # done, started, problem, empty
    note: str = ""


@dataclass(frozen=True)
class FindingLine:
    """One finding as the page's macro shows it. `later`: by which later step it must be put right, if not to submit."""

    rule: str
    verdict: str
    title: str
    text: str
    reply: str
    citation: str
    confidence: str
    waivable: bool
    blocks: bool
    section: Section | None
    row: int
    waiver: str = ""
    later: str = ""
    ways: tuple[tuple[str, str], ...] = ()


def tasks(trip: Trip, files: Sequence[StoredFile], findings: Iterable[Finding]) -> list[Task]:
    """The things to do before submission, each with how far it is."""
    wrong: dict[Section, list[Finding]] = {}
    unexplained = 0
    explained = trip.explanations
    for finding in findings:
        place = PLACE.get(finding.where.section)
        if finding.stops and place is not None:
            wrong.setdefault(place, []).append(finding)
        if finding.verdict is Verdict.NEEDS_JUSTIFICATION and finding.rule not in explained:
            unexplained += 1
    found = []
    for section in Section:
        status, note = _progress(trip, files, section, unexplained)
        if wrong.get(section):
            status, note = "problem", gettext("%(n)s 项不符合规定", n=len(wrong[section]))
        found.append(Task(section, gettext(SECTION_LABELS[section]), status, note))
    return found


def _progress(trip: Trip, files: Sequence[StoredFile], section: Section, unexplained: int) -> tuple[str, str]:
    if section is Section.EXPLANATIONS:
        if unexplained:
            return "started", gettext("还有 %(n)s 项没有说明", n=unexplained)
        return ("done", "") if trip.countries else ("empty", gettext("填好行程以后核查"))
    missing = _missing(trip, files, section)
    if not missing:
        return "done", ""
    begun = _begun(trip, files, section)
    return ("started" if begun else "empty"), missing


def _begun(trip: Trip, files: Sequence[StoredFile], section: Section) -> bool:
    if section is Section.TASK:
        return bool(trip.purpose or trip.fund_source)
    if section is Section.FILES:
        return bool(files)
    if section is Section.DECLARATIONS:
        return any(trip.declarations.values())
    return bool(getattr(trip, sections.ROWS[section][2]))


def _missing(trip: Trip, files: Sequence[StoredFile], section: Section) -> str:  # noqa: PLR0911 - one answer each
    """What is still to do in a section, '' when nothing is."""
    kinds = {row.document_type for row in files}
    if section is Section.TASK:
        return "" if trip.purpose and trip.fund_source else gettext("出访任务、经费来源")
    if section is Section.LEGS:
        ends = any(leg.transit is Transit.HOME for leg in trip.legs)
        return "" if trip.countries and ends else gettext("去程、回程和日期")
    if section is Section.SLOTS:
        return "" if trip.slots and all(slot.what for slot in trip.slots) else gettext("每半天的安排")
    if section is Section.INVITATIONS:
        return "" if trip.invitations else gettext("邀请单位、签发人、日期")
    if section is Section.MEMBERS:
        return "" if any(m.role is MemberRole.HEAD for m in trip.members) else gettext("还没有团长")
    if section is Section.BUDGET:
        return "" if trip.budget else gettext("按行程和人数自动生成")
    if section is Section.FILES:
        wanted = {DocumentType.INVITATION.value, DocumentType.TRANSLATION.value}
        return "" if wanted <= kinds else gettext("邀请函和译文")
    if section is Section.DECLARATIONS:
        done = all(trip.declarations.get(name) for name in DECLARATIONS)
        return "" if done else gettext("五项声明")
    return ""


def sheet(trip: Trip, section: Section) -> list[dict[str, str]]:
    """The rows of a section as text for inputs."""
    rows = sections.values_of(trip, section)
    assert isinstance(rows, tuple)
    return [{name: as_text(name, value) for name, value in asdict(row).items()} for row in rows]


def half_days(trip: Trip) -> list[dict[str, str]]:
    """Every half day of a trip whose dates are known, for the clerk to say what is done then; official at first."""
    if trip.exit_on is None or trip.entry_on is None:
        return []
    days = min((trip.entry_on - trip.exit_on).days + 1, MOST_DAYS_LAID)
    return [
        {"on_day": (trip.exit_on + timedelta(days=n)).isoformat(), "half": half.value, "is_official": "1"}
        for n in range(days)
        for half in Half
    ]


def as_text(column: str, value: Any) -> str:  # noqa: PLR0911 - one answer per kind of value
    """A cell's value as a person types it."""
    if value is None or isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else ""
    if isinstance(value, date):
        return value.isoformat()
    if column in _COUNTRY_COLUMNS:
        return country_name(str(value))
    if column == "countries":
        return "、".join(country_name(code) for code in str(value).split())
    return str(value) if value != 0 else ""


def country_name(code: str) -> str:
    """The name of a country on the form; China only ends a trip."""
    return gettext("中国") if code == "CN" else places.name(code)


def finding_lines(trip: Trip, findings: Iterable[Finding], *, with_ways: bool = False) -> list[FindingLine]:
    """Findings, worst first, with the applicant's own words, and with the ways out for who may go them."""
    texts = trip.explanations
    waivers = {row.rule_id: row.state for row in trip.waivers}
    lines = []
    for finding in findings:
        waiver = waivers.get(finding.rule, "")
        later = _later(finding) if trip.state in EDITABLE else ""
        lines.append(
            FindingLine(
                rule=finding.rule,
                verdict="later" if later else _TONE[finding.verdict],
                title=finding.heading(),
                text=finding.sentence(),
                reply=texts.get(finding.rule, ""),
                citation=finding.citation,
                confidence=gettext(CONFIDENCE_LABELS[finding.confidence]),
                waivable=finding.waivable_by is not WaivedBy.NOBODY,
                blocks=finding.stops,
                section=PLACE.get(finding.where.section),
                row=finding.where.row,
                waiver=waiver,
                later=later,
                ways=_ways(trip, finding, waiver) if with_ways else (),
            )
        )
    return sorted(lines, key=lambda line: ("bad", "warn", "later", "ok").index(line.verdict))


def _later(finding: Finding) -> str:
    """The step a finding stops, for one that does not stop submission."""
    if not finding.stops or EnforcementPoint.SUBMISSION in finding.enforced_at:
        return ""
    first = min(finding.enforced_at, key=list(EnforcementPoint).index)
    return gettext("不影响提交，%(step)s前办好。", step=gettext(POINT_LABELS[first]))


def _ways(trip: Trip, finding: Finding, waiver: str) -> tuple[tuple[str, str], ...]:
    """Where whoever was refused goes on: to the place that can be mended, to an exception, to an explanation."""
    here = f"/trips/{trip.ref}"
    if finding.where.section is RuleSection.TRAVEL:
        owed = finding.stops or finding.rule not in RETURN_PLACES
        words = gettext("去办") if owed else gettext("写情况说明")
        return ((words, f"{here}/after#{RETURN_PLACES.get(finding.rule, 'h-pay') if owed else 'h-state'}"),)
    if trip.state not in EDITABLE:
        return ((gettext("看这份申请"), here),)
    place = PLACE.get(finding.where.section)
    if finding.verdict is Verdict.OK or place is None:
        return ()
    found = [(gettext("去改"), f"{here}/edit/{place.value}")]
    if finding.stops and finding.waivable_by is not WaivedBy.NOBODY and not waiver:
        found.append((gettext("申请例外"), f"{here}/waivers/{finding.rule}"))
    if finding.verdict is Verdict.NEEDS_JUSTIFICATION:
        found.append((gettext("写说明"), f"{here}/edit/{Section.EXPLANATIONS.value}"))
    return tuple(found)


def thawed(kept: Mapping[str, Any]) -> tuple[Finding, ...]:
    """The findings as they were kept (`frozen`)."""
    return tuple(
        Finding(
            rule=item["rule"],
            edition=item["edition"],
            title=item["title"],
            verdict=Verdict(item["verdict"]),
            severity=Severity(item["severity"]),
            text=item["text"],
            values=item["values"],
            limit=item["limit"],
            actual=item["actual"],
            where=Where(RuleSection(item["section"]), item["row"]),
            citation=item["citation"],
            confidence=Confidence(item["confidence"]),
            enforced_at=frozenset(EnforcementPoint(point) for point in item["enforced_at"]),
            waivable_by=WaivedBy(item["waivable_by"]),
        )
        for item in kept.get("items", ())
    )


def frozen(findings: Iterable[Finding], edition: str) -> dict[str, Any]:
    """The findings as they are kept with a submission, plain and complete."""
    return {
        "edition": edition,
        "items": [
            {
                "key": f.key,
                "rule": f.rule,
                "edition": f.edition,
                "title": f.title,
                "verdict": f.verdict.value,
                "text": f.text,
                "values": dict(f.values),
                "limit": f.limit,
                "actual": f.actual,
                "section": f.where.section.value,
                "row": f.where.row,
                "citation": f.citation,
                "confidence": f.confidence.value,
                "waivable_by": f.waivable_by.value,
                "severity": f.severity.value,
                "enforced_at": sorted(point.value for point in f.enforced_at),
            }
            for f in findings
        ],
    }
