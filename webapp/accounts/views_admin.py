"""Units, accounts and grants, kept by the separated administrators."""

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.accounts import queries, service_setup, service_sign_in
from webapp.accounts.commands import RevokeRole, SetAccountState
from webapp.accounts.schemas import AccountSchema, GrantSchema, UnitSchema
from webapp.accounts.states import (
    ACCOUNT_STATE_LABELS,
    FAMILY_LABELS,
    UNIT_KIND_LABELS,
    AccountState,
    Family,
    family_of,
)
from webapp.core.errors import DomainError, Forbidden, Invalid, NotFound
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
            "accounts/accounts.html", rows=page, units=queries.units(session), error=error, link=link
        )


@bp.post("/accounts")
@policy(Permission.ACCOUNTS_KEEP)
@redisplay(accounts)
def create_account() -> ResponseReturnValue:
    cmd = load(AccountSchema)
    return perform(service_setup.create_account, cmd, then=lambda row: url_for(".account", account_id=row.id))


@bp.get("/accounts/<uuid:account_id>")
@signed_in
def account(account_id: UUID, error: DomainError | None = None, link: str = "") -> ResponseReturnValue:
    call = current_call()
    now = call.clock.now()
    may_keep = call.actor.may(Permission.ACCOUNTS_KEEP, now)
    may_grant = call.actor.may(Permission.GRANTS_KEEP, now)
    if not (may_keep or may_grant):
        raise NotFound
    with call.read() as session:
        row = queries.account(session, account_id)
        return render_template(
            "accounts/account.html",
            account=row,
            role_options=_roles_for(row.family),
            grants=queries.grant_rows(session, account_id),
            units=queries.units(session),
            may_keep=may_keep,
            may_grant=may_grant,
            error=error,
            link=link,
        )


@bp.post("/accounts/<uuid:account_id>/link")
@policy(Permission.ACCOUNTS_KEEP)
def issue_link(account_id: UUID) -> ResponseReturnValue:
    """The page itself answers: the link is shown once, to be handed over in person."""
    token = service_sign_in.issue_link(current_call(), account_id)
    return account(account_id, link=url_for("accounts.activate", token=token, _external=True))


@bp.post("/accounts/<uuid:account_id>/state")
@signed_in
@redisplay(account)
def set_state(account_id: UUID) -> ResponseReturnValue:
    try:
        state = AccountState(request.form.get("state", ""))
    except ValueError:
        raise Invalid(fields={"state": [gettext("请从列出的选项中选择。")]}) from None
    cmd = SetAccountState(
        account_id=account_id,
        state=state,
        reason=request.form.get("reason", "")[:300],
        version=form_version(),
    )
    return perform(
        service_setup.set_account_state, cmd, then=lambda row: url_for(".account", account_id=row.id)
    )


@bp.post("/accounts/<uuid:account_id>/grants")
@policy(Permission.GRANTS_KEEP)
@redisplay(account)
def grant_role(account_id: UUID) -> ResponseReturnValue:
    cmd = load(GrantSchema, account_id=account_id)
    return perform(
        service_setup.grant_role, cmd, then=lambda row: url_for(".account", account_id=row.account_id)
    )


@bp.post("/grants/<uuid:grant_id>/revoke")
@policy(Permission.GRANTS_KEEP)
def revoke_role(grant_id: UUID) -> ResponseReturnValue:
    cmd = RevokeRole(grant_id=grant_id, reason=request.form.get("reason", "")[:300])
    return perform(
        service_setup.revoke_role, cmd, then=lambda row: url_for(".account", account_id=row.account_id)
    )


@bp.post("/accounts/<uuid:account_id>/reset-second-factor")
@policy(Permission.GRANTS_KEEP)
def reset_second_factor(account_id: UUID) -> ResponseReturnValue:
    reason = request.form.get("reason", "")[:300]
    return perform(
        service_sign_in.reset_totp,
        account_id,
        reason,
        then=lambda row: url_for(".account", account_id=row.id),
    )


@bp.post("/accounts/<uuid:account_id>/end-sessions")
@policy(Permission.SESSIONS_END)
def end_sessions(account_id: UUID) -> ResponseReturnValue:
    return perform(
        service_setup.end_sessions, account_id, then=lambda _count: url_for(".account", account_id=account_id)
    )
