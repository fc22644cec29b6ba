"""Getting in and out: one-time links, passwords with throttle, the second factor, sessions, API tokens."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pyotp
import sqlalchemy as sa

from webapp.accounts import events, rules
from webapp.accounts.commands import Activate, SignIn
from webapp.accounts.models import Account, ApiToken, OneTimeLink, SignInAttempt, UserSession
from webapp.accounts.secrets import hash_password, new_token, password_matches, token_hash
from webapp.accounts.service_setup import about_account
from webapp.accounts.states import AccountState, Family
from webapp.core.errors import Invalid, NotAllowedNow, NotFound, TooManyTries, sentences
from webapp.core.i18n import N_, gettext
from webapp.core.permissions import Permission
from webapp.core.tx import ActorKind, Call, Tx, command

sentences(
    {
        "link_used": N_("这个链接已经用过或过期了。请联系系统管理员再发一个。"),
        "wrong_sign_in": N_("账号、密码或动态口令不对。"),
        "wrong_password": N_("原密码不对。"),
        "wrong_totp": N_("动态口令不对，请核对手机上的时间后再试。"),
    }
)
TOTP_STEP_SECONDS = 30
TOKEN_LIFE = timedelta(days=180)
ONE_SESSION = frozenset({Family.SYSTEM_ADMIN, Family.SECURITY_ADMIN, Family.AUDIT_ADMIN})
SESSIONS_AT_ONCE = 3


@dataclass(frozen=True)
class Opened:
    """A session just opened; the token goes into the cookie and is not kept."""

    token: str
    account_id: UUID


@dataclass(frozen=True)
class SignInOutcome:
    opened: Opened | None
    problem: str | None = None


@command
def issue_link(tx: Tx, account_id: UUID, purpose: str = "activate") -> str:
    """A one-time token for `/activate/<token>` (7 days) or, in the demo, `/enter/<token>` (12 hours)."""
    if tx.actor.kind is not ActorKind.SYSTEM:
        tx.require(Permission.ACCOUNTS_KEEP)
    account = tx.lock(Account, account_id)
    token = new_token()
    expires = tx.now + rules.LINK_LIFE[purpose]
    tx.add(
        OneTimeLink(token_hash=token_hash(token), account_id=account.id, purpose=purpose, expires_at=expires)
    )
    tx.record(events.LinkIssued(about=about_account(account), purpose=purpose))
    return token


def _use_link(tx: Tx, token: str, purpose: str) -> Account:
    link = tx.session.scalar(
        sa.select(OneTimeLink).where(OneTimeLink.token_hash == token_hash(token)).with_for_update()
    )
    if link is None or link.purpose != purpose or link.used_at is not None or link.expires_at <= tx.now:
        raise NotFound("link_used")
    link.used_at = tx.now
    return tx.lock(Account, link.account_id)


@command
def activate(tx: Tx, cmd: Activate) -> Opened:
    """Choose one's own password with the one-time link; opens a session. Raises `Invalid`, `NotFound`."""
    account = _use_link(tx, cmd.token, "activate")
    if account.state is AccountState.DISABLED:
        raise NotFound("link_used")
    faults = rules.password_faults(cmd.password, account.login)
    if faults:
        raise Invalid(fields={"password": [gettext(text) for text in faults]})
    account.password_hash = hash_password(cmd.password)
    account.state = AccountState.ACTIVE
    account.auth_epoch += 1
    tx.session.flush()
    tx.record(events.AccountActivated(about=about_account(account)))
    return _open(tx, account, cmd.address, cmd.agent)


@command
def change_password(tx: Tx, old: str, new: str) -> Account:
    """Choose another password; every other session ends. Raises `Invalid` for a wrong old or a weak new one."""
    if tx.actor.account_id is None:
        raise NotAllowedNow
    account = tx.lock(Account, tx.actor.account_id)
    if not password_matches(old, account.password_hash):
        raise Invalid("wrong_password", fields={"old_password": [gettext("原密码不对。")]})
    faults = rules.password_faults(new, account.login)
    if old == new:
        faults.append(N_("新密码要与原密码不同。"))
    if faults:
        raise Invalid(fields={"new_password": [gettext(text) for text in faults]})
    account.password_hash = hash_password(new)
    account.auth_epoch += 1
    tx.session.flush()
    tx.record(events.PasswordChanged(about=about_account(account)))
    return account


@command
def enter(tx: Tx, token: str, address: str = "", agent: str = "") -> Opened:
    """Sign in with a one-time sign-in link (the demo's, printed at start)."""
    account = _use_link(tx, token, "sign_in")
    if account.state is AccountState.INVITED:
        account.state = AccountState.ACTIVE
        tx.session.flush()
    if account.state is not AccountState.ACTIVE:
        raise NotFound("link_used")
    return _open(tx, account, address, agent)


def _open(tx: Tx, account: Account, address: str, agent: str) -> Opened:
    """A new session; the oldest beyond the limit end (administrators hold one at a time, others three)."""
    limit = 1 if account.family in ONE_SESSION else SESSIONS_AT_ONCE
    older = tx.session.scalars(
        sa.select(UserSession)
        .where(UserSession.account_id == account.id, UserSession.ended_at.is_(None))
        .order_by(UserSession.started_at.desc(), UserSession.id.desc())
        .offset(limit - 1)
    )
    for row in older:
        row.ended_at = tx.now
    token = new_token()
    tx.add(
        UserSession(
            token_hash=token_hash(token),
            account_id=account.id,
            auth_epoch=account.auth_epoch,
            started_at=tx.now,
            seen_at=tx.now,
            address=address[:60],
            agent=agent[:200],
        )
    )
    tx.record(events.SignedIn(about=about_account(account)))
    return Opened(token, account.id)


def sign_in(call: Call, cmd: SignIn) -> Opened:
    """Check name, password and second factor. Raises `TooManyTries`, `Invalid` (one sentence for all causes).

    Two steps on purpose: a failed try must be committed (it is counted and logged) although it is refused.
    """
    outcome = _try_sign_in(call, cmd)
    if outcome.problem == "throttled":
        raise TooManyTries
    if outcome.opened is None:
        raise Invalid("wrong_sign_in", fields={"login": [gettext("账号、密码或动态口令不对。")]})
    return outcome.opened


@command
def _try_sign_in(tx: Tx, cmd: SignIn) -> SignInOutcome:
    if _throttled(tx, cmd):
        return SignInOutcome(None, "throttled")
    account = tx.session.scalar(sa.select(Account).where(Account.login == cmd.login).with_for_update())
    good = password_matches(cmd.password, account.password_hash if account else None)
    if account is None or not good or account.state is not AccountState.ACTIVE:
        return _refused(tx, cmd, account, "password")
    if account.totp_sealed and not _totp_good(tx, account, cmd.totp):
        return _refused(tx, cmd, account, "totp")
    return SignInOutcome(_open(tx, account, cmd.address, cmd.agent))


def _throttled(tx: Tx, cmd: SignIn) -> bool:
    since = tx.now - rules.THROTTLE_WINDOW
    by_login, by_address, by_all = tx.session.execute(
        sa.select(
            sa.select(sa.func.count())
            .where(SignInAttempt.login == cmd.login, SignInAttempt.at > since)
            .scalar_subquery(),
            sa.select(sa.func.count())
            .where(SignInAttempt.address == cmd.address, SignInAttempt.at > since)
            .scalar_subquery(),
            sa.select(sa.func.count())
            .where(SignInAttempt.at > tx.now - rules.GLOBAL_WINDOW)
            .scalar_subquery(),
        )
    ).one()
    return rules.throttled(by_login, by_address, by_all)


def _refused(tx: Tx, cmd: SignIn, account: Account | None, why: str) -> SignInOutcome:
    tx.add(SignInAttempt(login=cmd.login[:60], address=cmd.address[:60], at=tx.now))
    if account is not None:
        tx.record(events.SignInRefused(about=about_account(account), why=why, result="refused"))
    return SignInOutcome(None, why)


def _totp_good(tx: Tx, account: Account, code: str) -> bool:
    """A code counts once: its 30-second step is kept and never accepted again."""
    secret = tx.call.ports.need_vault().open(account.totp_sealed or "", f"account.totp:{account.id}")
    totp = pyotp.TOTP(secret)
    step_now = int(tx.now.timestamp()) // TOTP_STEP_SECONDS
    for step in (step_now - 1, step_now, step_now + 1):
        expected = totp.at(step * TOTP_STEP_SECONDS)
        if pyotp.utils.strings_equal(expected, code) and step > (account.totp_last_step or 0):
            account.totp_last_step = step
            return True
    return False


@command
def touch(tx: Tx, session_id: UUID) -> None:
    """Note that a session is in use (at most once a minute; not logged, it is no act of anybody)."""
    tx.session.execute(sa.update(UserSession).where(UserSession.id == session_id).values(seen_at=tx.now))


@command
def sign_out(tx: Tx, session_id: UUID) -> None:
    """End this session at once."""
    row = tx.lock(UserSession, session_id)
    row.ended_at = tx.now
    account = tx.session.get_one(Account, row.account_id)
    tx.record(events.SessionEnded(about=about_account(account), count=1))


def new_totp_secret() -> str:
    return pyotp.random_base32()


@command
def set_totp(tx: Tx, secret: str, code: str) -> Account:
    """Turn on the second factor with a secret the person has just scanned and proved. Raises `Invalid`."""
    if tx.actor.account_id is None:
        raise NotAllowedNow
    account = tx.lock(Account, tx.actor.account_id)
    step = int(tx.now.timestamp()) // TOTP_STEP_SECONDS
    if not any(
        pyotp.utils.strings_equal(pyotp.TOTP(secret).at(s * TOTP_STEP_SECONDS), code)
        for s in (step - 1, step, step + 1)
    ):
        raise Invalid("wrong_totp", fields={"code": [gettext("动态口令不对，请核对手机上的时间后再试。")]})
    account.totp_sealed = tx.call.ports.need_vault().seal(secret, f"account.totp:{account.id}")
    account.totp_last_step = step
    tx.session.flush()
    tx.record(events.SecondFactorSet(about=about_account(account)))
    return account


@command
def reset_totp(tx: Tx, account_id: UUID, reason: str) -> Account:
    """Take a lost second factor away (security administrator, never one's own)."""
    tx.require(Permission.GRANTS_KEEP)
    account = tx.lock(Account, account_id)
    if account.id == tx.actor.account_id:
        raise NotAllowedNow("own_grant")
    account.totp_sealed = None
    account.auth_epoch += 1
    tx.session.flush()
    tx.record(events.SecondFactorReset(about=about_account(account), reason=reason))
    return account


@command
def make_api_token(tx: Tx, name: str) -> str:
    """A bearer token with one's own rights for 180 days; shown once."""
    if tx.actor.account_id is None:
        raise NotAllowedNow
    account = tx.lock(Account, tx.actor.account_id)
    token = new_token()
    tx.add(
        ApiToken(
            token_hash=token_hash(token),
            account_id=account.id,
            name=name,
            created_at=tx.now,
            expires_at=tx.now + TOKEN_LIFE,
        )
    )
    tx.record(events.TokenMade(about=about_account(account), token_name=name))
    return token


@command
def revoke_api_token(tx: Tx, token_id: UUID) -> None:
    row = tx.lock(ApiToken, token_id)
    if row.account_id != tx.actor.account_id:
        raise NotFound
    row.revoked_at = row.revoked_at or tx.now
    account = tx.session.get_one(Account, row.account_id)
    tx.record(events.TokenRevoked(about=about_account(account)))
