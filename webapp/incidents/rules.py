"""The clocks of an incident as pure functions: instants in, instants out, nothing read from anywhere.

Criminal and administrative measures against foreigners start clocks that no holiday moves; only the
final report and the lessons count working days, and their calendar is passed in.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final

from webapp.core.clock import SHANGHAI
from webapp.core.i18n import N_
from webapp.deadlines.states import Confidence
from webapp.incidents.rules_clocks import Clocks
from webapp.incidents.states import Level

# Chinese nationals, and the residents of Hong Kong, Macao and Taiwan, are not owed consular notice.
NOT_FOREIGN: Final = frozenset({"CN", "HK", "MO", "TW"})


# The basis of a treaty between two states, as the table of treaty terms writes it.
BILATERAL: Final = "bilateral"


class Counting(StrEnum):
    """How a treaty's days are counted: to 24:00 of day n after the measure, or as n × 24 hours."""

    DAY_END = "day_end"
    HOURS = "hours"


@dataclass(frozen=True, kw_only=True)
class TreatyTerms:
    """What binds us towards one state when its national loses their liberty or dies."""

    country: str
    name: str
    basis: str
    notify_days: int | None
    counting: Counting = Counting.DAY_END
    mandatory: bool = False
    # Whether a signed statement of the person is enough not to notify; terms kept before this field allow it.
    opt_out: bool = True
    known: bool = True
    visit_days: int | None = None
    instrument: str = ""
    source: str = ""
    confidence: Confidence = Confidence.UNVERIFIED


def frozen_terms(terms: TreatyTerms) -> dict[str, Any]:
    """The terms as they were when the clocks started, for the measure's row."""
    return {name: getattr(value, "value", value) for name, value in asdict(terms).items()}


def thawed_terms(stored: dict[str, Any]) -> TreatyTerms:
    return TreatyTerms(
        **{
            **stored,
            "counting": Counting(stored["counting"]),
            "confidence": Confidence(stored["confidence"]),
        }
    )


# An entry written down longer after the fact than this is marked 补录; a matter of the page, not of a rule.
LATE_ENTRY: Final = timedelta(minutes=60)

NthWorkingDay = Callable[[date, int], tuple[date, bool]]


def first_report_due(received_at: datetime, level: Level | None, clocks: Clocks) -> datetime:
    """When the written first report (首报) is due, in hours from the moment word reached the office.

    While nobody has set a level a clock of its own runs, because the incident may prove to be grave.
    """
    if level is None:
        return received_at + timedelta(hours=clocks.first_report_hours_without_level)
    return received_at + timedelta(hours=clocks.first_report_hours[level])


def follow_up_due(reported_at: datetime, level: Level | None, clocks: Clocks) -> datetime:
    """When the next follow-up (续报) is due, in hours from the report before it; the shortest without a level."""
    hours = clocks.follow_up_hours
    return reported_at + timedelta(hours=min(hours.values()) if level is None else hours[level])


def end_of_day(day: date) -> datetime:
    """24:00 of `day` in the office's time zone, written as the next day's midnight."""
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI)


def working_days_due(ended_at: datetime, days: int, nth_working_day: NthWorkingDay) -> tuple[datetime, bool]:
    """24:00 of the n-th working day strictly after the day the handling ended, and whether it is provisional."""
    day, provisional = nth_working_day(ended_at.astimezone(SHANGHAI).date(), days)
    return end_of_day(day), provisional


def police_report_due(started_at: datetime, hours: int) -> datetime:
    """So many hours after the measure (48 by default), never moved by a holiday."""
    return started_at + timedelta(hours=hours)


def notice_days(terms: TreatyTerms, clocks: Clocks) -> int | None:
    """The days a consulate must be told within; None where no state is there to be told.

    A treaty whose terms are unknown counts as the shortest verified one until the office confirms it.
    Without a treaty nobody waits longer than the domestic ceiling, whatever the row says.
    """
    if not terms.known:
        return clocks.unknown_terms_days
    if terms.notify_days is None or terms.basis == BILATERAL:
        return terms.notify_days
    return min(terms.notify_days, clocks.no_treaty_days)


def notice_due(started_at: datetime, days: int, counting: Counting = Counting.DAY_END) -> datetime:
    """The legal end of an n-day term that began with `started_at`; natural days, never moved.

    `DAY_END`: 24:00 of day n after the day of the measure (the first day is not counted).
    `HOURS`: n × 24 hours after the measure.
    """
    if counting is Counting.HOURS:
        return started_at + timedelta(hours=24 * days)
    return end_of_day(started_at.astimezone(SHANGHAI).date() + timedelta(days=days))


def notice_target(started_at: datetime, days: int, due_at: datetime, clocks: Clocks) -> datetime:
    """The internal target the reminders run on: n × 24 hours by default, at the latest the legal end itself."""
    return min(started_at + timedelta(hours=clocks.target_hours_per_day * days), due_at)


def office_for(offices: Iterable[str], home: str) -> str:
    """Which office leads, by paths of units: the one nearest to whoever registers, a county's own before the city's.

    An office answers for the unit it stands under and all below. Where none does (an outsider, the system) the one
    highest in the tree leads.
    """

    def answers_for(office: str) -> str:
        above = office.removesuffix("/").rpartition("/")[0]
        return f"{above}/" if above else ""

    def nearness(office: str) -> tuple[bool, int, int, str]:
        seat = answers_for(office)
        covers = home.startswith(seat)
        return (not home.startswith(office), -len(seat) if covers else 0, office.count("/"), office)

    return min(offices, key=nearness)


def late_minutes(due_at: datetime, done_at: datetime) -> int:
    """Whole minutes past the legal due time, rounded up; 0 when in time (the instant itself is in time)."""
    over = done_at - due_at
    return max(0, -(-over // timedelta(minutes=1)))


def entered_late(occurred_at: datetime, entered_at: datetime) -> bool:
    """Whether an entry is marked 补录: written down more than an hour after the fact."""
    return entered_at - occurred_at > LATE_ENTRY


class OptOutRefusal(StrEnum):
    TREATY_MANDATORY = "treaty_mandatory"
    TERMS_UNKNOWN = "terms_unknown"
    NOT_FORESEEN = "not_foreseen"
    NO_STATEMENT = "no_statement"


OPT_OUT_REFUSALS: Final[dict[OptOutRefusal, str]] = {
    OptOutRefusal.TREATY_MANDATORY: N_("双边领事条约规定必须通知，本人要求不通知也要通知。"),
    OptOutRefusal.TERMS_UNKNOWN: N_("条约内容未核实，核实前不能免于通知。"),
    OptOutRefusal.NOT_FORESEEN: N_("本单位登记的条款没有写本人可以要求不通知，仍须通知。"),
    OptOutRefusal.NO_STATEMENT: N_("没有本人签字的书面声明，不能免于通知。"),
}


def opt_out_refusal(terms: TreatyTerms, *, statement_on_file: bool) -> OptOutRefusal | None:
    """Why a person's wish not to notify cannot be followed; None when it can.

    No treaty makes the notice mandatory, and the person's own written statement is on file:
    刑诉法解释 (2021) 第四百八十条第四项, 公安机关办理行政案件程序规定 (2019) 第二百五十四条.
    """
    if not terms.known:
        return OptOutRefusal.TERMS_UNKNOWN
    if terms.mandatory:
        return OptOutRefusal.TREATY_MANDATORY
    if not terms.opt_out:
        return OptOutRefusal.NOT_FORESEEN
    if not statement_on_file:
        return OptOutRefusal.NO_STATEMENT
    return None


@dataclass(frozen=True, kw_only=True)
class SeverityFacts:
    deaths: int = 0
    serious_injuries: int = 0
    evacuated: int = 0
    attack_on_mission: bool = False
    hostages: bool = False
    diplomat_dead_or_detained: bool = False
    unnatural_death: bool = False
    foreigner_arrested: bool = False
    delegation_member_missing: bool = False
    sensitive: bool = False


# Deaths, serious injuries and persons evacuated from which a level is reached; the usual casualty bands
# of emergency plans (unverified for foreign affairs, an office may write its own).
_BANDS: Final = ((Level.L1, 30, 100, 500), (Level.L2, 10, 50, None), (Level.L3, 3, 10, None))


def severity(facts: SeverityFacts) -> Level:
    """The level the facts suggest; sensitivity raises it by one. The lead decides."""
    reached = {Level.L4}
    for level, deaths, injuries, evacuated in _BANDS:
        moved = evacuated is not None and facts.evacuated >= evacuated
        if facts.deaths >= deaths or facts.serious_injuries >= injuries or moved:
            reached.add(level)
    if facts.attack_on_mission or facts.hostages:
        reached.add(Level.L1)
    if facts.diplomat_dead_or_detained:
        reached.add(Level.L2)
    if facts.unnatural_death or facts.foreigner_arrested or facts.delegation_member_missing:
        reached.add(Level.L3)
    gravest = min(reached)
    return Level(max(1, gravest - 1)) if facts.sensitive else gravest


_MASK_ENDS = 2


def masked_number(number: str) -> str:
    """A passport number with its first and last two characters only; a short one is hidden whole."""
    if len(number) <= 2 * _MASK_ENDS + 1:
        return "*" * len(number)
    return number[:_MASK_ENDS] + "*" * (len(number) - 2 * _MASK_ENDS) + number[-_MASK_ENDS:]


def masked_name(name: str) -> str:
    """A name as the page shows it before somebody gives a reason: the first character of each part."""
    return " ".join(part[0] + "*" * (len(part) - 1) for part in name.split())
