"""Units, accounts and role grants: kept by the separated administrators."""

from uuid import UUID

import sqlalchemy as sa

from webapp.accounts import events
from webapp.accounts.commands import (
    ChangeAccount,
    CreateAccount,
    GrantRole,
    KeepUnit,
    RevokeRole,
    SetAccountState,
)
from webapp.accounts.models import Account, RoleGrant, Unit, UserSession
from webapp.accounts.states import AccountState, family_of
from webapp.core.errors import Invalid, NotAllowedNow, NotFound, RuleBroken, sentences
from webapp.core.events import Subject
from webapp.core.i18n import N_
from webapp.core.permissions import Permission, excludes
from webapp.core.tx import Tx, command

sentences(
    {
        "code_taken": N_("这个代码已经有了。"),
        "login_taken": N_("这个账号名已经有了。"),
        "role_excluded": N_("这个角色不能与此人已有的角色兼任。"),
        "role_family": N_("这类账号不能担任这个角色。"),
        "own_grant": N_("不能给自己授予或收回角色。"),
    }
)


def about_account(account: Account) -> Subject:
    return Subject(kind="account", id=account.id, version=account.version, number=account.login)


def about_unit(unit: Unit) -> Subject:
    return Subject(kind="unit", id=unit.id, version=unit.version, unit=unit.code, number=unit.code)


@command
def keep_unit(tx: Tx, cmd: KeepUnit) -> Unit:
    """Register a unit or change its name, kind, delegated power, activity. Raises `Invalid` on a taken code."""
    tx.require(Permission.UNITS_KEEP)
    if cmd.unit_id is not None:
        unit = tx.lock(Unit, cmd.unit_id)
        tx.check_version(unit, cmd.version)
        wanted = {
            "name": cmd.name,
            "name_en": cmd.name_en,
            "kind": cmd.kind,
            "has_delegated_power": cmd.has_delegated_power,
            "is_active": cmd.is_active,
        }
        changes = {k: (getattr(unit, k), v) for k, v in wanted.items() if getattr(unit, k) != v}
        for name, value in wanted.items():
            setattr(unit, name, value)
    else:
        if tx.session.scalar(sa.select(Unit.id).where(Unit.code == cmd.code)):
            raise Invalid("code_taken", fields={"code": [N_("这个代码已经有了。")]})
        parent = tx.session.get(Unit, cmd.parent_id) if cmd.parent_id else None
        unit = tx.add(
            Unit(
                code=cmd.code,
                name=cmd.name,
                name_en=cmd.name_en,
                kind=cmd.kind,
                parent_id=cmd.parent_id,
                path=f"{parent.path if parent else '/'}{cmd.code}/",
                has_delegated_power=cmd.has_delegated_power,
                is_active=cmd.is_active,
            )
        )
        changes = {}
    tx.session.flush()
    tx.record(events.UnitKept(about=about_unit(unit), unit_name=unit.name, changes=changes))
    return unit


@command
def create_account(tx: Tx, cmd: CreateAccount) -> Account:
    """A new account without any right; it is activated by a one-time link. Raises `Invalid`."""
    tx.require(Permission.ACCOUNTS_KEEP)
    if tx.session.scalar(sa.select(Account.id).where(Account.login == cmd.login)):
        raise Invalid("login_taken", fields={"login": [N_("这个账号名已经有了。")]})
    if tx.session.get(Unit, cmd.unit_id) is None:
        raise NotFound
    account = tx.add(
        Account(
            login=cmd.login,
            name=cmd.name,
            post=cmd.post,
            unit_id=cmd.unit_id,
            family=cmd.family,
            email=cmd.email,
            phone=cmd.phone,
            locale=cmd.locale,
            is_imported=cmd.is_imported,
            state=AccountState.ACTIVE if cmd.is_imported else AccountState.INVITED,
        )
    )
    tx.session.flush()
    tx.record(
        events.AccountCreated(
            about=about_account(account),
            family=account.family,
            account_name=account.name,
            login=account.login,
        )
    )
    return account


@command
def change_account(tx: Tx, cmd: ChangeAccount) -> Account:
    """Correct name, unit, post and addresses. A change of unit ends open sessions."""
    tx.require(Permission.ACCOUNTS_KEEP)
    account = tx.lock(Account, cmd.account_id)
    tx.check_version(account, cmd.version)
    wanted = {
        "name": cmd.name,
        "unit_id": cmd.unit_id,
        "post": cmd.post,
        "email": cmd.email,
        "phone": cmd.phone,
    }
    changes = {k: (getattr(account, k), v) for k, v in wanted.items() if getattr(account, k) != v}
    for name, value in wanted.items():
        setattr(account, name, value)
    if "unit_id" in changes:
        account.auth_epoch += 1
    tx.session.flush()
    tx.record(events.AccountChanged(about=about_account(account), changes=changes))
    return account


@command
def set_account_state(tx: Tx, cmd: SetAccountState) -> Account:
    """Lock, disable or restore; every open session of the account ends at once."""
    unlocking = cmd.state is AccountState.ACTIVE
    tx.require(Permission.GRANTS_KEEP if unlocking else Permission.ACCOUNTS_KEEP)
    account = tx.lock(Account, cmd.account_id)
    tx.check_version(account, cmd.version)
    if account.id == tx.actor.account_id:
        raise RuleBroken("own_grant")
    if unlocking and account.password_hash is None:
        raise NotAllowedNow
    old = account.state
    account.state = cmd.state
    account.auth_epoch += 1
    tx.session.flush()
    tx.record(
        events.AccountStateSet(
            about=about_account(account),
            state=cmd.state,
            reason=cmd.reason,
            changes={"state": (old, cmd.state)},
        )
    )
    return account


@command
def grant_role(tx: Tx, cmd: GrantRole) -> RoleGrant:
    """Give a role in a unit for a time. Raises `RuleBroken` where roles exclude each other or for oneself."""
    tx.require(Permission.GRANTS_KEEP)
    account = tx.lock(Account, cmd.account_id)
    if account.id == tx.actor.account_id:
        raise RuleBroken("own_grant")
    if family_of(cmd.role) is not account.family:
        raise RuleBroken("role_family")
    unit = tx.session.get(Unit, cmd.unit_id)
    if unit is None:
        raise NotFound
    held = tx.session.scalars(
        sa.select(RoleGrant.role).where(RoleGrant.account_id == account.id, RoleGrant.revoked_at.is_(None))
    ).all()
    if any(excludes(cmd.role, other) for other in held):
        raise RuleBroken("role_excluded")
    grant = tx.add(
        RoleGrant(
            account_id=account.id,
            family=account.family,
            role=cmd.role,
            unit_id=cmd.unit_id,
            valid_from=cmd.valid_from or tx.now,
            valid_until=cmd.valid_until,
            granted_by=tx.actor.account_id,
            reason=cmd.reason,
        )
    )
    account.auth_epoch += 1
    tx.session.flush()
    tx.record(
        events.RoleGranted(
            about=about_account(account),
            granted_role=cmd.role,
            unit_name=unit.name,
            account_name=account.name,
            reason=cmd.reason,
        )
    )
    return grant


@command
def revoke_role(tx: Tx, cmd: RevokeRole) -> RoleGrant:
    """Take a role back at once: a decision that commits later does not count on it any more."""
    tx.require(Permission.GRANTS_KEEP)
    account_id = tx.session.scalar(sa.select(RoleGrant.account_id).where(RoleGrant.id == cmd.grant_id))
    if account_id is None:
        raise NotFound
    if account_id == tx.actor.account_id:
        raise RuleBroken("own_grant")
    # Grant before account: deciding takes its shared locks in this order too, so the two cannot deadlock.
    grant = tx.lock(RoleGrant, cmd.grant_id)
    if grant.revoked_at is not None:
        raise NotAllowedNow
    grant.revoked_at = tx.now
    account = tx.lock(Account, account_id)
    account.auth_epoch += 1
    tx.session.flush()
    tx.record(
        events.RoleRevoked(
            about=about_account(account),
            granted_role=grant.role,
            account_name=account.name,
            reason=cmd.reason,
        )
    )
    return grant


@command
def end_sessions(tx: Tx, account_id: UUID) -> int:
    """End every open session of an account (one's own, or as security administrator). Returns how many."""
    if account_id != tx.actor.account_id:
        tx.require(Permission.SESSIONS_END)
    account = tx.lock(Account, account_id)
    result = tx.session.execute(
        sa.update(UserSession)
        .where(UserSession.account_id == account_id, UserSession.ended_at.is_(None))
        .values(ended_at=tx.now)
    )
    count = int(getattr(result, "rowcount", 0))
    tx.record(events.SessionEnded(about=about_account(account), count=count))
    return count
