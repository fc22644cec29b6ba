"""What can be asked of accounts, as values."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from webapp.accounts.states import AccountState, Family, UnitKind
from webapp.core.permissions import Role


@dataclass(frozen=True, kw_only=True)
class KeepUnit:
    """A new unit, or with `unit_id` a change of one; a unit's code and place in the tree stay."""

    code: str
    name: str
    kind: UnitKind
    name_en: str = ""
    parent_id: UUID | None = None
    has_delegated_power: bool = False
    is_active: bool = True
    unit_id: UUID | None = None
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class CreateAccount:
    login: str
    name: str
    unit_id: UUID
    family: Family = Family.BUSINESS
    post: str = ""
    email: str = ""
    phone: str = ""
    locale: str = "zh"
    is_imported: bool = False


@dataclass(frozen=True, kw_only=True)
class ChangeAccount:
    account_id: UUID
    name: str
    unit_id: UUID
    post: str = ""
    email: str = ""
    phone: str = ""
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class SetAccountState:
    account_id: UUID
    state: AccountState
    reason: str
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class GrantRole:
    account_id: UUID
    role: Role
    unit_id: UUID
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class RevokeRole:
    grant_id: UUID
    reason: str


@dataclass(frozen=True, kw_only=True)
class SetSubstitute:
    substitute_login: str
    valid_from: datetime
    valid_until: datetime
    reason: str


@dataclass(frozen=True, kw_only=True)
class SignIn:
    login: str
    password: str
    totp: str = ""
    address: str = ""
    agent: str = ""


@dataclass(frozen=True, kw_only=True)
class Activate:
    token: str
    password: str
    address: str = ""
    agent: str = ""
