"""The calendar in the database: filled, a notice entered, a day corrected, noticed by every process at once."""

from datetime import date

import pytest

from webapp.core.errors import Forbidden, Invalid, OutOfDate
from webapp.core.permissions import Role
from webapp.deadlines import calendar_source, queries_calendar, rules_calendar, service_calendar
from webapp.deadlines.calendar import Counted, DayKind, YearState
from webapp.deadlines.commands_calendar import ImportNotice, SetDay

NOTICE_2026 = """国务院办公厅关于2026年部分节假日安排的通知
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
"""
NOTICE_2027 = (
    "一、元旦：1月1日（周五）至3日（周日）放假，共3天。\n"
    "二、春节：2月6日至12日放假调休，共7天。2月20日（周六）上班。"
)


def calendar(call):
    with call.read() as session:
        return queries_calendar.work_calendar(session)


def test_the_notices_own_sentences_give_the_published_days():
    days = {entry.day: entry.kind for entry in rules_calendar.read(NOTICE_2026, 2026)}
    library = calendar_source.library_calendar(2026, 2026)
    wrong = [
        day
        for day in (date.fromordinal(date(2026, 1, 1).toordinal() + i) for i in range(365))
        if library.is_working_day(day)
        != ((days[day] is DayKind.WORKED) if day in days else day.weekday() < 5)
    ]
    assert wrong == []


def test_a_list_of_days_is_read_too():
    read = rules_calendar.read("日期,类型,名称\n2027-02-06,休,春节\n2027/2/20，班，春节", 2027)
    assert [(entry.day, entry.kind, entry.name) for entry in read] == [
        (date(2027, 2, 6), DayKind.OFF, "春节"),
        (date(2027, 2, 20), DayKind.WORKED, "春节"),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("今年照常", "nothing_found"),
        ("2027-02-30,休", "no_such_day"),
        ("2027-02-06,也许", "unknown_kind"),
        ("2027-02-10,班", "worked_weekday"),
        ("一、春节：2月6日至12月6日放假。", "long_range"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(text, code):
    with pytest.raises(rules_calendar.NoticeError) as caught:
        rules_calendar.read(text, 2027)
    assert caught.value.code == code


def test_an_office_without_entries_counts_by_the_libraries(call):
    assert calendar(call).nth_working_day(date(2026, 2, 11), 5) == Counted(
        date(2026, 2, 25), provisional=False
    )


def test_filling_twice_writes_once(call):
    assert service_calendar.fill(call) > 20
    assert service_calendar.fill(call) == 0
    with call.read() as session:
        year = queries_calendar.one_year(session, 2027)
    assert year.state is YearState.PROVISIONAL
    assert calendar(call).version == "CAL-1"


def test_the_notice_of_a_new_year_ends_the_provisional_mark_and_every_process_sees_it(call, make_actor):
    service_calendar.fill(call)
    chief = call.as_actor(make_actor(Role.SECTION_CHIEF, unit="wb"))
    before = calendar(call)
    assert before.nth_working_day(date(2027, 2, 5), 1) == Counted(date(2027, 2, 11), provisional=True)
    service_calendar.import_notice(
        chief,
        ImportNotice(year=2027, days=rules_calendar.read(NOTICE_2027, 2027), source="国办发明电〔2026〕0号"),
    )
    after = calendar(call)
    assert after.version == "CAL-2"
    assert after.nth_working_day(date(2027, 2, 5), 1) == Counted(date(2027, 2, 13 + 2), provisional=False)
    assert after.is_working_day(date(2027, 2, 20))
    assert service_calendar.fill(call) == 0


def test_one_day_is_corrected_with_a_reason_and_made_ordinary_again(call, make_actor):
    service_calendar.fill(call)
    chief = call.as_actor(make_actor(Role.SECTION_CHIEF, unit="wb"))
    day = date(2026, 7, 1)
    row = service_calendar.set_day(
        chief, SetDay(day=day, kind=DayKind.OFF, name="台风停工", reason="市政府通告")
    )
    assert not calendar(call).is_working_day(day)
    with pytest.raises(OutOfDate):
        service_calendar.set_day(chief, SetDay(day=day, kind=None, reason="撤销", version=row.version - 1))
    service_calendar.set_day(chief, SetDay(day=day, kind=None, reason="撤销", version=row.version))
    assert calendar(call).is_working_day(day)


def test_only_those_who_keep_the_rules_change_the_calendar(call, make_actor):
    service_calendar.fill(call)
    clerk = call.as_actor(make_actor(Role.CLERK))
    with pytest.raises(Forbidden):
        service_calendar.set_day(clerk, SetDay(day=date(2026, 7, 1), kind=DayKind.OFF, reason="想休息"))
    chief = call.as_actor(make_actor(Role.SECTION_CHIEF, unit="wb"))
    with pytest.raises(Invalid):
        service_calendar.set_day(chief, SetDay(day=date(2050, 7, 1), kind=DayKind.OFF, reason="太远"))
