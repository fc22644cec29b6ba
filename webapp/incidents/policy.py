"""Which duties the law lays on whom, for an incident and for each person in it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from webapp.core.clock import local_date
from webapp.deadlines.calendar import Term
from webapp.deadlines.states import Confidence, Ladder, TimeUnit
from webapp.incidents import rules, rules_clocks
from webapp.incidents.kinds import FAMILIES, DutyKind, Family, MeasureKind, Performer
from webapp.incidents.rules import Counting, TreatyTerms
from webapp.incidents.rules_clocks import Clocks, LegalSource
from webapp.incidents.states import Level


class OwnerRole(StrEnum):
    """Who in the office answers for a duty and is reminded first."""

    DUTY_OFFICER = "duty_officer"
    LEAD = "lead"


@dataclass(frozen=True, kw_only=True)
class DutySpec:
    """One thing owed: by when in law, by when inside the office, by whom, and by which text.

    `due_at` is the legal end, `target_at` the instant the reminders run on; both aware, never moved by a
    holiday unless counted in working days (`unit`). `waivable`: the law knows a case in which it falls away.
    `provisional`: counted through a year without a State Council calendar.
    """

    kind: DutyKind
    starts_at: datetime
    due_at: datetime
    target_at: datetime
    source: LegalSource
    owner: OwnerRole
    performer: Performer
    ladder: Ladder
    unit: TimeUnit = TimeUnit.HOURS
    term: Term | None = None
    waivable: bool = False
    provisional: bool = False
    number: int = 0


# Reports to the police's own superiors rest on one text for criminal and one for administrative measures.
POLICE_RULES: Final[dict[Family, str]] = {
    Family.CRIMINAL: rules_clocks.CRIMINAL_REPORT,
    Family.ADMINISTRATIVE: rules_clocks.ADMINISTRATIVE_REPORT,
}


def first_report(received_at: datetime, level: Level | None, clocks: Clocks) -> DutySpec:
    due_at = rules.first_report_due(received_at, level, clocks)
    return DutySpec(
        kind=DutyKind.FIRST_REPORT,
        starts_at=received_at,
        due_at=due_at,
        target_at=due_at,
        source=clocks.sources[rules_clocks.FIRST_REPORT],
        owner=OwnerRole.DUTY_OFFICER,
        performer=Performer.OFFICE,
        ladder=Ladder.FIRST_REPORT,
    )


def follow_up(reported_at: datetime, level: Level | None, number: int, clocks: Clocks) -> DutySpec:
    """Follow-up `number` (续报一 is 1), counted from the report before it."""
    due_at = rules.follow_up_due(reported_at, level, clocks)
    return DutySpec(
        kind=DutyKind.FOLLOW_UP,
        starts_at=reported_at,
        due_at=due_at,
        target_at=due_at,
        source=clocks.sources[rules_clocks.FOLLOW_UP],
        owner=OwnerRole.LEAD,
        performer=Performer.OFFICE,
        ladder=Ladder.STATUTORY,
        number=number,
    )


def owed_after_handling(
    ended_at: datetime,
    level: Level | None,
    nth_working_day: rules.NthWorkingDay,
    *,
    a_clock_was_missed: bool,
    clocks: Clocks,
) -> tuple[DutySpec, ...]:
    """The final report, and the lessons of levels Ⅰ to Ⅲ or of any incident with a missed clock."""
    owed = [(DutyKind.FINAL_REPORT, clocks.final_report_working_days)]
    if a_clock_was_missed or level is None or level < Level.L4:
        owed.append((DutyKind.LESSONS, clocks.lessons_working_days))
    specs = []
    for kind, days in owed:
        due_at, provisional = rules.working_days_due(ended_at, days, nth_working_day)
        specs.append(
            DutySpec(
                kind=kind,
                starts_at=ended_at,
                due_at=due_at,
                target_at=due_at,
                source=clocks.sources[rules_clocks.FOLLOW_UP],
                owner=OwnerRole.LEAD,
                performer=Performer.OFFICE,
                ladder=Ladder.STAGE,
                unit=TimeUnit.WORKING_DAYS,
                term=Term(start=local_date(ended_at), count=days, unit=TimeUnit.WORKING_DAYS),
                provisional=provisional,
            )
        )
    return tuple(specs)


def is_foreign(country: str) -> bool:
    """Whether a person of this nationality is owed the duties towards foreigners."""
    return bool(country) and country not in rules.NOT_FOREIGN


def owed_for_measure(
    kind: MeasureKind,
    started_at: datetime,
    terms: TreatyTerms,
    clocks: Clocks,
    *,
    has_host_unit: bool = False,
) -> tuple[DutySpec, ...]:
    """Everything one measure against one foreigner starts: the 48-hour report and the consular notice.

    A death starts the notice of death instead. Each measure starts its own, an arrest after a
    detention as well. Nothing for persons who are not foreign.
    """
    if not is_foreign(terms.country):
        return ()
    if kind is MeasureKind.DEATH:
        return (_death_notice(started_at, clocks, has_host_unit=has_host_unit),)
    family = FAMILIES[kind]
    due_at = rules.police_report_due(started_at, _police_hours(family, clocks))
    report = DutySpec(
        kind=DutyKind.POLICE_REPORT,
        starts_at=started_at,
        due_at=due_at,
        target_at=due_at,
        source=clocks.sources[POLICE_RULES[family]],
        owner=OwnerRole.LEAD,
        performer=Performer.CITY_POLICE if family is Family.CRIMINAL else Performer.DECIDING_ORGAN,
        ladder=Ladder.STATUTORY,
    )
    days = rules.notice_days(terms, clocks)
    if days is None:
        return (report,)
    return report, _consular_notice(started_at, days, terms, clocks)


def _police_hours(family: Family, clocks: Clocks) -> int:
    return clocks.criminal_report_hours if family is Family.CRIMINAL else clocks.administrative_report_hours


def _consular_notice(started_at: datetime, days: int, terms: TreatyTerms, clocks: Clocks) -> DutySpec:
    # The provincial police notify the consulate:
    # 刑事案件程序规定 (2020) 第三百六十八条, 行政案件程序规定 (2019) 第二百五十四条.
    due_at = rules.notice_due(started_at, days, terms.counting)
    return DutySpec(
        kind=DutyKind.CONSULAR_NOTICE,
        starts_at=started_at,
        due_at=due_at,
        target_at=rules.notice_target(started_at, days, due_at, clocks),
        source=notice_source(terms, clocks),
        owner=OwnerRole.LEAD,
        performer=Performer.PROVINCIAL_POLICE,
        ladder=Ladder.STATUTORY,
        unit=TimeUnit.HOURS if terms.counting is Counting.HOURS else TimeUnit.CALENDAR_DAYS,
        waivable=rules.opt_out_refusal(terms, statement_on_file=True) is None,
    )


def _death_notice(started_at: datetime, clocks: Clocks, *, has_host_unit: bool) -> DutySpec:
    """A host or employing unit notifies of a death, the provincial police where there is none."""
    days = clocks.death_notice_days
    due_at = rules.notice_due(started_at, days, Counting.DAY_END)
    return DutySpec(
        kind=DutyKind.DEATH_NOTICE,
        starts_at=started_at,
        due_at=due_at,
        target_at=rules.notice_target(started_at, days, due_at, clocks),
        source=clocks.sources[rules_clocks.DEATH_NOTICE],
        owner=OwnerRole.LEAD,
        performer=Performer.HOST_UNIT if has_host_unit else Performer.PROVINCIAL_POLICE,
        ladder=Ladder.STATUTORY,
        unit=TimeUnit.CALENDAR_DAYS,
    )


def visit(requested_at: datetime, terms: TreatyTerms, clocks: Clocks) -> DutySpec:
    """A mission's request to visit: within the treaty's days, otherwise the office's own target (three)."""
    days = terms.visit_days or clocks.visit_days
    treaty = terms.visit_days is not None
    due_at = rules.notice_due(requested_at, days)
    return DutySpec(
        kind=DutyKind.CONSULAR_VISIT,
        starts_at=requested_at,
        due_at=due_at,
        target_at=rules.notice_target(requested_at, days, due_at, clocks),
        source=notice_source(terms, clocks) if treaty else clocks.sources[rules_clocks.CONSULAR_VISIT],
        owner=OwnerRole.LEAD,
        performer=Performer.CITY_POLICE,
        ladder=Ladder.STATUTORY,
        unit=TimeUnit.CALENDAR_DAYS,
    )


def notice_source(terms: TreatyTerms, clocks: Clocks) -> LegalSource:
    """The treaty where there is one, otherwise the domestic text with its ceiling."""
    if terms.basis == rules.BILATERAL:
        confidence = terms.confidence if terms.known else Confidence.UNVERIFIED
        return LegalSource(text=terms.instrument, confidence=confidence)
    return clocks.sources[rules_clocks.CONSULAR_NOTICE]
