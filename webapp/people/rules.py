"""Numbers of identity documents: what they look like, how they are shown, when custody allows a move."""

import re
from datetime import date

from webapp.people.states import Custody

_PASSPORT = re.compile(r"[A-Z][A-Z0-9]{5,11}")
_ID_NUMBER = re.compile(r"[0-9]{17}[0-9X]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
SHOWN_FIRST = 2
SHOWN_LAST = 2


def tidy(number: str) -> str:
    """Upper case without spaces, as it is compared."""
    return re.sub(r"\s+", "", number).upper()


def is_passport_number(number: str) -> bool:
    return bool(_PASSPORT.fullmatch(number))


def is_id_number(number: str) -> bool:
    """An 18-digit citizen's number with its check digit (GB 11643-1999)."""
    if not _ID_NUMBER.fullmatch(number):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    return _CHECKS[total % 11] == number[17]


def masked(number: str) -> str:
    """What pages show: the first two and the last two characters, E1*****78."""
    if len(number) <= SHOWN_FIRST + SHOWN_LAST:
        return "*" * len(number)
    return number[:SHOWN_FIRST] + "*" * (len(number) - SHOWN_FIRST - SHOWN_LAST) + number[-SHOWN_LAST:]


def bare(name: str) -> str:
    """A name as it is compared: spaces within it do not count (张 三 is 张三)."""
    return re.sub(r"\s+", "", name)


def may_check_out(custody: Custody) -> bool:
    return custody is Custody.KEPT


def may_check_in(custody: Custody) -> bool:
    """A lost document that turns up comes back too."""
    return custody in (Custody.OUT, Custody.LOST)


def days_late(due_on: date | None, today: date) -> int:
    """Days a document handed out is late; 0 while it is not."""
    return 0 if due_on is None else max(0, (today - due_on).days)
