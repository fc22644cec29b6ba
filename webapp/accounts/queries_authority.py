"""What a person is entitled to at the instant of signing, read under lock; holders and units by their place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.accounts.models import Account, RoleGrant, Substitution, Unit
from webapp.accounts.states import AccountState
from webapp.core.db import UtcDateTime
from webapp.core.permissions import GrantView, Role
from webapp.core.questions import Question, ask


@dataclass(frozen=True)
class Authority:
    """What an account is entitled to at the instant it is read: own grants, and whom it stands in for."""

    grants: tuple[GrantView, ...]
    principals: tuple[tuple[UUID, tuple[GrantView, ...]], ...]


def _authority_statement() -> sa.Select[Any]:
    """Built once, from tables: threads adapt a shared alias of a class at once, which loses its joins."""
    account, grant, unit = Account.__table__, RoleGrant.__table__, Unit.__table__
    substitution, me = Substitution.__table__, Account.__table__.alias("me")
    person, now = sa.bindparam("person", type_=sa.Uuid()), sa.bindparam("now", type_=UtcDateTime())
    stands_for = (
        sa.select(substitution.c.principal_id)
        .where(
            substitution.c.substitute_id == person,
            substitution.c.ended_at.is_(None),
            substitution.c.valid_from <= now,
            substitution.c.valid_until > now,
        )
        .with_for_update(read=True)
        .cte("stands_for")
    )
    return (
        sa.select(
            grant.c.account_id,
            grant.c.id,
            grant.c.role,
            grant.c.valid_from,
            grant.c.valid_until,
            unit.c.path,
            # all of them, also those who hold no role (any more): they may be party to the matter
            sa.select(sa.func.aggregate_strings(sa.cast(stands_for.c.principal_id, sa.String), ","))
            .scalar_subquery()
            .label("principals"),
        )
        .join(account, account.c.id == grant.c.account_id)
        .join(me, sa.and_(me.c.id == person, me.c.state == AccountState.ACTIVE))
        .join(unit, unit.c.id == grant.c.unit_id)
        .where(
            sa.or_(
                grant.c.account_id == person,
                grant.c.account_id.in_(sa.select(stands_for.c.principal_id)),
            ),
            grant.c.revoked_at.is_(None),
            account.c.state == AccountState.ACTIVE,
        )
        # grant before account, as in revoking: the two cannot deadlock
        .with_for_update(read=True, of=[grant, account, me])
    )


AUTHORITY = Question(_authority_statement(), tuple)


def authority(session: Session, account_id: UUID, now: datetime) -> Authority:
    """Grants of the account and of those it substitutes, share-locked until the transaction ends.

    One statement. A revocation, an end of substitution or a lock of the account that came first is seen;
    one that comes later waits for this transaction. Empty when the account is not active.
    """
    rows = ask(session, AUTHORITY(person=account_id, now=now))
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


def holders_of(
    session: Session, wanted: Iterable[tuple[Role, str | None]], now: datetime
) -> dict[tuple[Role, str | None], Sequence[Account]]:
    """The holders of several roles over several units, in one statement however many they are."""
    found: dict[tuple[Role, str | None], dict[UUID, Account]] = {pair: {} for pair in wanted}
    if not found:
        return {}
    rows = session.execute(
        sa.select(Account, RoleGrant.role, Unit.path)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .join(Unit, Unit.id == RoleGrant.unit_id)
        .where(
            sa.or_(*[_covering(role, [p for r, p in found if r is role]) for role in {r for r, _ in found}]),
            RoleGrant.revoked_at.is_(None),
            RoleGrant.valid_from <= now,
            sa.or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until > now),
            Account.state == AccountState.ACTIVE,
        )
        .order_by(Account.name, Account.id)
    )
    for holder, role, granted in rows:
        for (wanted_role, path), people in found.items():
            if wanted_role is role and (path is None or path.startswith(granted)):
                people[holder.id] = holder
    return {pair: list(people.values()) for pair, people in found.items()}


def _covering(role: Role, paths: Sequence[str | None]) -> sa.ColumnElement[bool]:
    """Grants of the role in one of the units or above it: the paths above a path are its own beginnings."""
    if None in paths:
        return RoleGrant.role == role
    above = {step for path in paths if path for step in _beginnings(path)}
    return sa.and_(RoleGrant.role == role, Unit.path.in_(sorted(above)))


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


@dataclass(frozen=True)
class PostHolder:
    """Somebody whose post covers a unit."""

    id: UUID
    name: str
    post: str
    unit: str
    role: Role


def posts_over(session: Session, unit_path: str, now: datetime) -> Sequence[PostHolder]:
    """Everybody able to sign in who holds a post over the unit now, by name; a person once for each post."""
    home = sa.orm.aliased(Unit)
    rows = session.execute(
        sa.select(Account.id, Account.name, Account.post, home.name, RoleGrant.role)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .join(Unit, Unit.id == RoleGrant.unit_id)
        .join(home, home.id == Account.unit_id)
        .where(
            Unit.path.in_(_beginnings(unit_path)),
            RoleGrant.revoked_at.is_(None),
            RoleGrant.valid_from <= now,
            sa.or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until > now),
            Account.state == AccountState.ACTIVE,
            Account.is_imported.is_(False),
        )
        .order_by(Account.name, Account.id, RoleGrant.role)
    )
    return [PostHolder(*row) for row in rows]


def _beginnings(path: str) -> list[str]:
    """The paths of a unit and of those above it."""
    parts = path.split("/")
    return sorted("/".join(parts[:depth]) + "/" for depth in range(1, len(parts)))


def unheld_roles(session: Session, now: datetime) -> list[Role]:
    """Roles that nobody able to sign in holds now: whatever waits for one of them waits for ever."""
    held = session.scalars(
        sa.select(RoleGrant.role)
        .join(Account, Account.id == RoleGrant.account_id)
        .where(
            RoleGrant.revoked_at.is_(None),
            RoleGrant.valid_from <= now,
            sa.or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until > now),
            Account.state == AccountState.ACTIVE,
            Account.is_imported.is_(False),
        )
        .distinct()
    )
    return sorted(set(Role) - set(held), key=list(Role).index)


def units_by_id(session: Session, unit_ids: Iterable[UUID]) -> dict[UUID, Unit]:
    """Several units in one statement."""
    found = session.scalars(sa.select(Unit).where(Unit.id.in_(list(unit_ids)))).all()
    return {row.id: row for row in found}


def paths_of(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """Paths of units by their codes; a code nobody has is left out."""
    wanted = list(codes)
    if not wanted:
        return {}
    rows = session.execute(sa.select(Unit.code, Unit.path).where(Unit.code.in_(wanted)))
    return {row.code: row.path for row in rows}


@dataclass(frozen=True)
class Named:
    """Active accounts by login, and by post where exactly one person has it."""

    by_login: dict[str, UUID]
    by_post: dict[str, UUID]


def named_accounts(session: Session, logins: Iterable[str], posts: Iterable[str]) -> Named:
    """The accounts behind names; one statement. A post two people have names nobody."""
    wanted_logins, wanted_posts = set(logins), set(posts)
    if not wanted_logins | wanted_posts:
        return Named({}, {})
    rows = session.execute(
        sa.select(Account.id, Account.login, Account.post).where(
            sa.or_(Account.login.in_(wanted_logins), Account.post.in_(wanted_posts)),
            Account.state == AccountState.ACTIVE,
            Account.is_imported.is_(False),
        )
    ).all()
    with_post = [row for row in rows if row.post in wanted_posts]
    alone = [row for row in with_post if sum(other.post == row.post for other in with_post) == 1]
    return Named(
        {row.login: row.id for row in rows if row.login in wanted_logins}, {row.post: row.id for row in alone}
    )
