"""The rulebook's rules of incidents as the numbers that clocks run by."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from webapp.deadlines.states import Confidence


@dataclass(frozen=True, kw_only=True)
class LegalSource:
    """The text a duty rests on, as the rule or the treaty's row names it, and how sure the office is of it."""

    text: str
    confidence: Confidence


# The rules of the rulebook that start clocks. A case keeps the edition of each it was registered under.
FIRST_REPORT: Final = "INC-01"
FOLLOW_UP: Final = "INC-02"
CRIMINAL_REPORT: Final = "INC-03"
ADMINISTRATIVE_REPORT: Final = "INC-04"
CONSULAR_NOTICE: Final = "INC-06"
OPT_OUT: Final = "INC-07"
CONSULAR_VISIT: Final = "INC-08"
DEATH_NOTICE: Final = "INC-09"
RULES: Final = (
    FIRST_REPORT,
    FOLLOW_UP,
    CRIMINAL_REPORT,
    ADMINISTRATIVE_REPORT,
    CONSULAR_NOTICE,
    OPT_OUT,
    CONSULAR_VISIT,
    DEATH_NOTICE,
)


@dataclass(frozen=True, kw_only=True)
class Clocks:
    """The numbers a case's clocks run by; hours run through nights and holidays, working days do not.

    Hours by level are of the levels 1 to 4. `sources` names the text behind each rule.
    """

    phone_minutes: int
    first_report_hours: Mapping[int, int]
    first_report_hours_without_level: int
    follow_up_hours: Mapping[int, int]
    final_report_working_days: int
    lessons_working_days: int
    criminal_report_hours: int
    administrative_report_hours: int
    no_treaty_days: int
    unknown_terms_days: int
    target_hours_per_day: int
    visit_days: int
    death_notice_days: int
    sources: Mapping[str, LegalSource]


def clocks(pinned: Mapping[str, Mapping[str, Any]]) -> Clocks:
    """The numbers out of the pinned rules: code → its `params`, `citation` and `confidence`.

    While no level is set, follow-ups run on the shortest interval: the incident may prove to be grave.
    """
    params = {code: rule["params"] for code, rule in pinned.items()}
    first, later, notice = params[FIRST_REPORT], params[FOLLOW_UP], params[CONSULAR_NOTICE]
    return Clocks(
        phone_minutes=first["phone_minutes"],
        first_report_hours=_by_level(first["hours_by_level"]),
        first_report_hours_without_level=first["unset_level_hours"],
        follow_up_hours=_by_level(later["follow_up_hours_by_level"]),
        final_report_working_days=later["final_working_days"],
        lessons_working_days=later["lessons_working_days"],
        criminal_report_hours=params[CRIMINAL_REPORT]["hours"],
        administrative_report_hours=params[ADMINISTRATIVE_REPORT]["hours"],
        no_treaty_days=notice["no_treaty_days"],
        unknown_terms_days=notice["unknown_terms_days"],
        target_hours_per_day=notice["target_hours_per_day"],
        visit_days=params[CONSULAR_VISIT]["days"],
        death_notice_days=params[DEATH_NOTICE]["days"],
        sources={
            code: LegalSource(text=rule["citation"], confidence=Confidence(rule["confidence"]))
            for code, rule in pinned.items()
        },
    )


def _by_level(hours: Mapping[str, int]) -> dict[int, int]:
    return {int(level): number for level, number in hours.items()}
