"""States of an account and the families that keep administrators, auditors and business apart."""

from enum import StrEnum

from webapp.core.i18n import N_
from webapp.core.permissions import Role


class AccountState(StrEnum):
    INVITED = "invited"
    ACTIVE = "active"
    LOCKED = "locked"
    DISABLED = "disabled"


ACCOUNT_STATE_LABELS = {
    AccountState.INVITED: N_("未激活"),
    AccountState.ACTIVE: N_("正常"),
    AccountState.LOCKED: N_("已锁定"),
    AccountState.DISABLED: N_("已停用"),
}


class Family(StrEnum):
    """An account is of one family for ever; a grant's role must be of its account's family (constraint)."""

    BUSINESS = "business"
    AUDITOR = "auditor"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"


FAMILY_LABELS = {
    Family.BUSINESS: N_("业务人员"),
    Family.AUDITOR: N_("审计督查"),
    Family.SYSTEM_ADMIN: N_("系统管理员"),
    Family.SECURITY_ADMIN: N_("安全管理员"),
    Family.AUDIT_ADMIN: N_("审计管理员"),
}


class UnitKind(StrEnum):
    FAO = "fao"
    DEPARTMENT = "department"
    COUNTY = "county"
    ENTERPRISE = "enterprise"
    UNIVERSITY = "university"
    CITY = "city"


UNIT_KIND_LABELS = {
    UnitKind.FAO: N_("外办"),
    UnitKind.DEPARTMENT: N_("市级部门"),
    UnitKind.COUNTY: N_("县（区）"),
    UnitKind.ENTERPRISE: N_("市属企业"),
    UnitKind.UNIVERSITY: N_("高校"),
    UnitKind.CITY: N_("市"),
}


def family_of(role: Role) -> Family:
    """The family whose accounts may hold the role (a travelling auditor needs a second account)."""
    own = {
        Role.AUDITOR: Family.AUDITOR,
        Role.SYSTEM_ADMIN: Family.SYSTEM_ADMIN,
        Role.SECURITY_ADMIN: Family.SECURITY_ADMIN,
        Role.AUDIT_ADMIN: Family.AUDIT_ADMIN,
    }
    return own.get(role, Family.BUSINESS)
