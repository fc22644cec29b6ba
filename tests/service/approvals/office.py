"""An invented office with one person for every seat of route R1, and a subject that remembers what it is told."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID, uuid4

from tests import factories
from webapp.accounts import queries as accounts
from webapp.approvals import queries, service_decide, service_notice, service_start
from webapp.approvals.commands import DecideSlot, PostNotice, SubmitRequest
from webapp.approvals.states import RequestState, Verdict
from webapp.core.clock import local_date
from webapp.core.errors import RuleBroken
from webapp.core.events import Subject
from webapp.core.permissions import Role

KIND = "trip"
CONTENT = {"task": "a1", "legs": "b2", "members": "c3", "budget": "d4", "notice": "e5", "findings": "f6"}
UNIT_SEATS = {
    "unit_opinion.lead": Role.UNIT_FA_LEAD,
    "unit_finance.finance": Role.FINANCE,
    "background.personnel": Role.PERSONNEL,
    "background.secrecy": Role.SECRECY,
    "unit_leader.leader": Role.UNIT_HEAD,
}
CITY_SEATS = {
    "acceptance.counter": Role.COUNTER_CLERK,
    "review.officer": Role.CASE_OFFICER,
    "review.chief": Role.SECTION_CHIEF,
    "office_sign_off.director": Role.FAO_DIRECTOR,
    "approval.leader": Role.CITY_LEADER,
}
SEATS = UNIT_SEATS | CITY_SEATS
NOTICE = "notice:notice.unit@/jh/swj/"

LOGINS = {NOTICE: "clerk"} | {key: role.value for key, role in SEATS.items()}


def furnish(call):
    """One person in every seat; done once, then copied for each test."""
    factories.actor(call, Role.CLERK, unit="swj", login="clerk")
    for key, role in UNIT_SEATS.items():
        factories.actor(call, role, unit="swj", login=LOGINS[key])
    for key, role in CITY_SEATS.items():
        factories.actor(call, role, unit="wb", scope="jh", login=LOGINS[key])


@dataclass
class RememberingSubject:
    """Stands where trips stand in the real office; `refuse` makes it forbid a verdict in a stage."""

    told: list[tuple] = field(default_factory=list)
    refuse: set[tuple[str, str]] = field(default_factory=set)

    def stage_opened(self, tx, subject_id, stage):
        self.told.append(("stage_opened", stage))

    def before_decision(self, tx, subject_id, stage, verdict):
        if (stage, verdict) in self.refuse:
            raise RuleBroken("rule_broken", findings=["DOC-06"])

    def returned(self, tx, subject_id, stage, reason):
        self.told.append(("returned", stage, reason))

    def rejected(self, tx, subject_id, stage, reason):
        self.told.append(("rejected", stage, reason))

    def concluded(self, tx, subject_id, decision_id):
        self.told.append(("concluded",))

    def withdrawn(self, tx, subject_id, reason):
        self.told.append(("withdrawn", reason))

    def revoked(self, tx, subject_id, reason):
        self.told.append(("revoked", reason))


class Office:
    """The people by seat, and the few things tests do with them."""

    def __init__(self, call, subject):
        self.call = call
        self.subject = subject
        with call.read() as session:
            found = {
                key: accounts.actor_of(session, accounts.account_by_login(session, login).id)
                for key, login in LOGINS.items()
            }
        self.clerk = found[NOTICE]
        self.people = found

    def as_(self, actor):
        return self.call.as_actor(actor)

    def unit_id(self, code="swj"):
        with self.call.read() as session:
            return accounts.unit_by_code(session, code).id

    def submission(self, subject_id=None, **changes):
        base = SubmitRequest(
            about=Subject(kind=KIND, id=subject_id or uuid4(), unit="swj", number="2026-0007"),
            route="R1",
            unit_id=self.unit_id(),
            title="赴日本经贸洽谈团",
            lede="周文涛等 6 人",
            link="/trips/2026-0007",
            content=CONTENT,
            facts={"needs_discipline": False},
            drafters=(self.clerk.account_id,),
        )
        return replace(base, **changes)

    def submit(self, subject_id=None, **changes) -> UUID:
        command = self.submission(subject_id, **changes)
        service_start.submit(self.as_(self.clerk), command)
        return command.about.id

    def decide(self, subject_id, actor, verdict=Verdict.APPROVE, **more):
        more.setdefault("findings_seen", True)
        return service_decide.decide(
            self.as_(actor), DecideSlot(kind=KIND, subject_id=subject_id, verdict=verdict, **more)
        )

    def confirm_notice(self, subject_id, clock):
        """The clerk puts the notice up today and confirms it ten days later."""
        today = local_date(clock.now())
        service_notice.post_notice(
            self.as_(self.clerk),
            PostNotice(kind=KIND, subject_id=subject_id, unit_id=self.unit_id(), posted_on=today),
        )
        self.pass_days(clock, 10)
        self.decide(subject_id, self.clerk, Verdict.CONFIRM)

    def pass_days(self, clock, days):
        clock.advance(timedelta(days=days))

    def agree_until(self, subject_id, stop=None):
        """Everybody agrees in order until the slot `stop` is open (or to the end)."""
        for key, actor in self.people.items():
            if key == stop:
                return
            if key != NOTICE:
                self.decide(subject_id, actor, slot=key)

    def request(self, subject_id):
        with self.call.read() as session:
            return queries.request(session, KIND, subject_id)

    def open_keys(self, subject_id):
        with self.call.read() as session:
            row = queries.request(session, KIND, subject_id)
            return [s.key for s in queries.slots(session, row.id, row.round) if s.state.value == "open"]

    def state(self, subject_id) -> RequestState:
        return self.request(subject_id).state
