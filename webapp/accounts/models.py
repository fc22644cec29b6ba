"""Tables of units, accounts, grants, substitutes, sessions and one-time links."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.accounts.states import AccountState, Family, UnitKind
from webapp.core.db import Base, CodeEnum, Keyed
from webapp.core.permissions import Role
from webapp.core.vault import sealed


class Unit(Keyed, Base):
    """A body with people: department, county office, enterprise, the office itself. `path` ends in '/'."""

    __tablename__ = "unit"

    code: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    name_en: Mapped[str] = mapped_column(sa.String(160), default="")
    kind: Mapped[UnitKind] = mapped_column(CodeEnum(UnitKind))
    parent_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    path: Mapped[str] = mapped_column(sa.String(400), unique=True)
    has_delegated_power: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class Account(Keyed, Base):
    """A person's way in. `auth_epoch` rises with every change that must end open sessions."""

    __tablename__ = "account"
    __table_args__ = (sa.UniqueConstraint("id", "family"),)

    login: Mapped[str] = mapped_column(sa.String(60), unique=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    post: Mapped[str] = mapped_column(sa.String(120), default="")
    unit_id: Mapped[UUID] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    family: Mapped[Family] = mapped_column(CodeEnum(Family), default=Family.BUSINESS)
    email: Mapped[str] = mapped_column(sa.String(200), default="")
    phone: Mapped[str] = mapped_column(sa.String(40), default="")
    locale: Mapped[str] = mapped_column(sa.String(5), default="zh")
    state: Mapped[AccountState] = mapped_column(CodeEnum(AccountState), default=AccountState.INVITED)
    is_imported: Mapped[bool] = mapped_column(default=False)
    password_hash: Mapped[str | None] = mapped_column(sa.String(300))
    totp_sealed: Mapped[str | None] = mapped_column(sa.String(300), info=sealed("account.totp"))
    totp_last_step: Mapped[int | None]
    auth_epoch: Mapped[int] = mapped_column(default=1)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


_FAMILY_OF_ROLE = (
    "family = CASE role WHEN 'auditor' THEN 'auditor' WHEN 'system_admin' THEN 'system_admin' "
    "WHEN 'security_admin' THEN 'security_admin' WHEN 'audit_admin' THEN 'audit_admin' ELSE 'business' END"
)


class RoleGrant(Keyed, Base):
    """A role in a unit and below, for a time. The composite key holds families apart in the database."""

    __tablename__ = "role_grant"
    __table_args__ = (
        sa.ForeignKeyConstraint(["account_id", "family"], ["account.id", "account.family"]),
        sa.CheckConstraint(_FAMILY_OF_ROLE, name="role_fits_family"),
        sa.Index("ix_role_grant_account_id_family", "account_id", "family"),
    )

    account_id: Mapped[UUID]
    family: Mapped[Family] = mapped_column(CodeEnum(Family))
    role: Mapped[Role] = mapped_column(CodeEnum(Role))
    unit_id: Mapped[UUID] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    granted_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    revoked_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(sa.String(300), default="")


class Substitution(Keyed, Base):
    """While `principal` is away, `substitute` signs for them, both named on record. No chains, no circles."""

    __tablename__ = "substitution"
    __table_args__ = (sa.CheckConstraint("principal_id <> substitute_id", name="not_oneself"),)

    principal_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"), index=True)
    substitute_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"), index=True)
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime]
    reason: Mapped[str] = mapped_column(sa.String(300))
    ended_at: Mapped[datetime | None]


class UserSession(Keyed, Base):
    """A signed-in browser; the cookie's token is kept only as its hash."""

    __tablename__ = "user_session"

    token_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), unique=True)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"), index=True)
    auth_epoch: Mapped[int]
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(sa.String(60), default="")
    agent: Mapped[str] = mapped_column(sa.String(200), default="")


class OneTimeLink(Keyed, Base):
    """An activation or sign-in link that works once and expires."""

    __tablename__ = "one_time_link"

    token_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), unique=True)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"), index=True)
    purpose: Mapped[str] = mapped_column(sa.String(20))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignInAttempt(Keyed, Base):
    """Failed tries to sign in, counted by account name and by address."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (
        sa.Index("ix_sign_in_attempt_login", "login", "at"),
        sa.Index("ix_sign_in_attempt_address", "address", "at"),
        sa.Index("ix_sign_in_attempt_at", "at"),
    )

    login: Mapped[str] = mapped_column(sa.String(60))
    address: Mapped[str] = mapped_column(sa.String(60))
    at: Mapped[datetime]


class ApiToken(Keyed, Base):
    """A bearer token for the API: hashed, named, dated, revocable."""

    __tablename__ = "api_token"

    token_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), unique=True)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
