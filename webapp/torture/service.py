"""The drill's own acts in its throw-away office."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from webapp.accounts import service_setup
from webapp.accounts.commands import CreateAccount, KeepUnit
from webapp.accounts.states import Family, UnitKind
from webapp.core.events import Subject
from webapp.core.ids import new_id
from webapp.core.ledger import AuditEntry
from webapp.core.tx import Call, Tx, command
from webapp.notifications import queries as notifications
from webapp.notifications.states import MailState
from webapp.torture.events import DrillCalled


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the database says at the end: Message-IDs by what became of them, and those labelled."""

    sent: frozenset[str]
    unsent: frozenset[str]
    labelled: frozenset[str]
    waiting_rows: int
    label_entries: int


def make_people(call: Call, number: int) -> list[UUID]:
    """Accounts with invented addresses to write to."""
    unit = service_setup.keep_unit(call, KeepUnit(code="drill", name="演练单位", kind=UnitKind.DEPARTMENT))
    return [
        service_setup.create_account(
            call,
            CreateAccount(
                login=f"drill-{turn}",
                name=f"演练{turn}",
                unit_id=unit.id,
                family=Family.BUSINESS,
                email=f"drill-{turn}@example.invalid",
            ),
        ).id
        for turn in range(number)
    ]


@command
def call_drill(tx: Tx, account_id: UUID, turn: int) -> None:
    """One obligation: when this returns, a mail is owed."""
    about = Subject(kind="drill", id=new_id(tx.now), number=str(turn))
    tx.record(DrillCalled(about=about, account=account_id, turn=turn))


@command
def call_drills(tx: Tx, people: Sequence[UUID], number: int) -> None:
    """So many obligations in one transaction, to have a queue at once."""
    for turn in range(number):
        call_drill.within(tx, people[turn % len(people)], turn)


def delays(call: Call, since: datetime) -> list[float]:
    """Seconds from the writing of each obligation after `since` to its mail's settled row."""
    with call.read() as session:
        return [
            (done_at - recorded_at).total_seconds()
            for recorded_at, done_at in notifications.handed_over(session, since)
        ]


def read_ledger(call: Call) -> Ledger:
    """What became of the drill's mails."""
    with call.read() as session:
        rows = notifications.fates(session)
        waiting = notifications.outbox_length(session)
        entries = session.scalar(
            sa.select(sa.func.count())
            .select_from(AuditEntry)
            .where(AuditEntry.action == "mail.possibly_sent_twice")
        )
    return Ledger(
        sent=frozenset(mail for mail, state, _ in rows if state is MailState.SENT),
        unsent=frozenset(mail for mail, state, _ in rows if state is not MailState.SENT),
        labelled=frozenset(mail for mail, _, twice in rows if twice),
        waiting_rows=waiting,
        label_entries=entries or 0,
    )
