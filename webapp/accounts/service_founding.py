"""The first hour of a real office: its unit and the three administrators, kept apart from the start."""

from dataclasses import dataclass

from webapp.accounts.commands import CreateAccount, GrantRole, KeepUnit
from webapp.accounts.models import Account
from webapp.accounts.service_setup import create_account, grant_role, keep_unit
from webapp.accounts.service_sign_in import issue_link
from webapp.accounts.states import UnitKind, family_of
from webapp.core.permissions import ROLE_LABELS, Role
from webapp.core.tx import Tx, command

# GB/T 22239-2019 (等保 2.0): posts of system, security and audit administrator, held by different people.
FIRST_ADMINISTRATORS = (
    (Role.SYSTEM_ADMIN, "xitong"),
    (Role.SECURITY_ADMIN, "anquan"),
    (Role.AUDIT_ADMIN, "shenji"),
)
REASON = "首次启用"


@dataclass(frozen=True)
class FirstLink:
    """A one-time activation token for one of the first accounts; shown once, kept only as a hash."""

    role: Role
    login: str
    token: str


@command
def found_office(tx: Tx, city_name: str, office_name: str) -> list[FirstLink]:
    """City, foreign affairs office and its three administrators with one activation link each (7 days)."""
    city = keep_unit.within(tx, KeepUnit(code="shi", name=city_name, kind=UnitKind.CITY))
    office = keep_unit.within(tx, KeepUnit(code="wb", name=office_name, kind=UnitKind.FAO, parent_id=city.id))
    links = []
    for role, login in FIRST_ADMINISTRATORS:
        account: Account = create_account.within(
            tx, CreateAccount(login=login, name=ROLE_LABELS[role], unit_id=office.id, family=family_of(role))
        )
        grant_role.within(tx, GrantRole(account_id=account.id, role=role, unit_id=city.id, reason=REASON))
        links.append(FirstLink(role, login, issue_link.within(tx, account.id, "activate")))
    return links
