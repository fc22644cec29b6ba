"""Races of approvers: two to eight sign one request at the same instant, while authority, substitution, content and the
request itself change under them.

What must hold in every round: at most one decision, and it says the same as the request's state; none is committed by
a grant already revoked, for a principal whose substitution has ended, or over content that had changed. The last is
watched by triggers inside the database at the very commit, not by looking afterwards.
"""

import hashlib
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from webapp.accounts import queries as accounts
from webapp.accounts import service_setup, service_substitutes
from webapp.accounts.commands import CreateAccount, GrantRole, KeepUnit, RevokeRole, SetSubstitute
from webapp.accounts.states import UnitKind
from webapp.approvals import queries, service_decide, service_end, service_start
from webapp.approvals.commands import DecideSlot, EndRequest, RefreshContent, SubmitRequest
from webapp.approvals.states import RequestState, Verdict
from webapp.core.db import Base
from webapp.core.errors import DomainError
from webapp.core.events import Subject
from webapp.core.permissions import Role
from webapp.core.tx import Actor, Call
from webapp.torture.stage import Silent

KIND = "race"
MOST = 8
SLOT = "finance.f"
WAIT_SECONDS = 60
ROUTE = {
    "code": "race-one-signature",
    "version": 1,
    "title": "一审",
    "stages": [
        {"code": "finance", "title": "财务", "seats": [{"code": "f", "title": "财务", "role": "finance"}]}
    ],
}
_WRONG = """
SELECT {new}.id, CASE
    WHEN g.revoked_at IS NOT NULL THEN 'after the loss of authority'
    WHEN {new}.content_hash <> r.content_hash THEN 'over changed content'
    WHEN {new}.principal_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM substitution s WHERE s.principal_id = {new}.principal_id
        AND s.substitute_id = {new}.person_id AND s.ended_at IS NULL
    ) THEN 'for a principal who is back'
    END
FROM approval_request r LEFT JOIN role_grant g ON g.id = {new}.grant_id WHERE r.id = {new}.request_id
"""
_POSTGRESQL = (
    "CREATE TABLE race_watch (decision_id uuid, wrong text)",
    f"""CREATE FUNCTION race_watch() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_sleep(0.001); INSERT INTO race_watch {_WRONG.format(new="NEW")}; RETURN NULL; END $$""",
    """CREATE CONSTRAINT TRIGGER race_watch AFTER INSERT ON approval_decision
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION race_watch()""",
)
# SQLite has one writer at a time: what holds at the insertion holds at the commit.
_SQLITE = (
    "CREATE TABLE race_watch (decision_id TEXT, wrong TEXT)",
    f"""CREATE TRIGGER race_watch AFTER INSERT ON approval_decision
    BEGIN INSERT INTO race_watch {_WRONG.format(new="NEW")}; END""",
)


@dataclass
class Score:
    """What the rounds came to. `faults` are sentences; there must be none."""

    rounds: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        ends = ", ".join(f"{word} {count}" for word, count in self.outcomes.most_common())
        told = ", ".join(f"{word} {count}" for word, count in self.answers.most_common())
        return f"{self.rounds} rounds: {ends}; answers: {told}; " + (
            "one decision each, none after its right was gone or over changed content"
            if not self.faults
            else f"{len(self.faults)} FAULTS: " + "; ".join(self.faults[:10])
        )


class Throws:
    """The same choices for the same seed."""

    def __init__(self, seed: int) -> None:
        self._seed, self._turn = seed, 0

    def below(self, most: int) -> int:
        self._turn += 1
        digest = hashlib.sha256(f"{self._seed}|{self._turn}".encode()).digest()
        return int.from_bytes(digest[:6], "big") % most


class Ring:
    """People who may sign, one who may stand in, a clerk; and rounds between them."""

    def __init__(self, call: Call, seed: int) -> None:
        self.call = replace(call, ports=replace(call.ports, subjects={KIND: Silent()}))
        self.throws = Throws(seed)
        self.score = Score()
        unit = service_setup.keep_unit(
            self.call, KeepUnit(code="ring", name="演练单位", kind=UnitKind.DEPARTMENT)
        )
        self._unit_id = unit.id
        self._clerk = self._person("clerk", Role.CLERK)
        self._approvers = [self._person(f"approver-{turn}", Role.FINANCE) for turn in range(MOST)]
        self._deputy = self._person("deputy", None)
        self._prepare()

    def _person(self, login: str, role: Role | None) -> UUID:
        row = service_setup.create_account(
            self.call,
            CreateAccount(login=f"ring-{login}", name=login, unit_id=self._unit_id, is_imported=False),
        )
        with self.call.db.engine.begin() as connection:  # nobody opens an activation link in a ring
            table = Base.metadata.tables["account"]
            connection.execute(sa.update(table).where(table.c.id == row.id).values(state="active"))
        if role is not None:
            self._grant(row.id, role)
        return row.id

    def _grant(self, account_id: UUID, role: Role) -> UUID:
        wanted = GrantRole(account_id=account_id, role=role, unit_id=self._unit_id, reason="race")
        return service_setup.grant_role(self.call, wanted).id

    def _prepare(self) -> None:
        with self.call.db.engine.begin() as connection:
            connection.execute(
                sa.insert(Base.metadata.tables["approval_route"]).values(
                    id=uuid4(),
                    code=ROUTE["code"],
                    version=1,
                    kind="configured",
                    title=ROUTE["title"],
                    definition=ROUTE,
                    created_at=self.call.clock.now(),
                )
            )
            for statement in _SQLITE if self.call.db.is_sqlite else _POSTGRESQL:
                connection.exec_driver_sql(statement)

    def _actor(self, account_id: UUID) -> Actor:
        with self.call.read() as session:
            return accounts.actor_of(session, account_id)

    def play(self, rounds: int) -> Score:
        """So many rounds; the score says what came of them."""
        for _ in range(rounds):
            self._round()
        with self.call.db.engine.connect() as connection:
            wrong = connection.exec_driver_sql(
                "SELECT wrong, count(*) FROM race_watch WHERE wrong IS NOT NULL GROUP BY wrong"
            ).all()
        self.score.faults += [f"{count} decisions {word}" for word, count in wrong]
        return self.score

    def _round(self) -> None:
        subject_id, shown = self._submit()
        fighters = self._approvers[: 2 + self.throws.below(MOST - 1)]
        acts: list[Callable[[], str]] = [self._signing(person, subject_id, shown) for person in fighters]
        acts += self._disturbances(fighters, subject_id)
        if self.throws.below(2):
            acts += self._deputising(fighters[-1], subject_id, shown)
        answers = _at_once(acts)
        self.score.rounds += 1
        self.score.answers.update(answers)
        self._judge(subject_id, answers)

    def _submit(self) -> tuple[UUID, str]:
        subject_id = uuid4()
        row = service_start.submit(
            self.call.as_actor(self._actor(self._clerk)),
            SubmitRequest(
                about=Subject(kind=KIND, id=subject_id, number=subject_id.hex[:12]),
                route=str(ROUTE["code"]),
                unit_id=self._unit_id,
                title="race",
                content={"task": "a"},
            ),
        )
        return subject_id, row.content_hash

    def _signing(self, person: UUID, subject_id: UUID, shown: str) -> Callable[[], str]:
        cmd = DecideSlot(
            kind=KIND, subject_id=subject_id, slot=SLOT, verdict=Verdict.APPROVE, content_hash=shown
        )
        call = self.call.as_actor(self._actor(person))

        def sign() -> str:
            service_decide.decide(call, cmd)
            return "decided"

        return sign

    def _disturbances(self, fighters: list[UUID], subject_id: UUID) -> list[Callable[[], str]]:
        """Of revocation, edit and withdrawal any: one row for each thing that may happen meanwhile."""
        clerk = self.call.as_actor(self._actor(self._clerk))
        rows: list[Callable[[], Callable[[], str]]] = [
            lambda: self._revoking(fighters[0]),
            lambda: (
                lambda: _word(
                    "edited",
                    service_start.refresh_content,
                    clerk,
                    RefreshContent(kind=KIND, subject_id=subject_id, content={"task": "b"}),
                )
            ),
            lambda: (
                lambda: _word(
                    "withdrawn", service_end.withdraw, clerk, EndRequest(kind=KIND, subject_id=subject_id)
                )
            ),
        ]
        return [row() for row in rows if self.throws.below(2)]

    def _revoking(self, person: UUID) -> Callable[[], str]:
        """The person's only grant, made anew for this round, goes while they sign."""
        fresh = self._grant(person, Role.FINANCE)
        with self.call.read() as session:
            held = accounts.grants_of(session, [person])[person]
        for view in held:
            if view.grant_id is not None and view.grant_id != fresh:
                service_setup.revoke_role(self.call, RevokeRole(grant_id=view.grant_id, reason="race"))
        return lambda: _word(
            "revoked", service_setup.revoke_role, self.call, RevokeRole(grant_id=fresh, reason="race")
        )

    def _deputising(self, principal: UUID, subject_id: UUID, shown: str) -> list[Callable[[], str]]:
        """Somebody signs for one of them whose absence ends at this instant."""
        call, now = self.call.as_actor(self._actor(principal)), self.call.clock.now()
        if not any(grant.holds(now) for grant in call.actor.grants):
            return []
        row = service_substitutes.set_substitute(
            call,
            SetSubstitute(
                substitute_login="ring-deputy",
                valid_from=now - timedelta(minutes=1),
                valid_until=now + timedelta(days=1),
                reason="race",
            ),
        )
        return [
            self._signing(self._deputy, subject_id, shown),
            lambda: _word("came_back", service_substitutes.end_substitute, call, row.id),
        ]

    def _judge(self, subject_id: UUID, answers: list[str]) -> None:
        with self.call.read() as session:
            row = queries.request(session, KIND, subject_id)
            table = Base.metadata.tables["approval_decision"]
            made = session.scalar(
                sa.select(sa.func.count()).select_from(table).where(table.c.request_id == row.id)
            )
        decided = answers.count("decided")
        self.score.outcomes[row.state.value] += 1
        wanted = {RequestState.APPROVED: 1, RequestState.WITHDRAWN: 0, RequestState.IN_REVIEW: 0}
        if made != decided or made != wanted.get(row.state):
            self.score.faults.append(f"{row.number}: {row.state.value}, {made} decisions, {decided} told so")


def _word(word: str, service: Callable[..., Any], *values: Any) -> str:
    service(*values)
    return word


def _at_once(acts: list[Callable[[], str]]) -> list[str]:
    """What each was answered: its own word, or the code of the refusal."""
    barrier = threading.Barrier(len(acts))
    answers: list[str] = []

    def run(act: Callable[[], str]) -> None:
        barrier.wait(WAIT_SECONDS)
        try:
            answers.append(act())
        except DomainError as refused:
            answers.append(refused.code)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_SECONDS)
    if len(answers) != len(acts):
        answers.append("no_answer")
    return answers
