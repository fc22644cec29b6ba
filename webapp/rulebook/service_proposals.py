"""Four eyes over what the rulebook computes with: one person proposes, another puts in force, in one way for all."""

from typing import Any, TypeVar

import sqlalchemy as sa

from webapp.core.errors import Invalid, NotAllowedNow, NotFound, sentences
from webapp.core.i18n import N_, gettext
from webapp.core.permissions import Permission
from webapp.core.tx import Tx
from webapp.rulebook.commands import SettleProposal
from webapp.rulebook.models import FeeProposal, TreatyProposal
from webapp.rulebook.states import ProposalState

P = TypeVar("P", FeeProposal, TreatyProposal)

sentences(
    {
        "proposal_needs_another": N_("要由另一个人复核启用，提出的人不能自己启用。"),
        "proposal_not_yours": N_("只有提出的人可以撤回。"),
        "proposal_settled": N_("这一份已经处理过了。"),
    }
)


def put_forward(tx: Tx, model: type[P], **values: Any) -> P:
    """A proposal in the actor's name, with the next number."""
    assert tx.actor.account_id is not None
    row = tx.add(
        model(
            number=(tx.session.scalar(sa.select(sa.func.max(model.number))) or 0) + 1,
            state=ProposalState.PROPOSED,
            proposed_by_id=tx.actor.account_id,
            proposed_by=tx.actor.name,
            proposed_at=tx.now,
            **values,
        )
    )
    tx.session.flush()
    return row


def settle(tx: Tx, model: type[P], cmd: SettleProposal) -> P:
    """The proposal, locked, with what the actor made of it; the caller puts an applied one in force.

    Raises `NotAllowedNow` when who proposed it wants to put it in force, or when it was settled before.
    """
    tx.require(Permission.RULES_KEEP)
    row = tx.session.scalars(
        sa.select(model).where(model.number == cmd.number).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound
    tx.check_version(row, cmd.version)
    if row.state is not ProposalState.PROPOSED:
        raise NotAllowedNow("proposal_settled")
    own = row.proposed_by_id == tx.actor.account_id
    if own and cmd.state is not ProposalState.WITHDRAWN:
        raise NotAllowedNow("proposal_needs_another")
    if not own and cmd.state is ProposalState.WITHDRAWN:
        raise NotAllowedNow("proposal_not_yours")
    if cmd.state is ProposalState.REFUSED and not cmd.note.strip():
        raise Invalid(fields={"note": [gettext(N_("请写明理由。"))]})
    row.state, row.note = cmd.state, cmd.note
    row.settled_by_id, row.settled_by, row.settled_at = tx.actor.account_id, tx.actor.name, tx.now
    return row
