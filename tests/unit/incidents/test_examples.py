"""The worked examples of detained and deceased foreigners, with exactly their times."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from tests.cases import CLOCKS
from webapp.core.clock import SHANGHAI
from webapp.deadlines.states import Confidence, Ladder, TimeUnit
from webapp.incidents import policy, rules
from webapp.incidents.kinds import DutyKind, MeasureKind, Performer
from webapp.incidents.rules import Counting, OptOutRefusal, TreatyTerms

JAPAN = TreatyTerms(country="JP", name="日本", basis="bilateral", notify_days=4, mandatory=True)
KOREA = TreatyTerms(country="KR", name="韩国", basis="bilateral", notify_days=4, mandatory=True, visit_days=4)
USA = TreatyTerms(country="US", name="美国", basis="bilateral", notify_days=4, mandatory=True)
AUSTRALIA = TreatyTerms(
    country="AU", name="澳大利亚", basis="bilateral", notify_days=3, counting=Counting.HOURS
)
RUSSIA = TreatyTerms(country="RU", name="俄罗斯", basis="bilateral", notify_days=None, known=False)
FRANCE = TreatyTerms(country="FR", name="法国", basis="vccr", notify_days=7)
NO_MISSION = TreatyTerms(country="XX", name="无国籍", basis="none", notify_days=None)
CHINA = TreatyTerms(country="CN", name="中国", basis="none", notify_days=None)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def owed(kind, started_at, terms, **rest):
    return {spec.kind: spec for spec in policy.owed_for_measure(kind, started_at, terms, CLOCKS, **rest)}


def test_i01_a_japanese_national_detained_before_the_national_day_holiday():
    duties = owed(MeasureKind.CRIMINAL_DETENTION, at("2026-09-30T16:00"), JAPAN)

    police, notice = duties[DutyKind.POLICE_REPORT], duties[DutyKind.CONSULAR_NOTICE]
    assert police.due_at == at("2026-10-02T16:00")
    assert "第三百六十七条" in police.source.text
    assert police.performer is Performer.CITY_POLICE
    assert notice.due_at == at("2026-10-05T00:00")  # 2026-10-04 24:00
    assert notice.target_at == at("2026-10-04T16:00")
    assert notice.performer is Performer.PROVINCIAL_POLICE
    assert not notice.waivable
    assert rules.opt_out_refusal(JAPAN, statement_on_file=True) is OptOutRefusal.TREATY_MANDATORY


def test_i02_a_korean_national_arrested_at_spring_festival_and_the_consuls_visit():
    duties = owed(MeasureKind.ARREST, at("2025-01-27T00:00"), KOREA)

    assert duties[DutyKind.CONSULAR_NOTICE].due_at == at("2025-02-01T00:00")  # 2025-01-31 24:00
    assert policy.visit(at("2025-02-01T00:00"), KOREA, CLOCKS).due_at == at("2025-02-06T00:00")  # 02-05 24:00


def test_i03_a_french_national_in_administrative_detention_asks_not_to_notify():
    duties = owed(MeasureKind.ADMINISTRATIVE_DETENTION, at("2026-02-13T20:00"), FRANCE)

    police, notice = duties[DutyKind.POLICE_REPORT], duties[DutyKind.CONSULAR_NOTICE]
    assert police.due_at == at("2026-02-15T20:00")
    assert "第二百五十四条" in police.source.text
    assert notice.due_at == at("2026-02-21T00:00")  # 2026-02-20 24:00
    assert notice.target_at == at("2026-02-20T20:00")
    assert "第四百八十条" in notice.source.text
    assert notice.waivable
    assert rules.opt_out_refusal(FRANCE, statement_on_file=True) is None
    assert rules.opt_out_refusal(FRANCE, statement_on_file=False) is OptOutRefusal.NO_STATEMENT
    unforeseen = replace(FRANCE, opt_out=False)
    assert rules.opt_out_refusal(unforeseen, statement_on_file=True) is OptOutRefusal.NOT_FORESEEN
    for terms in (USA, JAPAN, KOREA):
        assert rules.opt_out_refusal(terms, statement_on_file=True) is OptOutRefusal.TREATY_MANDATORY


def test_i04_an_australian_tourist_dies_and_no_host_unit_is_there():
    duties = owed(MeasureKind.DEATH, at("2025-10-01T03:20"), AUSTRALIA)

    assert set(duties) == {DutyKind.DEATH_NOTICE}
    assert duties[DutyKind.DEATH_NOTICE].due_at == at("2025-10-06T00:00")  # 2025-10-05 24:00
    assert duties[DutyKind.DEATH_NOTICE].performer is Performer.PROVINCIAL_POLICE
    hosted = owed(MeasureKind.DEATH, at("2025-10-01T03:20"), AUSTRALIA, has_host_unit=True)
    assert hosted[DutyKind.DEATH_NOTICE].performer is Performer.HOST_UNIT


def test_australia_counts_hours_so_both_times_are_the_same():
    notice = owed(MeasureKind.BAIL, at("2026-09-30T16:00"), AUSTRALIA)[DutyKind.CONSULAR_NOTICE]
    assert notice.due_at == notice.target_at == at("2026-10-03T16:00")
    assert rules.opt_out_refusal(AUSTRALIA, statement_on_file=True) is None


def test_a_treaty_with_unknown_terms_counts_three_days_and_allows_no_opt_out():
    notice = owed(MeasureKind.ARREST, at("2026-11-23T01:40"), RUSSIA)[DutyKind.CONSULAR_NOTICE]
    assert notice.due_at == at("2026-11-27T00:00")  # 11-26 24:00
    assert notice.source.confidence is Confidence.UNVERIFIED
    assert rules.opt_out_refusal(RUSSIA, statement_on_file=True) is OptOutRefusal.TERMS_UNKNOWN


def test_where_no_mission_exists_only_the_police_report_is_owed():
    assert set(owed(MeasureKind.ARREST, at("2026-11-23T01:40"), NO_MISSION)) == {DutyKind.POLICE_REPORT}


@pytest.mark.parametrize("kind", list(MeasureKind))
def test_our_own_nationals_start_no_duty_towards_a_consulate(kind):
    assert policy.owed_for_measure(kind, at("2026-11-23T01:40"), CHINA, CLOCKS) == ()


@pytest.mark.parametrize("kind", [k for k in MeasureKind if k is not MeasureKind.DEATH])
def test_every_measure_named_by_law_starts_a_report_and_a_notice(kind):
    duties = owed(kind, at("2026-11-23T01:40"), JAPAN)
    assert set(duties) == {DutyKind.POLICE_REPORT, DutyKind.CONSULAR_NOTICE}


@pytest.mark.parametrize(
    ("level", "first", "following"),
    [(None, 2, 4), (1, 2, 4), (2, 2, 8), (3, 4, 24), (4, 24, 24)],
)
def test_first_report_and_follow_ups_by_level(level, first, following):
    received = at("2026-09-30T17:00")
    assert policy.first_report(received, level, CLOCKS).due_at == received + timedelta(hours=first)
    assert policy.follow_up(received, level, 1, CLOCKS).due_at == received + timedelta(hours=following)


def next_weekday(day: date, n: int) -> tuple[date, bool]:
    while n:
        day += timedelta(days=1)
        n -= day.weekday() < 5
    return day, True


@pytest.mark.parametrize(
    ("level", "missed", "kinds"),
    [
        (4, False, {DutyKind.FINAL_REPORT}),
        (4, True, {DutyKind.FINAL_REPORT, DutyKind.LESSONS}),
        (3, False, {DutyKind.FINAL_REPORT, DutyKind.LESSONS}),
        (None, False, {DutyKind.FINAL_REPORT, DutyKind.LESSONS}),
    ],
)
def test_final_report_in_five_working_days_and_lessons_in_twenty(level, missed, kinds):
    specs = {
        spec.kind: spec
        for spec in policy.owed_after_handling(
            at("2026-11-20T23:30"), level, next_weekday, a_clock_was_missed=missed, clocks=CLOCKS
        )
    }
    assert set(specs) == kinds
    assert specs[DutyKind.FINAL_REPORT].due_at == at("2026-11-28T00:00")  # Friday 11-27 24:00
    if DutyKind.LESSONS in kinds:
        assert specs[DutyKind.LESSONS].due_at == at("2026-12-19T00:00")
    assert all(spec.provisional for spec in specs.values())
    assert all(spec.unit is TimeUnit.WORKING_DAYS and spec.ladder is Ladder.STAGE for spec in specs.values())
