"""What the log keeps of accounts, grants and sign-in."""

from dataclasses import dataclass
from typing import ClassVar

from webapp.core.events import Event, detail, figure
from webapp.core.i18n import N_


@dataclass(frozen=True, kw_only=True)
class UnitKept(Event):
    name: ClassVar[str] = "unit.kept"
    label: ClassVar[str] = N_("登记单位")
    unit_name: str = detail()


@dataclass(frozen=True, kw_only=True)
class AccountCreated(Event):
    name: ClassVar[str] = "account.created"
    label: ClassVar[str] = N_("开通账号")
    notifies: ClassVar[bool] = True
    family: str = figure()
    account_name: str = detail()
    login: str = detail()


@dataclass(frozen=True, kw_only=True)
class AccountChanged(Event):
    name: ClassVar[str] = "account.changed"
    label: ClassVar[str] = N_("修改账号")


@dataclass(frozen=True, kw_only=True)
class AccountStateSet(Event):
    name: ClassVar[str] = "account.state_set"
    label: ClassVar[str] = N_("停用或恢复账号")
    state: str = figure()


@dataclass(frozen=True, kw_only=True)
class RoleGranted(Event):
    name: ClassVar[str] = "role.granted"
    label: ClassVar[str] = N_("授予角色")
    notifies: ClassVar[bool] = True
    granted_role: str = figure()
    unit_name: str = detail()
    account_name: str = detail()


@dataclass(frozen=True, kw_only=True)
class RoleRevoked(Event):
    name: ClassVar[str] = "role.revoked"
    label: ClassVar[str] = N_("收回角色")
    notifies: ClassVar[bool] = True
    granted_role: str = figure()
    account_name: str = detail()


@dataclass(frozen=True, kw_only=True)
class SubstituteSet(Event):
    name: ClassVar[str] = "substitute.set"
    label: ClassVar[str] = N_("设置代理")
    notifies: ClassVar[bool] = True
    substitute: str = figure()
    principal_name: str = detail()
    substitute_name: str = detail()


@dataclass(frozen=True, kw_only=True)
class SubstituteEnded(Event):
    name: ClassVar[str] = "substitute.ended"
    label: ClassVar[str] = N_("结束代理")


@dataclass(frozen=True, kw_only=True)
class AccountActivated(Event):
    name: ClassVar[str] = "account.activated"
    label: ClassVar[str] = N_("激活账号")


@dataclass(frozen=True, kw_only=True)
class PasswordChanged(Event):
    name: ClassVar[str] = "password.changed"
    label: ClassVar[str] = N_("修改密码")


@dataclass(frozen=True, kw_only=True)
class LinkIssued(Event):
    name: ClassVar[str] = "link.issued"
    label: ClassVar[str] = N_("发出一次性链接")
    purpose: str = figure()


@dataclass(frozen=True, kw_only=True)
class SignedIn(Event):
    name: ClassVar[str] = "session.started"
    label: ClassVar[str] = N_("登录")


@dataclass(frozen=True, kw_only=True)
class SignInRefused(Event):
    name: ClassVar[str] = "session.refused"
    label: ClassVar[str] = N_("登录被拒绝")
    why: str = figure()


@dataclass(frozen=True, kw_only=True)
class SessionEnded(Event):
    name: ClassVar[str] = "session.ended"
    label: ClassVar[str] = N_("退出登录")
    count: int = figure()


@dataclass(frozen=True, kw_only=True)
class SecondFactorSet(Event):
    name: ClassVar[str] = "second_factor.set"
    label: ClassVar[str] = N_("启用动态口令")


@dataclass(frozen=True, kw_only=True)
class SecondFactorReset(Event):
    name: ClassVar[str] = "second_factor.reset"
    label: ClassVar[str] = N_("重置动态口令")


@dataclass(frozen=True, kw_only=True)
class TokenMade(Event):
    name: ClassVar[str] = "api_token.made"
    label: ClassVar[str] = N_("生成接口令牌")
    token_name: str = detail()


@dataclass(frozen=True, kw_only=True)
class TokenRevoked(Event):
    name: ClassVar[str] = "api_token.revoked"
    label: ClassVar[str] = N_("收回接口令牌")
