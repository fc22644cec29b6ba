"""A new table of fee standards: read in by one person, put in force by another, as a version with its days."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from webapp.core.errors import Invalid
from webapp.core.events import Subject
from webapp.core.i18n import N_, gettext
from webapp.core.permissions import Permission
from webapp.core.tx import Tx, command
from webapp.rulebook import queries, rules_fees, service_proposals
from webapp.rulebook.commands import ProposeFees, SettleProposal
from webapp.rulebook.events import FeesImported, FeesProposed, FeesRefused
from webapp.rulebook.fees import FeeStandard
from webapp.rulebook.models import FeeProposal, FeeRow, FeeVersion, RulebookEdition
from webapp.rulebook.states import ProposalState


@command
def propose(tx: Tx, cmd: ProposeFees) -> FeeProposal:
    """Keep a table that was read in; nothing is in force until somebody else applies it.

    Raises `Invalid` for a table without rows or days in the wrong order.
    """
    tx.require(Permission.RULES_KEEP)
    if not cmd.standards:
        raise Invalid(fields={"file": [gettext(N_("文件里没有标准。"))]})
    if cmd.valid_until is not None and cmd.valid_until < cmd.valid_from:
        raise Invalid(fields={"valid_until": [gettext(N_("截止日期早于开始日期。"))]})
    row = service_proposals.put_forward(
        tx,
        FeeProposal,
        document=cmd.document,
        valid_from=cmd.valid_from,
        valid_until=cmd.valid_until,
        reason=cmd.reason,
        standards=rules_fees.stored(cmd.standards),
    )
    found = rules_fees.difference(queries.fee_table(tx.session, cmd.valid_from), cmd.standards)
    tx.record(
        FeesProposed(
            about=_about(row),
            row_count=len(cmd.standards),
            new_count=len(found.new),
            changed_count=len(found.changed),
            gone_count=len(found.gone),
            document=cmd.document,
            reason=cmd.reason,
        )
    )
    return row


@command
def settle(tx: Tx, cmd: SettleProposal) -> FeeProposal:
    """Put a proposed table in force, refuse it, or take one's own back. Raises what `service_proposals.settle` does."""
    row = service_proposals.settle(tx, FeeProposal, cmd)
    if row.state is ProposalState.APPLIED:
        _apply(tx, row)
    else:
        tx.record(
            FeesRefused(about=_about(row), state=cmd.state.value, document=row.document, reason=cmd.note)
        )
    return row


def _apply(tx: Tx, row: FeeProposal) -> None:
    """The next version; it wins over earlier ones while it holds."""
    standards = rules_fees.restored(row.standards)
    version = add(tx, row.document, row.valid_from, row.valid_until, standards)
    row.applied_as = version.number
    new_edition(tx, f"{row.document}: {row.reason}")
    tx.record(
        FeesImported(
            about=Subject(
                kind="fee_version", id=version.id, version=version.number, number=str(version.number)
            ),
            row_count=version.row_count,
            document=row.document,
            proposed_by=row.proposed_by,
            reason=row.reason,
        )
    )


def add(
    tx: Tx, document: str, valid_from: date, valid_until: date | None, standards: Sequence[FeeStandard]
) -> FeeVersion:
    """Write a table as the next version."""
    number = (tx.session.scalar(sa.select(sa.func.max(FeeVersion.number))) or 0) + 1
    version = tx.add(
        FeeVersion(
            number=number,
            document=document,
            valid_from=valid_from,
            valid_until=valid_until,
            row_count=len(standards),
            set_by=tx.actor.name,
            set_at=tx.now,
        )
    )
    tx.session.flush()
    for position, standard in enumerate(standards):
        values = {**standard.__dict__, "cities": list(standard.cities)}
        tx.add(FeeRow(version_id=version.id, position=position, **values))
    return version


def new_edition(tx: Tx, reason: str) -> RulebookEdition:
    """The next number; the newest row is locked first, so that two writers wait for each other."""
    newest = sa.select(RulebookEdition).order_by(RulebookEdition.number.desc()).limit(1)
    tx.session.scalars(newest.with_for_update()).one_or_none()
    number = (tx.session.scalar(sa.select(sa.func.max(RulebookEdition.number))) or 0) + 1
    return tx.add(
        RulebookEdition(
            number=number,
            made_at=tx.now,
            made_by_id=tx.actor.account_id,
            made_by=tx.actor.name,
            reason=reason[:300],
        )
    )


def _about(row: FeeProposal) -> Subject:
    return Subject(kind="fee_proposal", id=row.id, version=row.version or 1, number=str(row.number))
