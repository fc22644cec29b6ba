"""Terms of consular notification: they decide legal ends, so one person proposes a change and another applies it."""

from typing import Any

import sqlalchemy as sa

from webapp.core.errors import Invalid, NotAllowedNow, sentences
from webapp.core.events import Subject
from webapp.core.i18n import N_, gettext
from webapp.core.permissions import Permission
from webapp.core.tx import Tx, command
from webapp.rulebook import queries, service_proposals
from webapp.rulebook.commands import ProposeTreaty, SettleProposal
from webapp.rulebook.events import TreatyChanged, TreatyProposed, TreatyRefused
from webapp.rulebook.models import TreatyProposal, TreatyRow
from webapp.rulebook.states import ProposalState
from webapp.rulebook.treaties import TERMS, plain_terms, restored_terms

sentences(
    {
        "treaty_waits": N_("这个国家的条款已有一份修改等人复核，先处理那一份。"),
    }
)


@command
def propose(tx: Tx, cmd: ProposeTreaty) -> TreatyProposal:
    """Put other terms for a nationality before a second person, with the reason (the annex read, an answer).

    Cases go on by the terms in force. Raises `OutOfDate` for an older page, `NotAllowedNow` while another
    proposal for the nationality waits, `Invalid` for terms that contradict each other or change nothing.
    """
    tx.require(Permission.RULES_KEEP)
    row = queries.treaty_row(tx.session, cmd.code)
    tx.check_version(row, cmd.version)
    if queries.treaty_proposal_waiting(tx.session, cmd.code) is not None:
        raise NotAllowedNow("treaty_waits")
    if cmd.mandatory and cmd.opt_out:
        raise Invalid(fields={"opt_out": [gettext(N_("必须通知的，不能因本人要求不通知。"))]})
    if not cmd.reason.strip():
        raise Invalid(fields={"reason": [gettext(N_("请填写。"))]})
    before, terms = plain_terms(row), plain_terms(cmd)
    if cmd.basis is None:
        terms["basis"] = before["basis"]
    if terms == before:
        raise Invalid(fields={"reason": [gettext(N_("条款没有变动。"))]})
    proposal = service_proposals.put_forward(
        tx, TreatyProposal, code=cmd.code, terms=terms, before=before, reason=cmd.reason
    )
    tx.record(
        TreatyProposed(
            about=_about(proposal),
            nationality=cmd.code,
            reason=cmd.reason,
            changes=_changes(before, terms),
        )
    )
    return proposal


@command
def settle(tx: Tx, cmd: SettleProposal) -> TreatyProposal:
    """Put proposed terms in force, refuse them, or take one's own back. Raises what `service_proposals.settle` does."""
    row = service_proposals.settle(tx, TreatyProposal, cmd)
    if row.state is ProposalState.APPLIED:
        _apply(tx, row)
    else:
        tx.record(
            TreatyRefused(about=_about(row), state=cmd.state.value, nationality=row.code, reason=cmd.note)
        )
    return row


def _apply(tx: Tx, proposal: TreatyProposal) -> None:
    """A nationality that had the terms of everybody else gets a row of its own."""
    row = tx.session.scalars(
        sa.select(TreatyRow).where(TreatyRow.code == proposal.code).with_for_update()
    ).one_or_none()
    proposal.before = plain_terms(row or queries.treaty_row(tx.session, proposal.code))
    terms = restored_terms(proposal.terms)
    if row is None:
        row = tx.add(TreatyRow(code=proposal.code, **terms))
    else:
        for name, value in terms.items():
            setattr(row, name, value)
    tx.session.flush()
    tx.record(
        TreatyChanged(
            about=Subject(kind="treaty", id=row.id, version=row.version, number=row.code),
            nationality=row.code,
            proposed_by=proposal.proposed_by,
            reason=proposal.reason,
            changes=_changes(proposal.before, proposal.terms),
        )
    )


def _changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {name: (before[name], after[name]) for name in TERMS if before[name] != after[name]}


def _about(row: TreatyProposal) -> Subject:
    return Subject(kind="treaty_proposal", id=row.id, version=row.version or 1, number=str(row.number))
