"""The office the benchmark signs in: one person in every seat, requests whose notice has run, open sessions."""

from datetime import timedelta
from uuid import UUID, uuid4

from webapp.accounts import queries as accounts
from webapp.accounts import service_setup, service_sign_in
from webapp.accounts.commands import CreateAccount, GrantRole, KeepUnit
from webapp.accounts.states import UnitKind
from webapp.approvals import service_decide, service_notice, service_start
from webapp.approvals.commands import DecideSlot, PostNotice, SubmitRequest
from webapp.approvals.states import Verdict
from webapp.core.clock import FixedClock, local_date
from webapp.core.events import Subject
from webapp.core.permissions import Role
from webapp.core.tx import Call
from webapp.torture.stage import Silent

KIND = "exercise"
SEATS: dict[str, tuple[Role, str]] = {
    "unit_opinion.lead": (Role.UNIT_FA_LEAD, "swj"),
    "unit_finance.finance": (Role.FINANCE, "swj"),
    "background.personnel": (Role.PERSONNEL, "swj"),
    "background.secrecy": (Role.SECRECY, "swj"),
    "unit_leader.leader": (Role.UNIT_HEAD, "swj"),
    "acceptance.counter": (Role.COUNTER_CLERK, "jh"),
    "review.officer": (Role.CASE_OFFICER, "jh"),
    "review.chief": (Role.SECTION_CHIEF, "jh"),
    "office_sign_off.director": (Role.FAO_DIRECTOR, "jh"),
    "approval.leader": (Role.CITY_LEADER, "jh"),
}


class Exercise(Silent):
    """What is measured is the engine."""


class BenchOffice:
    """Builds people once and requests as many as asked for."""

    def __init__(self, call: Call) -> None:
        self.call = call
        city = service_setup.keep_unit(call, KeepUnit(code="jh", name="江海市", kind=UnitKind.CITY))
        self.unit = service_setup.keep_unit(
            call, KeepUnit(code="swj", name="市商务局", kind=UnitKind.DEPARTMENT, parent_id=city.id)
        )
        self._units = {"jh": city.id, "swj": self.unit.id}
        self.clerk = self._person("clerk", Role.CLERK, "swj")
        self._people = {seat: self._person(seat, *held) for seat, held in SEATS.items()}
        self._made = 0

    def _person(self, login: str, role: Role, unit: str) -> UUID:
        row = service_setup.create_account(
            self.call, CreateAccount(login=login, name=login, unit_id=self._units[unit])
        )
        service_setup.grant_role(
            self.call, GrantRole(account_id=row.id, role=role, unit_id=self._units[unit], reason="bench")
        )
        service_sign_in.enter(self.call, service_sign_in.issue_link(self.call, row.id, "sign_in"))
        return row.id

    def sessions(self) -> dict[str, str]:
        """A fresh session token for every seat."""
        return {
            seat: service_sign_in.enter(
                self.call, service_sign_in.issue_link(self.call, person, "sign_in")
            ).token
            for seat, person in self._people.items()
        }

    def requests(self, count: int) -> list[tuple[str, int, str]]:
        """Requests past their notice: filed a month ago by the clock of their own, confirmed today."""
        with self.call.read() as session:
            clerk = accounts.actor_of(session, self.clerk)
        now = self.call.clock.now()
        past = FixedClock(now - timedelta(days=30))
        earlier = Call(db=self.call.db, clock=past, actor=clerk, ports=self.call.ports)
        return [self._request(earlier, self.call.as_actor(clerk)) for _ in range(count)]

    def _request(self, earlier: Call, today: Call) -> tuple[str, int, str]:
        self._made += 1
        subject_id, number = uuid4(), f"B{self._made:06d}"
        service_start.submit(
            earlier,
            SubmitRequest(
                about=Subject(kind=KIND, id=subject_id, unit="swj", number=number),
                route="R1",
                unit_id=self.unit.id,
                title=f"赴日本经贸洽谈团 {number}",
                lede="6 人，12/08–12/14，7 天",
                content=dict.fromkeys(("task", "legs", "members", "budget", "notice", "findings"), "ab" * 32),
                facts={"needs_discipline": False},
            ),
        )
        posted = local_date(earlier.clock.now())
        notice = PostNotice(kind=KIND, subject_id=subject_id, unit_id=self.unit.id, posted_on=posted)
        service_notice.post_notice(today, notice)
        row = service_decide.decide(
            today, DecideSlot(kind=KIND, subject_id=subject_id, verdict=Verdict.CONFIRM)
        )
        return number, row.version, row.content_hash
