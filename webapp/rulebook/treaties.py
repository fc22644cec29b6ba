"""Terms of consular notification as a value: what a nationality's treaty asks, or what holds without one."""

from dataclasses import dataclass

from webapp.rulebook import places
from webapp.rulebook.states import Basis, Confidence, Counting

EVERYBODY_ELSE = "*"
UNKNOWN_TERMS_DAYS = 3  # the shortest verified term (settled: no opting out until the office has confirmed)
NOT_FOREIGN = frozenset({"CN", "HK", "MO", "TW"})


@dataclass(frozen=True, kw_only=True)
class TreatyTerms:
    """`notify_days` None: nobody need be notified. `known` False: a treaty exists whose terms are unconfirmed.

    `mandatory`: notified whatever the person says. `opt_out`: a signed statement of the person is enough not to.
    """

    code: str
    basis: Basis
    instrument: str
    notify_days: int | None
    counting: Counting
    mandatory: bool
    opt_out: bool
    known: bool
    visit_days: int | None
    source: str
    confidence: Confidence

    @property
    def country(self) -> str:
        return places.name(self.code, "zh")
