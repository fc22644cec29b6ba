"""Passwords, throttling and substitution as pure rules."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from webapp.core.i18n import N_

LINK_LIFE = {"activate": timedelta(days=7), "sign_in": timedelta(hours=12)}

# GB/T 22239-2019 asks for length and complexity; the list holds what guessers try first in this country.
PASSWORD_LEAST = 10
PASSWORD_MOST = 128
_CLASSES = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^a-zA-Z0-9]")
_CLASSES_NEEDED = 3
_COMMON = (
    "password", "qwert", "123456", "abc123", "111111", "888888", "666666", "admin", "waishi", "woaini", "5201314",
    "1qaz", "p@ssw0rd", "iloveyou", "letmein", "welcome", "zaq12wsx", "a1b2c3", "jianghai",
)  # fmt: skip


TOTP_SECRET = re.compile(r"[A-Z2-7]{32}\Z")
"""A new second factor's secret as it travels through the form: 160 bits in base 32."""


def password_faults(password: str, login: str) -> list[str]:
    """Sentences for what a new password lacks; empty when it is good."""
    faults = []
    if not PASSWORD_LEAST <= len(password) <= PASSWORD_MOST:
        faults.append(N_("密码至少 10 个字符。"))
    if sum(bool(re.search(kind, password)) for kind in _CLASSES) < _CLASSES_NEEDED:
        faults.append(N_("密码要有大写字母、小写字母、数字、符号中的三种。"))
    lowered = password.lower()
    if any(word in lowered for word in _COMMON) or (login and login.lower() in lowered):
        faults.append(N_("密码太常见或含有账号名，容易被猜到。"))
    return faults


# Documented limits (ASVS 6.1.1): failures in 15 minutes per account, per address, and 5 minutes for all.
THROTTLE_WINDOW = timedelta(minutes=15)
PER_LOGIN = 5
PER_ADDRESS = 20
GLOBAL_WINDOW = timedelta(minutes=5)
GLOBAL = 1000


def throttled(by_login: int, by_address: int, by_all: int) -> bool:
    """Whether a try is refused unseen, given failures in the windows above."""
    return by_login >= PER_LOGIN or by_address >= PER_ADDRESS or by_all >= GLOBAL


def substitution_fault(
    valid_from: datetime,
    valid_until: datetime,
    now: datetime,
    *,
    principal_substitutes_for_others: bool,
    substitute_is_away: bool,
) -> str | None:
    """Why a substitution may not be set (a code), or None. No chains, no circles, at most 90 days."""
    if valid_until <= valid_from or valid_until <= now:
        return "substitute_period"
    if valid_until - valid_from > timedelta(days=90):
        return "substitute_too_long"
    if principal_substitutes_for_others or substitute_is_away:
        return "substitute_chain"
    return None


def overlaps(periods: Iterable[tuple[datetime, datetime]], start: datetime, end: datetime) -> bool:
    return any(a < end and start < b for a, b in periods)
