"""Making a budget from legs, people and the standards: one line per stay and item."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from webapp.rulebook.facts import BudgetRow, Leg
from webapp.rulebook.fees import FeeTable
from webapp.rulebook.states import BudgetItem

_DAY = timedelta(days=1)
CENT = Decimal("0.01")


def build(
    legs: tuple[Leg, ...],
    *,
    exit_on: date,
    entry_on: date,
    people: int,
    fees: FeeTable,
    rates: Mapping[str, Decimal],
    incidentals_percent: int = 100,
    meals_are_provided: bool = False,
    lodging_is_provided: bool = False,
) -> tuple[BudgetRow, ...]:
    """Lodging nights × cap, meal days, incidental days × ratio, for every stay in turn.

    Exit and entry day both count for meals and incidentals (财行〔2013〕516号); a night counts where it is
    slept, a night in the air nowhere. `rates` are yuan for one unit of a currency; a missing one leaves `cny` None.
    A place without a standard gives no line: the office takes a neighbour's and says so.
    """
    stays = [leg for leg in legs if not leg.is_airside]
    rows: list[BudgetRow] = []
    for index, leg in enumerate(stays):
        standard = fees.find(leg.country, leg.city)
        if standard is None:
            continue
        nights = sum(_sleeps(stays, night) == index for night in _each(exit_on, entry_on - _DAY))
        days = sum(_spends(stays, day) == index for day in _each(exit_on, entry_on))
        lines = (
            (BudgetItem.LODGING, 0 if lodging_is_provided else nights, standard.lodging),
            (BudgetItem.MEALS, 0 if meals_are_provided else days, standard.meals),
            (BudgetItem.INCIDENTALS, days, standard.incidentals * incidentals_percent / 100),
        )
        for item, units, rate in lines:
            if not units or not rate:
                continue
            amount = (rate * units * people).quantize(CENT, ROUND_HALF_UP)
            yuan = rates.get(standard.currency)
            rows.append(
                BudgetRow(
                    row=len(rows) + 1,
                    item=item,
                    amount=amount,
                    currency=standard.currency,
                    cny=None if yuan is None else (amount * yuan).quantize(CENT, ROUND_HALF_UP),
                    country=leg.country,
                    city=leg.city,
                    units=units,
                    people=people,
                    rate=rate,
                )
            )
    return tuple(rows)


def _each(first: date, last: date) -> list[date]:
    return [first + _DAY * i for i in range((last - first).days + 1)]


def _sleeps(stays: list[Leg], night: date) -> int | None:
    """The stay in which one sleeps on the night that begins on a day."""
    return next((i for i, leg in enumerate(stays) if leg.arrive_on <= night < leg.leave_on), None)


def _spends(stays: list[Leg], day: date) -> int:
    """The stay a day belongs to: where one sleeps, else the last place reached, else the first one ahead."""
    slept = _sleeps(stays, day)
    if slept is not None:
        return slept
    reached = [i for i, leg in enumerate(stays) if leg.arrive_on <= day]
    return reached[-1] if reached else 0
