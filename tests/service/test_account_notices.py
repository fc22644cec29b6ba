"""What one administrator does, the others hear of."""

import sqlalchemy as sa

from tests import factories
from webapp.accounts import service_setup, service_substitutes
from webapp.accounts.commands import GrantRole, SetSubstitute
from webapp.accounts.models import Account
from webapp.console.notices import ROUTES
from webapp.core.permissions import Role
from webapp.notifications.models import InboxItem, Mail
from webapp.notifications.render import Renderer
from webapp.notifications.service_relay import Post, relay


def mails(call):
    """(login, subject) of all mails after a relay."""
    relay(call, Post(ROUTES, Renderer("http://127.0.0.1:8000", "江海市外办"), "jh.example"))
    with call.read() as session:
        rows = session.execute(
            sa.select(Account.login, InboxItem.title)
            .join(InboxItem, InboxItem.account_id == Account.id)
            .join(Mail, Mail.item_id == InboxItem.id)
        )
        return {(login, subject) for login, subject in rows}


def test_a_right_given_is_told_to_its_holder_and_to_the_third_administrator(call, make_actor):
    make_actor(Role.SYSTEM_ADMIN, unit="wb", login="xitong")
    security = make_actor(Role.SECURITY_ADMIN, unit="wb", login="anquan")
    make_actor(Role.AUDIT_ADMIN, unit="wb", login="shenji")
    row = factories.account(call, "dingyf")
    mails(call)
    service_setup.grant_role(
        call.as_actor(security),
        GrantRole(account_id=row.id, role=Role.CLERK, unit_id=row.unit_id, reason="新到任"),
    )
    told = {login for login, subject in mails(call) if subject == "[授权] dingyf 担任经办人"}
    assert told == {"dingyf", "xitong", "shenji"}


def test_a_substitute_is_told_whom_to_sign_for(call, make_actor):
    head = make_actor(Role.UNIT_HEAD, login="lin", name="林致远")
    make_actor(Role.UNIT_HEAD, login="wang")
    start = call.clock.now()
    service_substitutes.set_substitute(
        call.as_actor(head),
        SetSubstitute(
            substitute_login="wang",
            valid_from=start,
            valid_until=start.replace(day=start.day + 3),
            reason="出差",
        ),
    )
    assert ("wang", "[代签] 林致远 请你代签") in mails(call)
