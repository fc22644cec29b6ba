"""What is asked of plans, quotas and budgets, as values."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from webapp.plans.states import PlanState


@dataclass(frozen=True, kw_only=True)
class Hold:
    """What a request takes of a unit's year. `persons` are that unit's own members, `delegations` is 1 for the unit
    that organises it and 0 for one that sends members along; both are 0 where exempt.

    `may_exceed`: a waiver of the quota or the budget was granted or is being asked for with the request.
    """

    trip_id: UUID
    number: str
    unit_id: UUID
    year: int
    persons: int
    delegations: int = 0
    yuan: Decimal = Decimal(0)
    may_exceed: bool = False


@dataclass(frozen=True, kw_only=True)
class SetAllotment:
    """Person-times, delegations and budget of a unit's year; None: not limited."""

    unit_id: UUID
    year: int
    quota: int | None
    delegation_quota: int | None = None
    budget: Decimal | None
    document: str
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class KeepPlanItem:
    """A line of the annual plan, new when no such number exists in the unit's year."""

    unit_id: UUID
    year: int
    number: str
    title: str
    countries: tuple[str, ...]
    person_count: int
    day_count: int
    planned_month: int | None
    cost: Decimal
    state: PlanState
    is_addition: bool
    document: str
    version: int | None = None
