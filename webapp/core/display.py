"""How instants, durations, money and refusals read on a page; templates see this module as `show`.

All instants are shown in the office's zone (Asia/Shanghai). Words are in the current language.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from webapp.core.clock import SHANGHAI, local_date
from webapp.core.errors import SENTENCES, DomainError, Invalid, RuleBroken
from webapp.core.i18n import N_, current_locale, gettext

HOT = timedelta(hours=6)
SOON = timedelta(hours=24)
SOON_SHARE = 0.4
_WEEKDAYS = (N_("周一"), N_("周二"), N_("周三"), N_("周四"), N_("周五"), N_("周六"), N_("周日"))
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def stamp(at: datetime) -> str:
    """Date and time in full, for records: 2026-11-23 16:05."""
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def day(on: date | datetime) -> str:
    """A calendar day in full: 2026-11-23."""
    return (local_date(on) if isinstance(on, datetime) else on).isoformat()


def weekday(on: date) -> str:
    return gettext(_WEEKDAYS[on.weekday()])


def when(at: datetime, now: datetime) -> str:
    """An instant as one would say it at `now`: 今天 16:05, 11-26 23:40, with the year when it differs."""
    local, today = at.astimezone(SHANGHAI), local_date(now)
    clock = local.strftime("%H:%M")
    near = {-1: N_("昨天 %(clock)s"), 0: N_("今天 %(clock)s"), 1: N_("明天 %(clock)s")}
    distance = (local.date() - today).days
    if distance in near:
        return gettext(near[distance], clock=clock)
    if local.year == today.year:
        return f"{_short_day(local.date())} {clock}"
    return stamp(at)


def end(at: datetime, now: datetime) -> str:
    """The end of a term: a midnight is 24:00 of the day before it, as laws count days: 10-04 24:00."""
    if at.astimezone(SHANGHAI).time() != time():
        return when(at, now)
    return when(at - timedelta(minutes=1), now).removesuffix("23:59") + "24:00"


def on_day(on: date, now: datetime) -> str:
    """A calendar day as one would say it at `now`: 今天, 12-08, 2027-01-11."""
    today = local_date(now)
    near = {-1: N_("昨天"), 0: N_("今天"), 1: N_("明天")}
    distance = (on - today).days
    if distance in near:
        return gettext(near[distance])
    return _short_day(on) if on.year == today.year else on.isoformat()


def span(first: date, last: date) -> str:
    """A period of days: 2026-12-08 至 12-14."""
    if first == last:
        return first.isoformat()
    tail = last.strftime("%m-%d") if last.year == first.year else last.isoformat()
    return gettext("%(first)s 至 %(last)s", first=first.isoformat(), last=tail)


def left_parts(due: datetime, now: datetime) -> list[tuple[str, str]]:
    """The two leading figures of the time until (or since) `due` with their units: [("5", "小时"), ("33", "分")]."""
    minutes = int(abs((due - now).total_seconds()) // 60)
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        parts = [(days, gettext("天")), (hours, gettext("小时"))]
    elif hours:
        parts = [(hours, gettext("小时")), (rest, gettext("分"))]
    else:
        parts = [(rest, gettext("分"))]
    shown = [(str(number), unit) for number, unit in parts]
    if due < now:
        shown[0] = (gettext("超 ") + shown[0][0], shown[0][1])
    return shown


def left(due: datetime, now: datetime) -> str:
    """The time until `due` in words: 5 小时 33 分; past it: 超 3 小时 12 分."""
    return " ".join(f"{number} {unit}" for number, unit in left_parts(due, now))


def duration(length: timedelta) -> str:
    """A length of time in words: 3 小时 2 分."""
    start = datetime(2000, 1, 1, tzinfo=SHANGHAI)
    return left(start + abs(length), start)


def urgency(due: datetime, now: datetime, start: datetime | None = None) -> str:
    """Level of a clock: over, hot (under 6 h), soon (under 24 h and in the last 40 % of its time), or ''."""
    remaining = due - now
    if remaining < timedelta(0):
        return "over"
    if remaining < HOT:
        return "hot"
    late_in_run = start is None or due <= start or remaining / (due - start) < SOON_SHARE
    return "soon" if remaining < SOON and late_in_run else ""


def money(amount: Decimal | int | None, currency: str = "") -> str:
    """An amount with two decimals and thousands: 123,567.98; with its currency where one is given."""
    if amount is None:
        return "—"
    text = f"{Decimal(amount):,.2f}"
    return f"{text} {currency}" if currency else text


def up_to(count: int, most: int = 99) -> str:
    """A number that was counted no further than one beyond `most`: 99+."""
    return f"{most}+" if count > most else str(count)


def size(octets: int) -> str:
    """A file's size: 812 kB, 3.4 MB."""
    million = 1_000_000
    return f"{octets / million:.1f} MB" if octets >= million else f"{max(1, round(octets / 1000))} kB"


def sentence(error: DomainError) -> str:
    """The refusal as the user reads it."""
    text = gettext(SENTENCES.get(error.code, SENTENCES["bad_request"]))
    return text % error.details if error.details else text


def problems(error: DomainError | Mapping[str, list[str]] | None) -> dict[str, list[str]]:
    """What is wrong, by field, for the form macros; '_' holds what belongs to no field."""
    if error is None:
        return {}
    if isinstance(error, Mapping):
        return dict(error)
    if isinstance(error, Invalid) and error.fields:
        return {("_" if name in {"", "_schema"} else name): texts for name, texts in error.fields.items()}
    if isinstance(error, RuleBroken) and error.findings:
        return {}  # the frame of the page lists them, with the sentence above (base.html)
    return {"_": [sentence(error)]}


def translated(options: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Options of a form whose words are texts of the catalogue, in the reader's language."""
    return [(str(value), gettext(words)) for value, words in options]


def _short_day(on: date) -> str:
    return f"{on.day} {_MONTHS[on.month - 1]}" if current_locale() == "en" else on.strftime("%m-%d")
