"""Builders that call the services: units, people with roles, signed-in browsers. All names are invented."""

from webapp.accounts import queries, service_setup, service_sign_in
from webapp.accounts.commands import CreateAccount, GrantRole, KeepUnit
from webapp.accounts.states import Family, UnitKind, family_of
from webapp.core.errors import NotFound

UNITS = {
    "jh": ("江海市", UnitKind.CITY, None),
    "wb": ("江海市外办", UnitKind.FAO, "jh"),
    "swj": ("江海市商务局", UnitKind.DEPARTMENT, "jh"),
    "jyj": ("江海市教育局", UnitKind.DEPARTMENT, "jh"),
    "dhx": ("东湖县", UnitKind.COUNTY, "jh"),
}
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
_GIVEN = ["一帆", "致远", "静", "航", "源", "洋", "守正", "悦", "文涛", "明轩", "思齐", "若水"]


def unit(call, code="swj"):
    """The unit with this code of the invented city, made with its parents when it is not there."""
    with call.read() as session:
        try:
            return queries.unit_by_code(session, code)
        except NotFound:
            pass
    name, kind, parent = UNITS[code]
    parent_id = unit(call, parent).id if parent else None
    return service_setup.keep_unit(call, KeepUnit(code=code, name=name, kind=kind, parent_id=parent_id))


def account(call, login, *roles, unit="swj", name=None, email="", scope=None):
    """An account in a unit with grants of the roles there (or in `scope`)."""
    number = sum(map(ord, login))
    name = name or _SURNAMES[number % len(_SURNAMES)] + _GIVEN[number % len(_GIVEN)]
    home = globals()["unit"](call, unit)
    family = family_of(roles[0]) if roles else Family.BUSINESS
    row = service_setup.create_account(
        call,
        CreateAccount(
            login=login, name=name, unit_id=home.id, family=family, email=email or f"{login}@example.invalid"
        ),
    )
    over = globals()["unit"](call, scope) if scope else home
    for role in roles:
        service_setup.grant_role(
            call, GrantRole(account_id=row.id, role=role, unit_id=over.id, reason="test")
        )
    return row


_counter = iter(range(1, 1_000_000))


def actor(call, *roles, unit="swj", login=None, **more):
    """An actor who has activated the account."""
    login = login or f"{(roles[0] if roles else 'nobody')}-{next(_counter)}"
    row = account(call, login, *roles, unit=unit, **more)
    service_sign_in.enter(call, service_sign_in.issue_link(call, row.id, "sign_in"))
    with call.read() as session:
        return queries.actor_of(session, row.id)


def signed_in_client(app, call, *roles, unit="swj", **more):
    """A test client with a real session of a person who holds the roles."""
    login = more.pop("login", None) or f"{(roles[0] if roles else 'nobody')}-{next(_counter)}"
    row = account(call, login, *roles, unit=unit, **more)
    opened = service_sign_in.enter(call, service_sign_in.issue_link(call, row.id, "sign_in"))
    client = app.test_client()
    client.set_cookie(app.config["OFFICE_COOKIE"], opened.token, domain="127.0.0.1")
    return client


def accounts_actor(session, account_id):
    """The account as an actor, with its grants."""
    return queries.actor_of(session, account_id)
