"""Sign-in, activation, one's own account."""

import segno
from flask import Blueprint, current_app, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.accounts import queries, service_setup, service_sign_in, service_substitutes
from webapp.accounts.rules import TOTP_SECRET
from webapp.accounts.rules_devices import device
from webapp.accounts.schemas import (
    ActivateSchema,
    PasswordSchema,
    RowSchema,
    SecondFactorSchema,
    SignInSchema,
    SubstituteSchema,
    TokenSchema,
)
from webapp.core.errors import DomainError
from webapp.core.http import (
    current_actor,
    current_call,
    load,
    perform,
    policy,
    public,
    redisplay,
    safe_next,
    signed_in,
)
from webapp.core.i18n import N_
from webapp.core.permissions import Permission
from webapp.core.security import set_session_cookie

bp = Blueprint("accounts", __name__, template_folder="templates")


def _origin() -> dict[str, str]:
    return {"address": request.remote_addr or "", "agent": request.user_agent.string}


def _signed_in_response(opened: service_sign_in.Opened, target: str | None) -> ResponseReturnValue:
    response = make_response(redirect(safe_next(target) or url_for("console.home"), code=303))
    cookie = current_app.config["OFFICE_COOKIE"]
    set_session_cookie(response, cookie, opened.token, https=current_app.config["SESSION_COOKIE_SECURE"])
    return response


@bp.get("/sign-in")
@public
def sign_in(error: DomainError | None = None) -> ResponseReturnValue:
    return render_template("accounts/sign_in.html", error=error, next=request.args.get("next", ""))


@bp.post("/sign-in")
@public
@redisplay(sign_in)
def post_sign_in() -> ResponseReturnValue:
    opened = service_sign_in.sign_in(current_call(), load(SignInSchema, **_origin()))
    return _signed_in_response(opened, request.form.get("next"))


@bp.get("/activate/<token>")
@public
def activate(token: str, error: DomainError | None = None) -> ResponseReturnValue:
    return render_template("accounts/activate.html", token=token, error=error)


@bp.post("/activate/<token>")
@public
@redisplay(activate)
def post_activate(token: str) -> ResponseReturnValue:
    opened = service_sign_in.activate(current_call(), load(ActivateSchema, token=token, **_origin()))
    return _signed_in_response(opened, None)


@bp.get("/enter/<token>")
@public
def enter(token: str) -> ResponseReturnValue:
    return render_template("accounts/enter.html", token=token)


@bp.post("/enter/<token>")
@public
def post_enter(token: str) -> ResponseReturnValue:
    """A link only opens a page with a button: mail scanners that follow links use nothing up."""
    opened = service_sign_in.enter(current_call(), token, **_origin())
    return _signed_in_response(opened, None)


@bp.post("/sign-out")
@signed_in
def sign_out() -> ResponseReturnValue:
    service_sign_in.sign_out(current_call(), g.signed_in.session_id)
    response = make_response(redirect(url_for(".sign_in"), code=303))
    response.delete_cookie(current_app.config["OFFICE_COOKIE"])
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@bp.get("/me")
@signed_in
def me(error: DomainError | None = None, new_token: str = "") -> ResponseReturnValue:
    actor = current_actor()
    assert actor.account_id is not None
    with current_call().read() as session:
        return render_template(
            "accounts/me.html",
            account=queries.account(session, actor.account_id),
            grants=queries.grant_rows(session, actor.account_id),
            sessions=queries.open_sessions(session, actor.account_id),
            substitutes=queries.substitutes_of(session, actor.account_id),
            tokens=queries.api_tokens(session, actor.account_id),
            device=device,
            error=error,
            new_token=new_token,
        )


@bp.post("/me/substitutes")
@policy(Permission.SUBSTITUTES_SET)
@redisplay(me)
def set_substitute() -> ResponseReturnValue:
    cmd = load(SubstituteSchema)
    return perform(service_substitutes.set_substitute, cmd, then=lambda _row: url_for(".me"))


@bp.post("/me/substitutes/end")
@policy(Permission.SUBSTITUTES_SET)
def end_substitute() -> ResponseReturnValue:
    row_id = load(RowSchema)["row_id"]
    return perform(service_substitutes.end_substitute, row_id, then=lambda _row: url_for(".me"))


@bp.post("/me/password")
@signed_in
@redisplay(me)
def change_password() -> ResponseReturnValue:
    cmd = load(PasswordSchema)
    return perform(
        service_sign_in.change_password,
        cmd["old"],
        cmd["new"],
        then=lambda _account: url_for(".sign_in"),
        said=N_("密码已改，请用新密码登录。"),
    )


@bp.post("/me/sessions/end")
@signed_in
def end_my_sessions() -> ResponseReturnValue:
    account_id = current_actor().account_id
    return perform(
        service_setup.end_sessions,
        account_id,
        then=lambda _count: url_for(".sign_in"),
        said=N_("所有登录都已结束。"),
    )


@bp.post("/me/tokens")
@signed_in
def make_token() -> ResponseReturnValue:
    """The page itself answers, since the token is shown once and kept nowhere."""
    token = service_sign_in.make_api_token(current_call(), load(TokenSchema)["name"] or "API")
    return me(new_token=token)


@bp.post("/me/tokens/revoke")
@signed_in
def revoke_token() -> ResponseReturnValue:
    token_id = load(RowSchema)["row_id"]
    return perform(service_sign_in.revoke_api_token, token_id, then=lambda _none: url_for(".me"))


@bp.get("/me/second-factor")
@signed_in
def second_factor(error: DomainError | None = None) -> ResponseReturnValue:
    shown = request.form.get("secret", "")
    secret = shown if TOTP_SECRET.match(shown) else service_sign_in.new_totp_secret()
    address = f"otpauth://totp/Waishi:{current_actor().name}?secret={secret}&issuer=Waishi"
    qr = [[bool(module) for module in row] for row in segno.make(address).matrix]
    return render_template("accounts/second_factor.html", secret=secret, qr=qr, error=error)


@bp.post("/me/second-factor")
@signed_in
@redisplay(second_factor)
def set_second_factor() -> ResponseReturnValue:
    form = load(SecondFactorSchema)
    return perform(
        service_sign_in.set_totp,
        form["secret"],
        form["code"],
        then=lambda _account: url_for(".me"),
        said=N_("动态口令已启用。"),
    )
