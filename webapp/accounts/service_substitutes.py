"""Substitutes for a period (代理): both names on record, no chains, no circles."""

from uuid import UUID

import sqlalchemy as sa

from webapp.accounts import events, rules
from webapp.accounts.commands import SetSubstitute
from webapp.accounts.models import Account, Substitution
from webapp.accounts.service_setup import about_account
from webapp.accounts.states import AccountState, Family
from webapp.core.errors import Invalid, NotAllowedNow, NotFound, sentences
from webapp.core.i18n import N_, gettext
from webapp.core.permissions import Permission
from webapp.core.tx import Tx, command

_FAULTS = {
    "substitute_period": N_("结束时间要晚于开始时间和现在。"),
    "substitute_too_long": N_("一次最多 90 天。"),
    "substitute_chain": N_("代理人自己也在被代理，或者你正在代理别人：不能连环代理。"),
    "substitute_unknown": N_("没有这个账号，或不能代理。"),
}
sentences(_FAULTS)


def _invalid(code: str, field: str) -> Invalid:
    return Invalid(code, fields={field: [gettext(_FAULTS[code])]})


@command
def set_substitute(tx: Tx, cmd: SetSubstitute) -> Substitution:
    """Let somebody sign for the actor from `valid_from` to `valid_until` (instants, at most 90 days)."""
    tx.require(Permission.SUBSTITUTES_SET)
    if tx.actor.account_id is None:
        raise NotAllowedNow
    other = tx.session.scalar(sa.select(Account).where(Account.login == cmd.substitute_login))
    good = other is not None and other.state is AccountState.ACTIVE and other.family is Family.BUSINESS
    if other is None or not good or other.id == tx.actor.account_id:
        raise _invalid("substitute_unknown", "substitute_login")
    for account_id in sorted(
        (tx.actor.account_id, other.id)
    ):  # one order, so that two mutual requests cannot pass
        tx.lock(Account, account_id)
    code = rules.substitution_fault(
        cmd.valid_from,
        cmd.valid_until,
        tx.now,
        principal_substitutes_for_others=_crossing(
            tx, Substitution.substitute_id == tx.actor.account_id, cmd
        ),
        substitute_is_away=_crossing(tx, Substitution.principal_id == other.id, cmd),
    )
    if code:
        raise _invalid(code, "substitute_login" if code == "substitute_chain" else "valid_until")
    row = tx.add(
        Substitution(
            principal_id=tx.actor.account_id,
            substitute_id=other.id,
            valid_from=cmd.valid_from,
            valid_until=cmd.valid_until,
            reason=cmd.reason,
        )
    )
    me = tx.session.get_one(Account, tx.actor.account_id)
    tx.record(
        events.SubstituteSet(
            about=about_account(me),
            substitute=str(other.id),
            principal_name=me.name,
            substitute_name=other.name,
            reason=cmd.reason,
            changes={"valid": (None, [cmd.valid_from, cmd.valid_until])},
        )
    )
    return row


def _crossing(tx: Tx, whom: sa.ColumnElement[bool], cmd: SetSubstitute) -> bool:
    rows = tx.session.execute(
        sa.select(Substitution.valid_from, Substitution.valid_until).where(
            whom, Substitution.ended_at.is_(None)
        )
    )
    return rules.overlaps([(row[0], row[1]) for row in rows], cmd.valid_from, cmd.valid_until)


@command
def end_substitute(tx: Tx, substitution_id: UUID) -> Substitution:
    """End one's own substitution now."""
    row = tx.lock(Substitution, substitution_id)
    if row.principal_id != tx.actor.account_id:
        raise NotFound
    if row.ended_at is not None:
        raise NotAllowedNow
    row.ended_at = tx.now
    me = tx.session.get_one(Account, row.principal_id)
    tx.record(events.SubstituteEnded(about=about_account(me)))
    return row
