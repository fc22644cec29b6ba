"""Roles, what each may do, and the one question everybody asks: `allowed` (table: trust of the office)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from webapp.core.errors import Forbidden
from webapp.core.i18n import N_


class Role(StrEnum):
    """Business roles with their kinds, and the three separated administrators."""

    CLERK = "clerk"
    TRAVELLER = "traveller"
    UNIT_HEAD = "unit_head"
    UNIT_FA_LEAD = "unit_fa_lead"
    FINANCE = "finance"
    PERSONNEL = "personnel"
    SECRECY = "secrecy"
    DISCIPLINE = "discipline"
    COUNTER_CLERK = "counter_clerk"
    CASE_OFFICER = "case_officer"
    SECTION_CHIEF = "section_chief"
    FAO_DIRECTOR = "fao_director"
    CITY_LEADER = "city_leader"
    DUTY_OFFICER = "duty_officer"
    INCIDENT_OFFICER = "incident_officer"
    INCIDENT_LEAD = "incident_lead"
    PASSPORT_CUSTODIAN = "passport_custodian"
    AUDITOR = "auditor"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"


ROLE_LABELS: dict[Role, str] = {
    Role.CLERK: N_("经办人"),
    Role.TRAVELLER: N_("出访人员"),
    Role.UNIT_HEAD: N_("单位负责人"),
    Role.UNIT_FA_LEAD: N_("单位外事负责人"),
    Role.FINANCE: N_("财务审核"),
    Role.PERSONNEL: N_("人事审核"),
    Role.SECRECY: N_("保密审核"),
    Role.DISCIPLINE: N_("纪检审核"),
    Role.COUNTER_CLERK: N_("外办窗口"),
    Role.CASE_OFFICER: N_("外办承办人"),
    Role.SECTION_CHIEF: N_("外办处长"),
    Role.FAO_DIRECTOR: N_("外办主任"),
    Role.CITY_LEADER: N_("审批领导"),
    Role.DUTY_OFFICER: N_("值班员"),
    Role.INCIDENT_OFFICER: N_("案事件承办人"),
    Role.INCIDENT_LEAD: N_("案事件负责人"),
    Role.PASSPORT_CUSTODIAN: N_("证照专管员"),
    Role.AUDITOR: N_("审计督查"),
    Role.SYSTEM_ADMIN: N_("系统管理员"),
    Role.SECURITY_ADMIN: N_("安全管理员"),
    Role.AUDIT_ADMIN: N_("审计管理员"),
}

ADMINS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
OFFICE = frozenset({Role.COUNTER_CLERK, Role.CASE_OFFICER, Role.SECTION_CHIEF, Role.FAO_DIRECTOR})
CO_SIGNERS = frozenset({Role.UNIT_FA_LEAD, Role.FINANCE, Role.PERSONNEL, Role.SECRECY, Role.DISCIPLINE})
APPROVERS = OFFICE | CO_SIGNERS | {Role.UNIT_HEAD, Role.CITY_LEADER}
INCIDENT_ROLES = frozenset({Role.DUTY_OFFICER, Role.INCIDENT_OFFICER, Role.INCIDENT_LEAD})
BUSINESS = frozenset(Role) - ADMINS


class Permission(StrEnum):
    """`area.verb`. Object-level limits (own, unit, assigned) are predicates of the features."""

    INBOX_SEE = "inbox.see"
    TRIPS_DRAFT = "trips.draft"
    TRIPS_SEE = "trips.see"
    TRIPS_TRAVEL = "trips.record_travel"
    TRIPS_SETTLE = "trips.settle"
    APPROVALS_DECIDE = "approvals.decide"
    APPROVALS_REVOKE = "approvals.revoke"
    APPROVALS_ENTER_PAPER = "approvals.enter_paper"
    APPROVALS_SUSPEND = "approvals.suspend"
    WAIVERS_DECIDE = "waivers.decide"
    SUBSTITUTES_SET = "substitutes.set"
    PEOPLE_SEE = "people.see"
    PEOPLE_KEEP = "people.keep"
    PASSPORTS_KEEP = "passports.keep"
    PASSPORTS_UNMASK = "passports.unmask"
    INCIDENTS_REPORT = "incidents.report"
    INCIDENTS_SEE = "incidents.see"
    INCIDENTS_WORK = "incidents.work"
    INCIDENTS_CLOSE = "incidents.close"
    PLANS_SEE = "plans.see"
    PLANS_KEEP = "plans.keep"
    RULES_SEE = "rules.see"
    RULES_KEEP = "rules.keep"
    ROUTES_SEE = "routes.see"
    ROUTES_PROPOSE = "routes.propose"
    ROUTES_ENACT = "routes.enact"
    DIGESTS_SEE = "digests.see"
    DIGESTS_SUBSCRIBE = "digests.subscribe"
    AUDIT_SEE = "audit.see"
    SECURITY_LOG_SEE = "security_log.see"
    ACCOUNTS_KEEP = "accounts.keep"
    UNITS_KEEP = "units.keep"
    GRANTS_KEEP = "grants.keep"
    SESSIONS_END = "sessions.end"
    SYSTEM_SEE = "system.see"
    MAIL_KEEP = "mail.keep"
    HISTORY_IMPORT = "history.import"


_P = Permission
_ROLES_OF: dict[Permission, frozenset[Role]] = {
    _P.INBOX_SEE: frozenset(Role),
    _P.TRIPS_DRAFT: frozenset({Role.CLERK}),
    _P.TRIPS_SEE: APPROVERS | {Role.CLERK, Role.TRAVELLER, Role.PASSPORT_CUSTODIAN, Role.AUDITOR},
    _P.TRIPS_TRAVEL: frozenset({Role.CLERK, Role.PASSPORT_CUSTODIAN}) | OFFICE,
    _P.TRIPS_SETTLE: frozenset({Role.CLERK, Role.FINANCE}),
    _P.APPROVALS_DECIDE: APPROVERS,
    _P.APPROVALS_REVOKE: frozenset({Role.FAO_DIRECTOR, Role.CITY_LEADER}),
    _P.APPROVALS_ENTER_PAPER: OFFICE,
    _P.APPROVALS_SUSPEND: frozenset({Role.SECTION_CHIEF, Role.FAO_DIRECTOR, Role.CITY_LEADER}),
    _P.WAIVERS_DECIDE: frozenset({Role.FAO_DIRECTOR, Role.CITY_LEADER}),
    _P.SUBSTITUTES_SET: APPROVERS | {Role.INCIDENT_LEAD},
    _P.PEOPLE_SEE: OFFICE | {Role.CLERK, Role.UNIT_HEAD, Role.PERSONNEL, Role.PASSPORT_CUSTODIAN},
    _P.PEOPLE_KEEP: frozenset({Role.CLERK, Role.PASSPORT_CUSTODIAN, Role.COUNTER_CLERK, Role.CASE_OFFICER}),
    _P.PASSPORTS_KEEP: frozenset({Role.PASSPORT_CUSTODIAN}),
    _P.PASSPORTS_UNMASK: frozenset({Role.PASSPORT_CUSTODIAN, Role.CASE_OFFICER}),
    _P.INCIDENTS_REPORT: OFFICE | INCIDENT_ROLES | {Role.CLERK, Role.UNIT_HEAD},
    _P.INCIDENTS_SEE: OFFICE | INCIDENT_ROLES | {Role.CLERK, Role.UNIT_HEAD, Role.CITY_LEADER, Role.AUDITOR},
    _P.INCIDENTS_WORK: INCIDENT_ROLES | {Role.SECTION_CHIEF, Role.CASE_OFFICER, Role.FAO_DIRECTOR},
    _P.INCIDENTS_CLOSE: frozenset({Role.INCIDENT_LEAD, Role.FAO_DIRECTOR}),
    _P.PLANS_SEE: OFFICE | {Role.CLERK, Role.UNIT_HEAD, Role.FINANCE, Role.CITY_LEADER, Role.AUDITOR},
    _P.PLANS_KEEP: frozenset({Role.CASE_OFFICER, Role.SECTION_CHIEF}),
    _P.RULES_SEE: BUSINESS,
    _P.RULES_KEEP: frozenset({Role.SECTION_CHIEF, Role.FAO_DIRECTOR}),
    _P.ROUTES_SEE: BUSINESS,
    _P.ROUTES_PROPOSE: frozenset({Role.CASE_OFFICER, Role.SECTION_CHIEF, Role.FAO_DIRECTOR}),
    _P.ROUTES_ENACT: frozenset({Role.FAO_DIRECTOR}),
    _P.DIGESTS_SEE: frozenset(
        {
            Role.AUDITOR,
            Role.FAO_DIRECTOR,
            Role.SECTION_CHIEF,
            Role.CITY_LEADER,
            Role.UNIT_HEAD,
            Role.AUDIT_ADMIN,
        }
    ),
    _P.DIGESTS_SUBSCRIBE: frozenset({Role.FAO_DIRECTOR, Role.AUDITOR, Role.AUDIT_ADMIN}),
    _P.AUDIT_SEE: OFFICE | {Role.AUDITOR},
    _P.SECURITY_LOG_SEE: frozenset({Role.AUDIT_ADMIN}),
    _P.ACCOUNTS_KEEP: frozenset({Role.SYSTEM_ADMIN}),
    _P.UNITS_KEEP: frozenset({Role.SYSTEM_ADMIN}),
    _P.GRANTS_KEEP: frozenset({Role.SECURITY_ADMIN}),
    _P.SESSIONS_END: frozenset({Role.SECURITY_ADMIN}),
    _P.SYSTEM_SEE: frozenset({Role.SYSTEM_ADMIN}),
    _P.MAIL_KEEP: frozenset({Role.SYSTEM_ADMIN}),
    _P.HISTORY_IMPORT: frozenset({Role.SYSTEM_ADMIN}),
}
ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    role: frozenset(p for p, roles in _ROLES_OF.items() if role in roles) for role in Role
}

_WATCHERS = frozenset({Role.AUDITOR})
_EXCLUDED: tuple[tuple[frozenset[Role], frozenset[Role]], ...] = (
    *((frozenset({a}), ADMINS - {a}) for a in ADMINS),
    (ADMINS, BUSINESS),
    (_WATCHERS, APPROVERS | INCIDENT_ROLES | {Role.PASSPORT_CUSTODIAN, Role.CLERK}),
    (frozenset({Role.PASSPORT_CUSTODIAN}), frozenset({Role.CITY_LEADER})),
)


def excludes(one: Role, other: Role) -> bool:
    """True where one person may never hold both roles (separation of duties, GB/T 22239-2019: posts of
    the three administrators; auditors never hold a deciding post).
    """
    return any((one in a and other in b) or (one in b and other in a) for a, b in _EXCLUDED)


@dataclass(frozen=True)
class GrantView:
    """A role in a unit and everything below it, for a time. `unit_path` is '' for the whole city."""

    role: Role
    unit_path: str
    valid_from: datetime
    valid_until: datetime | None
    grant_id: UUID | None = None

    def holds(self, now: datetime) -> bool:
        return self.valid_from <= now and (self.valid_until is None or now < self.valid_until)

    def covers(self, unit_path: str | None) -> bool:
        return unit_path is None or unit_path.startswith(self.unit_path)


def allowed(
    grants: Iterable[GrantView], permission: Permission, now: datetime, unit_path: str | None = None
) -> bool:
    """Whether any grant that holds now gives the permission for the unit (None: for any unit)."""
    return any(
        permission in ROLE_PERMISSIONS[g.role] and g.holds(now) and g.covers(unit_path) for g in grants
    )


def require(
    grants: Iterable[GrantView], permission: Permission, now: datetime, unit_path: str | None = None
) -> None:
    """Raise `Forbidden` unless `allowed`."""
    if not allowed(grants, permission, now, unit_path):
        raise Forbidden(permission=permission.value)
