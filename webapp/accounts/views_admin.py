"""Units, accounts and grants, kept by the separated administrators."""

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.accounts import queries, queries_authority, service_setup, service_sign_in
from webapp.accounts.commands import SetAccountState
from webapp.accounts.schemas import (
    AccountSchema,
    ChangeAccountSchema,
    GrantSchema,
    ReasonSchema,
    RevokeSchema,
    StateSchema,
    UnitSchema,
)
from webapp.accounts.states import (
    ACCOUNT_STATE_LABELS,
    FAMILY_LABELS,
    UNIT_KIND_LABELS,
    Family,
    family_of,
)
from webapp.core.errors import DomainError, Forbidden, NotFound
from webapp.core.http import current_call, form_version, load, perform, policy, redisplay, signed_in
from webapp.core.i18n import gettext
from webapp.core.permissions import ROLE_LABELS, Permission

bp = Blueprint("accounts_admin", __name__, url_prefix="/settings", template_folder="templates")


@bp.context_processor
def words() -> dict[str, Any]:
    """Labels of the codes these pages show and offer."""
    return {
        "UNIT_KIND_LABELS": UNIT_KIND_LABELS,
        "FAMILY_LABELS": FAMILY_LABELS,
        "ACCOUNT_STATE_LABELS": ACCOUNT_STATE_LABELS,
        "UNIT_KIND_OPTIONS": [(kind.value, gettext(text)) for kind, text in UNIT_KIND_LABELS.items()],
        "FAMILY_OPTIONS": [(family.value, gettext(text)) for family, text in FAMILY_LABELS.items()],
        "ACCOUNT_STATE_OPTIONS": [
            (state.value, gettext(text)) for state, text in ACCOUNT_STATE_LABELS.items()
        ],
    }


def _roles_for(family: Family) -> list[tuple[str, str]]:
    return [(role.value, gettext(text)) for role, text in ROLE_LABELS.items() if family_of(role) is family]


@bp.get("/units")
@policy(Permission.UNITS_KEEP)
def units(error: DomainError | None = None) -> ResponseReturnValue:
    with current_call().read() as session:
        return render_template("accounts/units.html", units=queries.units(session), error=error)


@bp.post("/units")
@policy(Permission.UNITS_KEEP)
@redisplay(units)
def keep_unit() -> ResponseReturnValue:
    cmd = load(UnitSchema, version=form_version())
    return perform(service_setup.keep_unit, cmd, then=lambda _unit: url_for(".units"))


@bp.get("/accounts")
@signed_in
def accounts(error: DomainError | None = None, link: str = "") -> ResponseReturnValue:
    call = current_call()
    now = call.clock.now()
    if not (call.actor.may(Permission.ACCOUNTS_KEEP, now) or call.actor.may(Permission.GRANTS_KEEP, now)):
        raise Forbidden
    with call.read() as session:
        page = queries.accounts_page(session, after=request.args.get("after", ""))
        return render_template(
            "accounts/accounts.html",
            rows=page,
            units=queries.units(session),
            unheld=queries_authority.unheld_roles(session, now),
            error=error,
            link=link,
        )


@bp.post("/accounts")
@policy(Permission.ACCOUNTS_KEEP)
@redisplay(accounts)
def create_account() -> ResponseReturnValue:
    cmd = load(AccountSchema)
    return perform(service_setup.create_account, cmd, then=lambda row: url_for(".account", login=row.login))


@bp.get("/accounts/<login>")
@signed_in
def account(login: str, error: DomainError | None = None, link: str = "") -> ResponseReturnValue:
    call = current_call()
    now = call.clock.now()
    may_keep = call.actor.may(Permission.ACCOUNTS_KEEP, now)
    may_grant = call.actor.may(Permission.GRANTS_KEEP, now)
    if not (may_keep or may_grant):
        raise NotFound
    with call.read() as session:
        row = queries.account_by_login(session, login)
        return render_template(
            "accounts/account.html",
            account=row,
            role_options=_roles_for(row.family),
            grants=queries.grant_rows(session, row.id),
            units=queries.units(session),
            may_keep=may_keep,
            may_grant=may_grant,
            error=error,
            link=link,
        )


def _id_of(login: str) -> UUID:
    with current_call().read() as session:
        return queries.account_by_login(session, login).id


@bp.post("/accounts/<login>")
@policy(Permission.ACCOUNTS_KEEP)
@redisplay(account)
def change_account(login: str) -> ResponseReturnValue:
    cmd = load(ChangeAccountSchema, account_id=_id_of(login), version=form_version())
    return perform(service_setup.change_account, cmd, then=lambda _row: url_for(".account", login=login))


@bp.post("/accounts/<login>/link")
@policy(Permission.ACCOUNTS_KEEP)
def issue_link(login: str) -> ResponseReturnValue:
    """The page itself answers: the link is shown once, to be handed over in person."""
    token = service_sign_in.issue_link(current_call(), _id_of(login))
    return account(login, link=url_for("accounts.activate", token=token, _external=True))


@bp.post("/accounts/<login>/state")
@signed_in
@redisplay(account)
def set_state(login: str) -> ResponseReturnValue:
    cmd = SetAccountState(account_id=_id_of(login), version=form_version(), **load(StateSchema))
    return perform(service_setup.set_account_state, cmd, then=lambda _row: url_for(".account", login=login))


@bp.post("/accounts/<login>/grants")
@policy(Permission.GRANTS_KEEP)
@redisplay(account)
def grant_role(login: str) -> ResponseReturnValue:
    cmd = load(GrantSchema, account_id=_id_of(login))
    return perform(service_setup.grant_role, cmd, then=lambda _row: url_for(".account", login=login))


@bp.post("/accounts/<login>/grants/revoke")
@policy(Permission.GRANTS_KEEP)
def revoke_role(login: str) -> ResponseReturnValue:
    cmd = load(RevokeSchema)
    return perform(service_setup.revoke_role, cmd, then=lambda _row: url_for(".account", login=login))


@bp.post("/accounts/<login>/reset-second-factor")
@policy(Permission.GRANTS_KEEP)
def reset_second_factor(login: str) -> ResponseReturnValue:
    return perform(
        service_sign_in.reset_totp,
        _id_of(login),
        load(ReasonSchema)["reason"],
        then=lambda _row: url_for(".account", login=login),
    )


@bp.post("/accounts/<login>/end-sessions")
@policy(Permission.SESSIONS_END)
def end_sessions(login: str) -> ResponseReturnValue:
    return perform(
        service_setup.end_sessions, _id_of(login), then=lambda _count: url_for(".account", login=login)
    )
