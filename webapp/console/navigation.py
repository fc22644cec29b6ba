"""Where an actor can go: the side navigation, the phone's tabs and the landing page. Pure; no request needed.

Things a role cannot use are not shown.
"""

from collections.abc import Collection
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from webapp.core.i18n import N_
from webapp.core.permissions import APPROVERS, Permission, Role

WORK, KEEP, WATCH = "", N_("管理"), N_("监督")


@dataclass(frozen=True)
class Place:
    """A page of the navigation. `needs`: any one of these permissions shows it; none: everybody.

    `covers` are the beginnings of addresses that belong to it, for marking the current place.
    """

    key: str
    label: str
    icon: str
    endpoint: str
    group: str
    needs: tuple[Permission, ...]
    covers: tuple[str, ...]
    short: str = ""
    letter: str = ""


_P = Permission
PLACES: tuple[Place, ...] = (
    Place(
        "inbox", N_("待办"), "inbox", "approvals.inbox", WORK, (_P.APPROVALS_DECIDE,), ("/inbox",), letter="i"
    ),
    Place(
        "trips",
        N_("出访团组"),
        "plane-departure",
        "trips.index",
        WORK,
        (_P.TRIPS_SEE,),
        ("/trips",),
        N_("出访"),
        "t",
    ),
    Place(
        "incidents",
        N_("涉外案事件"),
        "alert-triangle",
        "incidents.board",
        WORK,
        (_P.INCIDENTS_SEE, _P.INCIDENTS_REPORT),
        ("/incidents",),
        N_("案事件"),
        "e",
    ),
    Place(
        "plans", N_("年度计划"), "file-text", "plans.index", KEEP, (_P.PLANS_SEE,), ("/plans",), N_("计划")
    ),
    Place(
        "people", N_("人员与证照"), "users", "people.index", KEEP, (_P.PEOPLE_SEE,), ("/people",), N_("人员")
    ),
    Place(
        "passports",
        N_("证照领还"),
        "id-badge-2",
        "trips_passports.index",
        KEEP,
        (_P.PASSPORTS_KEEP,),
        ("/passports",),
        N_("证照"),
    ),
    Place(
        "rules",
        N_("规定与标准"),
        "scale",
        "rulebook.index",
        KEEP,
        (_P.RULES_SEE,),
        ("/rules", "/permits", "/routes"),
        N_("规定"),
    ),
    Place(
        "digests",
        N_("审计摘要"),
        "shield-check",
        "digests.index",
        WATCH,
        (_P.DIGESTS_SEE,),
        ("/audit/digests",),
        N_("摘要"),
        "a",
    ),
    Place(
        "audit",
        N_("操作记录"),
        "history",
        "audit.index",
        WATCH,
        (_P.AUDIT_SEE, _P.SECURITY_LOG_SEE),
        ("/audit",),
        N_("记录"),
    ),
    Place(
        "mail", N_("通知发送"), "mail", "notifications.mail", WATCH, (_P.MAIL_KEEP,), ("/mail",), N_("发送")
    ),
    Place(
        "system",
        N_("系统状态"),
        "heartbeat",
        "system.index",
        WATCH,
        (_P.SYSTEM_SEE,),
        ("/system",),
        N_("系统"),
    ),
    Place(
        "units",
        N_("单位设置"),
        "building",
        "accounts_admin.units",
        KEEP,
        (_P.UNITS_KEEP,),
        ("/settings/units",),
    ),
    Place(
        "accounts",
        N_("账号与角色"),
        "user-check",
        "accounts_admin.accounts",
        KEEP,
        (_P.ACCOUNTS_KEEP, _P.GRANTS_KEEP),
        ("/settings/accounts",),
        N_("账号"),
    ),
)
MINE = Place("me", N_("我的账号"), "user", "accounts.me", WORK, (), ("/me",), N_("我的"))
TABS = 5

_FIRST: tuple[tuple[AbstractSet[Role], tuple[str, ...]], ...] = (
    (frozenset({Role.SYSTEM_ADMIN}), ("system", "accounts")),
    (frozenset({Role.SECURITY_ADMIN}), ("accounts",)),
    (frozenset({Role.AUDIT_ADMIN}), ("digests", "audit")),
    (frozenset({Role.AUDITOR}), ("digests",)),
    (frozenset({Role.DUTY_OFFICER, Role.INCIDENT_OFFICER, Role.INCIDENT_LEAD}), ("incidents",)),
    (APPROVERS, ("inbox",)),
    (frozenset({Role.CLERK, Role.TRAVELLER, Role.PASSPORT_CUSTODIAN}), ("trips",)),
)

_CHAPTERS: tuple[tuple[AbstractSet[Role], str], ...] = (
    (frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN}), "administrators"),
    (frozenset({Role.AUDITOR}), "auditor"),
    (frozenset({Role.DUTY_OFFICER, Role.INCIDENT_OFFICER, Role.INCIDENT_LEAD}), "duty"),
    (APPROVERS, "approver"),
    (frozenset({Role.CLERK, Role.TRAVELLER}), "clerk"),
)


def chapter(roles: Collection[Role]) -> str:
    """The chapter of the handbook written for these roles; '' is its first one."""
    return next((key for some, key in _CHAPTERS if some & set(roles)), "")


def visible(permissions: AbstractSet[Permission], endpoints: Collection[str]) -> tuple[Place, ...]:
    """The places these permissions open, of those the application has, in the order of the navigation."""
    return tuple(
        place
        for place in PLACES
        if place.endpoint in endpoints and (not place.needs or permissions & set(place.needs))
    )


def current(places: Collection[Place], path: str) -> str:
    """The key of the place an address belongs to ('' for none): the longest beginning wins."""
    matches = [
        (len(start), place.key)
        for place in (*places, MINE)
        for start in place.covers
        if path == start or path.startswith(start + "/")
    ]
    return max(matches)[1] if matches else ""


def tabs(places: Collection[Place]) -> tuple[Place, ...]:
    """The phone's bottom bar: the first four places and one's own account."""
    return (*tuple(places)[: TABS - 1], MINE)


def landing(roles: Collection[Role], places: Collection[Place]) -> Place:
    """Where somebody arrives after signing in: administrators at their pages, auditors at the digests,
    duty officers at the incidents, approvers at the inbox, clerks at their trips.
    """
    by_key = {place.key: place for place in places}
    for some, keys in _FIRST:
        if some & set(roles):
            for key in keys:
                if key in by_key:
                    return by_key[key]
    return next(iter(places), MINE)
