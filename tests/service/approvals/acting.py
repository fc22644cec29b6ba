"""The few things the scenarios of Chinese-style approval do, in the words of the people who do them."""

from datetime import timedelta

import sqlalchemy as sa

from tests import factories
from tests.service.approvals.office import KIND
from webapp.accounts import queries as accounts
from webapp.approvals import (
    queries,
    queries_record,
    queries_sheet,
    queries_waiting,
    queries_worklist,
    service_back,
    service_pass,
    service_suspend,
    service_talk,
)
from webapp.approvals.commands import Act, AddSigner, PassOn, SendBack
from webapp.approvals.states import Comeback, Placed
from webapp.core.ledger import AuditEntry
from webapp.core.permissions import Role
from webapp.deadlines import queries as deadlines

LEAD, FINANCE, PERSONNEL, SECRECY = (
    "unit_opinion.lead",
    "unit_finance.finance",
    "background.personnel",
    "background.secrecy",
)
LEADER, COUNTER, OFFICER, CHIEF = "unit_leader.leader", "acceptance.counter", "review.officer", "review.chief"
DIRECTOR, MAYOR = "office_sign_off.director", "approval.leader"
SERVICES = {
    "take_back": service_back.take_back,
    "remove": service_pass.remove_signer,
    "urge": service_talk.urge,
    "ask": service_talk.ask,
    "answer": service_talk.answer,
    "call_off": service_talk.call_off,
    "comment": service_talk.comment,
    "suspend": service_suspend.suspend,
    "resume": service_suspend.resume,
}


class Acting:
    """`acting.do('take_back', COUNTER)`: the person in that seat does it to the one request of the test."""

    def __init__(self, office, clock, subject_id):
        self.office, self.clock, self.id = office, clock, subject_id

    def who(self, seat):
        return self.office.people[seat] if isinstance(seat, str) else seat

    def _call(self, seat):
        return self.office.as_(self.who(seat))

    def do(self, what, seat, *, slot="", reason="原因", **more):
        return SERVICES[what](
            self._call(seat), Act(kind=KIND, subject_id=self.id, slot=slot, reason=reason, **more)
        )

    def send_back(self, seat, stage, comeback=Comeback.RUN_AGAIN, *, slot="", reason="请再核对"):
        cmd = SendBack(
            kind=KIND, subject_id=self.id, slot=slot, reason=reason, stage=stage, comeback=comeback
        )
        return service_back.send_back(self._call(seat), cmd)

    def forward(self, seat, to, *, slot=""):
        cmd = PassOn(kind=KIND, subject_id=self.id, slot=slot, to=self.who(to).account_id)
        return service_pass.forward(self._call(seat), cmd)

    def delegate(self, seat, to, *, slot=""):
        cmd = PassOn(kind=KIND, subject_id=self.id, slot=slot, to=self.who(to).account_id)
        return service_pass.delegate(self._call(seat), cmd)

    def add(self, seat, to, placed=Placed.BEFORE, *, slot=""):
        cmd = AddSigner(kind=KIND, subject_id=self.id, slot=slot, to=self.who(to).account_id, placed=placed)
        return service_pass.add_signer(self._call(seat), cmd)

    def copy(self, seat, to):
        return service_talk.copy(
            self._call(seat), PassOn(kind=KIND, subject_id=self.id, to=self.who(to).account_id)
        )

    def agree(self, *seats):
        for seat in seats:
            self.office.decide(self.id, self.who(seat), slot=seat if isinstance(seat, str) else "")

    def colleague(self, role=Role.CASE_OFFICER, *, unit="wb", scope="jh", login=None):
        """Another person of the office with that post."""
        return factories.actor(self.office.call, role, unit=unit, scope=scope, login=login)

    @property
    def open(self):
        return self.office.open_keys(self.id)

    def row(self, key):
        with self.office.call.read() as session:
            request = queries.request(session, KIND, self.id)
            return next(r for r in queries.slots(session, request.id, request.round) if r.key == key)

    def sheet(self, seat):
        with self.office.call.read() as session:
            request = queries.request(session, KIND, self.id)
            return queries_sheet.sign_sheet(session, self._fresh(session, seat), self.clock.now(), request)

    def offers(self, seat):
        return {offer.move.value for offer in self.sheet(seat).offers}

    def _fresh(self, session, seat):
        return accounts.actor_of(session, self.who(seat).account_id)

    def inbox(self, seat):
        with self.office.call.read() as session:
            cards = queries_waiting.waiting_for(session, self._fresh(session, seat), self.clock.now())
            return [card.slot for card in cards]

    def copies(self, seat):
        with self.office.call.read() as session:
            return queries_worklist.copied_to(session, self._fresh(session, seat))

    def sees(self, seat):
        with self.office.call.read() as session:
            request = queries.request(session, KIND, self.id)
            return queries_sheet.may_see(session, request, self._fresh(session, seat), self.clock.now())

    def record(self):
        with self.office.call.read() as session:
            return [(line.who, line.words) for line in queries_record.record(session, KIND, self.id)]

    def entries(self, action):
        with self.office.call.read() as session:
            rows = session.scalars(
                sa.select(AuditEntry)
                .where(AuditEntry.object_id == self.id, AuditEntry.action == action)
                .order_by(AuditEntry.id)
            )
            return list(rows)

    def clock_of(self, key):
        """State and end of the newest clock of a slot or span."""
        with self.office.call.read() as session:
            rows = [row for row in deadlines.of_subject(session, self.id) if row.item == key]
            newest = max(rows, key=lambda row: (row.opened_at, row.id))
            return newest.state.value, newest.due_at

    def minutes(self, count):
        self.clock.advance(timedelta(minutes=count))

    def hours(self, count):
        self.clock.advance(timedelta(hours=count))
