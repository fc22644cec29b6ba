"""People, rights and sessions as the three administrators keep them."""

from datetime import timedelta

import pyotp
import pytest
import sqlalchemy as sa

from tests import factories
from webapp.accounts import queries, service_setup, service_sign_in, service_substitutes
from webapp.accounts.commands import Activate, GrantRole, RevokeRole, SetSubstitute, SignIn
from webapp.accounts.models import RoleGrant
from webapp.accounts.secrets import token_hash
from webapp.accounts.states import Family
from webapp.core.errors import Invalid, NotFound, RuleBroken, TooManyTries
from webapp.core.ledger import AuditEntry
from webapp.core.permissions import Role

GOOD = "Jiang-Yuan-2026"


def test_an_account_is_activated_once_with_ones_own_password(call):
    row = factories.account(call, "dingyf", Role.CLERK)
    token = service_sign_in.issue_link(call, row.id)
    service_sign_in.activate(call, Activate(token=token, password=GOOD))
    with pytest.raises(NotFound):
        service_sign_in.activate(call, Activate(token=token, password=GOOD))
    assert service_sign_in.sign_in(call, SignIn(login="dingyf", password=GOOD)).account_id == row.id


@pytest.mark.parametrize("bad", ["short", "alllowercaseletters", "Password2026!", "dingyf-Aa-2026"])
def test_a_weak_password_is_refused_with_the_reason(call, bad):
    row = factories.account(call, "dingyf")
    token = service_sign_in.issue_link(call, row.id)
    with pytest.raises(Invalid) as refusal:
        service_sign_in.activate(call, Activate(token=token, password=bad))
    assert refusal.value.fields["password"]


def test_after_five_wrong_passwords_the_account_waits_fifteen_minutes(call, clock):
    row = factories.account(call, "dingyf")
    service_sign_in.activate(call, Activate(token=service_sign_in.issue_link(call, row.id), password=GOOD))
    for _ in range(5):
        with pytest.raises(Invalid):
            service_sign_in.sign_in(call, SignIn(login="dingyf", password="wrong"))
    with pytest.raises(TooManyTries):
        service_sign_in.sign_in(call, SignIn(login="dingyf", password=GOOD))
    clock.advance(timedelta(minutes=16))
    assert service_sign_in.sign_in(call, SignIn(login="dingyf", password=GOOD))


def test_administrators_and_business_are_kept_apart_by_the_database_itself(call, database):
    row = factories.account(call, "xitong", Role.SYSTEM_ADMIN, unit="wb")
    with pytest.raises(RuleBroken):
        service_setup.grant_role(
            call, GrantRole(account_id=row.id, role=Role.CLERK, unit_id=row.unit_id, reason="x")
        )
    values = {
        "id": row.id,
        "account_id": row.id,
        "unit_id": row.unit_id,
        "valid_from": call.clock.now(),
        "reason": "",
    }
    for family in (Family.SYSTEM_ADMIN, Family.SECURITY_ADMIN, Family.BUSINESS):
        with pytest.raises(sa.exc.IntegrityError), database.write() as session:
            session.execute(sa.insert(RoleGrant).values(role=Role.AUDIT_ADMIN, family=family, **values))


def test_nobody_grants_or_revokes_their_own_role(call, make_actor):
    admin = make_actor(Role.SECURITY_ADMIN, unit="wb")
    as_admin = call.as_actor(admin)
    with pytest.raises(RuleBroken):
        service_setup.grant_role(
            as_admin, GrantRole(account_id=admin.account_id, role=Role.CLERK, unit_id=admin.unit_id)
        )
    with pytest.raises(RuleBroken):
        service_setup.revoke_role(as_admin, RevokeRole(grant_id=admin.grants[0].grant_id, reason="x"))


def test_every_change_leaves_its_entry_in_the_same_transaction(call):
    factories.account(call, "dingyf", Role.CLERK)
    with call.read() as session:
        actions = session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions == ["unit.kept", "unit.kept", "account.created", "role.granted"]


def test_a_changed_password_ends_every_other_session(call, make_actor):
    row = factories.account(call, "dingyf", Role.CLERK)
    opened = service_sign_in.activate(
        call, Activate(token=service_sign_in.issue_link(call, row.id), password=GOOD)
    )
    with call.read() as session:
        me = queries.actor_of(session, row.id)
    mine = call.as_actor(me)
    with pytest.raises(Invalid):
        service_sign_in.change_password(mine, "wrong", "Other-Good-77")
    with pytest.raises(Invalid):
        service_sign_in.change_password(mine, GOOD, GOOD)
    service_sign_in.change_password(mine, GOOD, "Other-Good-77")
    with call.read() as session:
        life = timedelta(hours=12)
        assert (
            queries.session_by_token(
                session.connection(), token_hash(opened.token), call.clock.now(), life, life
            )
            is None
        )


@pytest.mark.parametrize(("role", "limit"), [(Role.CLERK, 3), (Role.AUDIT_ADMIN, 1)])
def test_only_so_many_sessions_stay_open_at_once(call, role, limit):
    row = factories.account(call, "somebody", role)
    for _ in range(5):
        service_sign_in.enter(call, service_sign_in.issue_link(call, row.id, "sign_in"))
    with call.read() as session:
        assert len(queries.open_sessions(session, row.id)) == limit


def test_a_one_time_code_counts_once(call, clock):
    row = factories.account(call, "dingyf", Role.CLERK)
    service_sign_in.activate(call, Activate(token=service_sign_in.issue_link(call, row.id), password=GOOD))
    with call.read() as session:
        me = queries.actor_of(session, row.id)
    secret = service_sign_in.new_totp_secret()
    code = pyotp.TOTP(secret).at(clock.now())
    service_sign_in.set_totp(call.as_actor(me), secret, code)
    with pytest.raises(Invalid):
        service_sign_in.sign_in(call, SignIn(login="dingyf", password=GOOD, totp=code))
    clock.advance(timedelta(seconds=60))
    fresh = pyotp.TOTP(secret).at(clock.now())
    assert service_sign_in.sign_in(call, SignIn(login="dingyf", password=GOOD, totp=fresh))


def test_substitutes_never_form_a_chain(call, make_actor):
    first, second, third = (make_actor(Role.UNIT_HEAD, login=f"head{n}") for n in range(3))
    start, end = call.clock.now(), call.clock.now() + timedelta(days=3)

    def set_substitute(principal, login):
        cmd = SetSubstitute(substitute_login=login, valid_from=start, valid_until=end, reason="出差")
        return service_substitutes.set_substitute(call.as_actor(principal), cmd)

    set_substitute(first, "head1")
    for principal, login in ((second, "head2"), (third, "head0"), (second, "head0")):
        with pytest.raises(Invalid):
            set_substitute(principal, login)
