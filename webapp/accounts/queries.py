"""Reading side of accounts: who somebody is, what they may do, who holds a role."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.accounts import queries_authority
from webapp.accounts.models import Account, ApiToken, RoleGrant, Substitution, Unit, UserSession
from webapp.accounts.states import AccountState
from webapp.core.db import UtcDateTime
from webapp.core.errors import NotFound
from webapp.core.permissions import GrantView, Role
from webapp.core.questions import Question, ask_once
from webapp.core.tx import Actor, ActorKind

AccountRow: TypeAlias = Account


@dataclass(frozen=True)
class SessionRow:
    session_id: UUID
    actor: Actor
    seen_at: datetime


def _actor_columns() -> sa.Select[Account, Unit]:
    return sa.select(Account, Unit).join(Unit, Unit.id == Account.unit_id)


def grants_of(session: Session, account_ids: Iterable[UUID]) -> dict[UUID, tuple[GrantView, ...]]:
    """Grants not revoked, of several accounts in one statement."""
    rows = session.execute(
        sa.select(RoleGrant, Unit.path)
        .join(Unit, Unit.id == RoleGrant.unit_id)
        .where(RoleGrant.account_id.in_(list(account_ids)), RoleGrant.revoked_at.is_(None))
    )
    found: dict[UUID, list[GrantView]] = {}
    for grant, path in rows:
        found.setdefault(grant.account_id, []).append(_view(grant, path))
    return {account_id: tuple(views) for account_id, views in found.items()}


def _view(grant: RoleGrant, path: str) -> GrantView:
    return GrantView(
        role=grant.role,
        unit_path=path,
        valid_from=grant.valid_from,
        valid_until=grant.valid_until,
        grant_id=grant.id,
    )


def _actor(account: Account, unit: Unit, grants: tuple[GrantView, ...]) -> Actor:
    return Actor(
        kind=ActorKind.IMPORTER if account.is_imported else ActorKind.PERSON,
        name=account.name,
        account_id=account.id,
        unit_id=unit.id,
        unit_path=unit.path,
        unit_code=unit.code,
        grants=grants,
        locale=account.locale,
        has_second_factor=account.totp_sealed is not None,
    )


def actor_of(session: Session, account_id: UUID) -> Actor:
    """The account as an actor with its grants. Raises `NotFound`."""
    found = actors_of(session, [account_id])
    if not found:
        raise NotFound
    return found[account_id]


def actors_of(session: Session, account_ids: Sequence[UUID]) -> dict[UUID, Actor]:
    """Several accounts as actors, in the order given; two statements. Those that do not exist are left out."""
    rows = session.execute(_actor_columns().where(Account.id.in_(account_ids)))
    found = {account.id: (account, unit) for account, unit in rows}
    grants = grants_of(session, found)
    return {key: _actor(*found[key], grants.get(key, ())) for key in account_ids if key in found}


def _session_statement() -> sa.Select[Any]:
    """Built once: every request of a signed-in person asks it first."""
    opened, account, unit = UserSession.__table__, Account.__table__, Unit.__table__
    grant, grant_unit = RoleGrant.__table__, Unit.__table__.alias("grant_unit")
    return (
        sa.select(
            opened.c.id,
            opened.c.seen_at,
            account.c.id,
            account.c.name,
            account.c.is_imported,
            account.c.locale,
            account.c.totp_sealed.is_not(None),
            unit.c.id,
            unit.c.path,
            unit.c.code,
            grant.c.role,
            grant_unit.c.path,
            grant.c.valid_from,
            grant.c.valid_until,
            grant.c.id,
        )
        .select_from(opened)
        .join(account, account.c.id == opened.c.account_id)
        .join(unit, unit.c.id == account.c.unit_id)
        .outerjoin(grant, sa.and_(grant.c.account_id == account.c.id, grant.c.revoked_at.is_(None)))
        .outerjoin(grant_unit, grant_unit.c.id == grant.c.unit_id)
        .where(
            opened.c.token_hash == sa.bindparam("token_hash", type_=sa.LargeBinary()),
            opened.c.ended_at.is_(None),
            opened.c.auth_epoch == account.c.auth_epoch,
            account.c.state == AccountState.ACTIVE,
            opened.c.seen_at > sa.bindparam("seen_after", type_=UtcDateTime()),
            opened.c.started_at > sa.bindparam("started_after", type_=UtcDateTime()),
        )
    )


_SESSION = Question(_session_statement(), tuple)


def session_by_token(
    connection: sa.Connection, token_hash: bytes, now: datetime, idle: timedelta, absolute: timedelta
) -> SessionRow | None:
    """The open session of a cookie with its actor, in one statement; None when ended, idle (30 min by
    default), too old (12 h), or when the account's authority changed since.
    """
    wanted = _SESSION(token_hash=token_hash, seen_after=now - idle, started_after=now - absolute)
    (rows,) = ask_once(connection, wanted)
    if not rows:
        return None
    session_id, seen_at, account_id, name, imported, locale, has_totp, unit_id, path, code = rows[0][:10]
    actor = Actor(
        kind=ActorKind.IMPORTER if imported else ActorKind.PERSON,
        name=name,
        account_id=account_id,
        unit_id=unit_id,
        unit_path=path,
        unit_code=code,
        grants=tuple(GrantView(*row[10:]) for row in rows if row[10] is not None),
        locale=locale,
        has_second_factor=bool(has_totp),
    )
    return SessionRow(session_id, actor, seen_at)


def actor_by_api_token(session: Session, token_hash: bytes, now: datetime) -> Actor | None:
    account_id = session.scalar(
        sa.select(ApiToken.account_id)
        .join(Account, Account.id == ApiToken.account_id)
        .where(
            ApiToken.token_hash == token_hash,
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at > now,
            Account.state == AccountState.ACTIVE,
        )
    )
    return actor_of(session, account_id) if account_id else None


def holders(session: Session, role: Role, unit_path: str | None, now: datetime) -> Sequence[Account]:
    """Active accounts whose grant of the role holds now and covers the unit (None: anywhere), by name."""
    return queries_authority.holders_of(session, [(role, unit_path)], now)[role, unit_path]


def substitutes_for(session: Session, substitute_id: UUID, now: datetime) -> Sequence[Substitution]:
    """Whom an account may sign for at this moment."""
    return session.scalars(
        sa.select(Substitution).where(
            Substitution.substitute_id == substitute_id,
            Substitution.ended_at.is_(None),
            Substitution.valid_from <= now,
            Substitution.valid_until > now,
        )
    ).all()


def substitutes_of(session: Session, principal_id: UUID) -> Sequence[tuple[Substitution, str]]:
    """A person's own substitutions with the substitute's name, newest first."""
    rows = session.execute(
        sa.select(Substitution, Account.name)
        .join(Account, Account.id == Substitution.substitute_id)
        .where(Substitution.principal_id == principal_id)
        .order_by(Substitution.valid_from.desc())
        .limit(50)
    )
    return [(row[0], row[1]) for row in rows]


def accounts_by_id(session: Session, account_ids: Iterable[UUID]) -> dict[UUID, Account]:
    """Several accounts in one statement; those that do not exist are left out."""
    found = session.scalars(sa.select(Account).where(Account.id.in_(set(account_ids)))).all()
    return {row.id: row for row in found}


def account(session: Session, account_id: UUID) -> Account:
    found = session.get(Account, account_id)
    if found is None:
        raise NotFound
    return found


def account_by_login(session: Session, login: str) -> Account:
    found = session.scalar(sa.select(Account).where(Account.login == login))
    if found is None:
        raise NotFound
    return found


def names(session: Session, account_ids: Iterable[UUID]) -> dict[UUID, str]:
    ids = list(set(account_ids))
    if not ids:
        return {}
    rows = session.execute(sa.select(Account.id, Account.name).where(Account.id.in_(ids)))
    return {row[0]: row[1] for row in rows}


def accounts_page(session: Session, *, after: str = "", limit: int = 50) -> Sequence[tuple[Account, str]]:
    """Accounts with their unit's name, by login, from after the given login on."""
    rows = session.execute(
        sa.select(Account, Unit.name)
        .join(Unit, Unit.id == Account.unit_id)
        .where(Account.login > after, Account.is_imported.is_(False))
        .order_by(Account.login)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


def grant_rows(session: Session, account_id: UUID) -> Sequence[tuple[RoleGrant, str]]:
    """All grants of an account, revoked ones too, with the unit's name, newest first."""
    rows = session.execute(
        sa.select(RoleGrant, Unit.name)
        .join(Unit, Unit.id == RoleGrant.unit_id)
        .where(RoleGrant.account_id == account_id)
        .order_by(RoleGrant.valid_from.desc())
    )
    return [(row[0], row[1]) for row in rows]


def open_sessions(session: Session, account_id: UUID) -> Sequence[UserSession]:
    return session.scalars(
        sa.select(UserSession)
        .where(UserSession.account_id == account_id, UserSession.ended_at.is_(None))
        .order_by(UserSession.seen_at.desc())
        .limit(50)
    ).all()


def api_tokens(session: Session, account_id: UUID) -> Sequence[ApiToken]:
    return session.scalars(
        sa.select(ApiToken)
        .where(ApiToken.account_id == account_id)
        .order_by(ApiToken.created_at.desc())
        .limit(50)
    ).all()


def units(session: Session) -> Sequence[Unit]:
    return session.scalars(sa.select(Unit).order_by(Unit.path)).all()


def unit(session: Session, unit_id: UUID) -> Unit:
    found = session.get(Unit, unit_id)
    if found is None:
        raise NotFound
    return found


def unit_by_code(session: Session, code: str) -> Unit:
    found = session.scalar(sa.select(Unit).where(Unit.code == code))
    if found is None:
        raise NotFound
    return found
