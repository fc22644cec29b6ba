"""What a person is entitled to at the instant of signing, read under lock; holders and units by their place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from webapp.accounts.models import Account, RoleGrant, Substitution, Unit
from webapp.accounts.states import AccountState
from webapp.core.permissions import GrantView, Role


@dataclass(frozen=True)
class Authority:
    """What an account is entitled to at the instant it is read: own grants, and whom it stands in for."""

    grants: tuple[GrantView, ...]
    principals: tuple[tuple[UUID, tuple[GrantView, ...]], ...]


def authority(session: Session, account_id: UUID, now: datetime) -> Authority:
    """Grants of the account and of those it substitutes, share-locked until the transaction ends.

    One statement. A revocation, an end of substitution or a lock of the account that came first is seen;
    one that comes later waits for this transaction. Empty when the account is not active.
    """
    me = aliased(Account, name="me")  # made per call: a shared alias is adapted by several threads at once
    stands_for = (
        sa.select(Substitution.principal_id)
        .where(
            Substitution.substitute_id == account_id,
            Substitution.ended_at.is_(None),
            Substitution.valid_from <= now,
            Substitution.valid_until > now,
        )
        .with_for_update(read=True)
        .cte("stands_for")
    )
    rows = session.execute(
        sa.select(
            RoleGrant.account_id,
            RoleGrant.id,
            RoleGrant.role,
            RoleGrant.valid_from,
            RoleGrant.valid_until,
            Unit.path,
            # all of them, also those who hold no role (any more): they may be party to the matter
            sa.select(sa.func.aggregate_strings(sa.cast(stands_for.c.principal_id, sa.String), ","))
            .scalar_subquery()
            .label("principals"),
        )
        .join(Account, Account.id == RoleGrant.account_id)
        .join(me, sa.and_(me.id == account_id, me.state == AccountState.ACTIVE))
        .join(Unit, Unit.id == RoleGrant.unit_id)
        .where(
            sa.or_(
                RoleGrant.account_id == account_id,
                RoleGrant.account_id.in_(sa.select(stands_for.c.principal_id)),
            ),
            RoleGrant.revoked_at.is_(None),
            Account.state == AccountState.ACTIVE,
        )
        # grant before account, as in revoking: the two cannot deadlock
        .with_for_update(read=True, of=[RoleGrant, Account, me])
    )
    found: dict[UUID, list[GrantView]] = {}
    principals = ""
    for owner, grant_id, role, valid_from, valid_until, path, listed in rows:
        view = GrantView(role, path, valid_from, valid_until, grant_id)
        found.setdefault(owner, []).append(view)
        principals = listed or ""
    stood_for = [UUID(text) for text in principals.split(",") if text]
    return Authority(
        tuple(found.get(account_id, ())),
        tuple((principal, tuple(found.get(principal, ()))) for principal in stood_for),
    )


def holders_at(
    session: Session, roles: Iterable[Role], paths: Iterable[str], now: datetime
) -> Sequence[tuple[Role, str, UUID]]:
    """(role, unit path, account) of active holders whose grant is for exactly one of these units."""
    rows = session.execute(
        sa.select(RoleGrant.role, Unit.path, RoleGrant.account_id)
        .join(Unit, Unit.id == RoleGrant.unit_id)
        .join(Account, Account.id == RoleGrant.account_id)
        .where(
            RoleGrant.role.in_(list(roles)),
            Unit.path.in_(list(paths)),
            RoleGrant.revoked_at.is_(None),
            RoleGrant.valid_from <= now,
            sa.or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until > now),
            Account.state == AccountState.ACTIVE,
        )
    )
    return [(row[0], row[1], row[2]) for row in rows]


def units_by_id(session: Session, unit_ids: Iterable[UUID]) -> dict[UUID, Unit]:
    """Several units in one statement."""
    found = session.scalars(sa.select(Unit).where(Unit.id.in_(list(unit_ids)))).all()
    return {row.id: row for row in found}
