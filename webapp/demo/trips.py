"""A dozen delegations of 江海市 in every state a visitor will look for, each brought there by the people's own acts."""

import hashlib
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from webapp.approvals.commands import DecideSlot
from webapp.approvals.service_decide import decide
from webapp.approvals.states import Verdict
from webapp.core.clock import SHANGHAI, local_date
from webapp.core.tx import Call
from webapp.demo.application import Journey, explain, fill
from webapp.demo.diary import Diary
from webapp.trips import queries, service_passports, service_return, service_review, service_travel
from webapp.trips.commands import (
    FileReport,
    MovePassport,
    NumberedTrip,
    PostNotice,
    RecordCrossing,
    RecordEntry,
    RecordPublication,
    RecordReimbursement,
)

UNIT_POSTS = ("clerk", "lead", "finance", "personnel", "secrecy", "head")
PEOPLE: dict[str, dict[str, str]] = {
    "swj": dict(
        zip(UNIT_POSTS, ("linyue", "zhengkai", "sunmin", "tangwei", "tianlu", "caojian"), strict=True)
    ),
    "jyj": dict(zip(UNIT_POSTS, ("heqing", "fengyu", "dengli", "pengbo", "shifan", "yujun"), strict=True)),
    "wlj": dict(zip(UNIT_POSTS, ("luoyan", "songke", "baijie", "mengfei", "liaoqi", "hanlei"), strict=True)),
}
OFFICE = {
    "counter": "xuning",
    "officer": "shenjie",
    "chief": "gaoyuan",
    "director": "weihong",
    "mayor": "jiangtao",
}
# In the order of route R1.
UNIT_SIGNERS = ("lead", "finance", "personnel", "secrecy", "head")
OFFICE_SIGNERS = ("counter", "officer", "chief", "director", "mayor")
SIGNERS = UNIT_SIGNERS + OFFICE_SIGNERS
BETWEEN = timedelta(hours=7)


class Delegation:
    """One application and its way. `signatures` is how many of `SIGNERS` have signed by today."""

    def __init__(self, diary: Diary, unit: str, journey: Journey, *, filed_ago: int, exit_in: int) -> None:
        self._diary = diary
        self._unit = unit
        self._journey = journey
        self._people = PEOPLE[unit] | OFFICE
        today = local_date(diary.now)
        self._filed_on = today - timedelta(days=filed_ago)
        self._exit_on = today + timedelta(days=exit_in)
        self._entry_on = self._exit_on + timedelta(days=journey.days - 1)
        self._ref = ""

    def stays_a_draft(self) -> None:
        self._diary.write(_at(self._filed_on, 10), self._draft)

    def files(self) -> "Delegation":
        """Submitted and posted; the notice still runs."""
        return self.goes(-1)

    def goes(self, signatures: int, *, ends: Verdict | None = None, opinion: str = "") -> "Delegation":
        """Submitted, noticed and signed so far; `ends` is what the last signer says instead of yes."""

        def file() -> None:
            self._draft()
            clerk = self._diary.person(self._people["clerk"])
            explain(clerk, self._ref, "PLN-01")
            self._ref = service_review.submit(clerk, NumberedTrip(self._ref)).ref
            posted = PostNotice(self._ref, self._unit, self._filed_on, "一楼公示栏")
            service_review.post_notice(clerk, posted)
            if signatures >= 0:
                confirmed = lambda: self._after_notice(signatures, ends, opinion)  # noqa: E731
                self._diary.write(_at(self._filed_on + timedelta(days=7), 9), confirmed, waits=True)

        self._diary.write(_at(self._filed_on, 10), file)
        return self

    def travels(self) -> "Delegation":
        """Gets its passports, leaves, and comes back if that day is past."""
        self._diary.write(_at(self._exit_on, 9), self._hand_out_passports)
        self._diary.write(
            _at(self._exit_on, 14), lambda: service_travel.depart(self._clerk, self._crossing(self._exit_on))
        )
        self._diary.write(
            _at(self._entry_on, 20),
            lambda: service_travel.come_back(
                self._clerk, RecordEntry(number=self._ref, on_day=self._entry_on)
            ),
        )
        return self

    def settles(self) -> "Delegation":
        """Passports, report, publication and claim in time, then the file is closed."""
        after: tuple[tuple[int, Callable[[], object]], ...] = (
            (3, self._return_passports),
            (8, self._report),
            (9, self._publish),
            (10, self._reimburse),
            (10, lambda: service_return.confirm_return(self._clerk, NumberedTrip(self._ref))),
            (11, lambda: service_return.close(self._diary.person("shenjie"), NumberedTrip(self._ref))),
        )
        for days, act in after:
            self._diary.write(_at(self._entry_on + timedelta(days=days), 11), act)
        return self

    @property
    def _clerk(self) -> Call:
        return self._diary.person(self._people["clerk"])

    def _crossing(self, day: date) -> RecordCrossing:
        return RecordCrossing(self._ref, day)

    def _draft(self) -> None:
        self._ref = fill(self._diary.person(self._people["clerk"]), self._journey, self._exit_on)

    def _trip(self) -> Any:
        clerk = self._clerk
        with clerk.read() as session:
            return queries.detail(session, clerk.actor, self._diary.clock.now(), self._ref)

    def _hand_out_passports(self) -> None:
        on = local_date(self._diary.clock.now())
        for place, member in enumerate(self._trip().members, start=1):
            service_passports.hand_out(
                self._diary.person("qinlan"),
                MovePassport(
                    number=self._ref,
                    place=place,
                    on_day=on,
                    passport_number=_invented_passport(self._unit + member.name),
                    expires_on=on.replace(year=on.year + 4, day=1),
                ),
            )

    def _return_passports(self) -> None:
        on = local_date(self._diary.clock.now())
        for place in range(1, len(self._trip().members) + 1):
            service_passports.take_back(
                self._diary.person("qinlan"), MovePassport(number=self._ref, place=place, on_day=on)
            )

    def _report(self) -> None:
        report = FileReport(
            self._ref,
            actual_schedule="与批准日程一致。",
            results=f"{self._journey.purpose}已完成。",
            effect="建立了固定联络渠道。",
            follow_up="三个月内落实合作清单。",
        )
        service_return.file_report(self._clerk, report)

    def _publish(self) -> None:
        on = local_date(self._diary.clock.now())
        service_return.publish(self._clerk, RecordPublication(self._ref, on, "单位门户网站"))

    def _reimburse(self) -> None:
        claim = RecordReimbursement(
            number=self._ref,
            claimed_on=local_date(self._diary.clock.now()),
            amount=Decimal(self._journey.fare * self._journey.members),
            days=self._journey.days,
            people=self._journey.members,
            countries=(self._journey.country,),
            has_border_record=True,
            is_in_chinese=True,
            has_head_signature=True,
            is_paid_by_transfer=True,
        )
        service_return.reimburse(self._diary.person(self._people["finance"]), claim)

    def _after_notice(self, signatures: int, ends: Verdict | None, opinion: str) -> None:
        self._sign("clerk", Verdict.CONFIRM)
        self._go_on(0, signatures, ends, opinion)

    def _go_on(self, done: int, signatures: int, ends: Verdict | None, opinion: str) -> None:
        if done >= signatures:
            return

        def act() -> None:
            last = done == signatures - 1
            verdict = ends if last and ends is not None else Verdict.APPROVE
            self._sign(SIGNERS[done], verdict, opinion if last and ends else "")
            self._go_on(done + 1, signatures, ends, opinion)

        self._diary.write(_office_hour(self._diary.clock.now() + BETWEEN), act)

    def _sign(self, post: str, verdict: Verdict, opinion: str = "") -> None:
        cmd = DecideSlot(
            kind="trip", subject_id=self._trip().id, verdict=verdict, opinion=opinion, findings_seen=True
        )
        decide(self._diary.person(self._people[post]), cmd)


def _invented_passport(holder: str) -> str:
    """A number for an invented person, the same on every journey."""
    return f"PE{int(hashlib.sha256(holder.encode()).hexdigest(), 16) % 10**7:07d}"


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), SHANGHAI)


def _office_hour(at: datetime) -> datetime:
    """The same instant, or nine o'clock of the next day when nobody is at the desk."""
    local = at.astimezone(SHANGHAI)
    if local.hour < 9:  # noqa: PLR2004 - the desk opens at nine
        return _at(local.date(), 9)
    return local if local.hour < 18 else _at(local.date() + timedelta(days=1), 9)  # noqa: PLR2004 - and closes at six
