"""Keeping plans and allotments, and the holds of requests: reserved at submission, used at permit, else released."""

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from webapp.accounts import queries as accounts
from webapp.core.errors import Invalid, RuleBroken, sentences
from webapp.core.events import Subject
from webapp.core.i18n import N_, gettext
from webapp.core.permissions import Permission
from webapp.core.tx import Tx, command
from webapp.plans import queries
from webapp.plans.commands import Hold, KeepPlanItem, SetAllotment
from webapp.plans.events import AllotmentSet, PlanItemKept, QuotaReleased, QuotaReserved, QuotaUsed
from webapp.plans.models import Allotment, HoldRow, PlanItem
from webapp.plans.states import HoldState

YEARS = range(2000, 2101)
_EVENTS = {
    HoldState.RESERVED: QuotaReserved,
    HoldState.USED: QuotaUsed,
    HoldState.RELEASED: QuotaReleased,
}
sentences(
    {
        "delegations_exhausted": N_("本年度批次指标不够：还剩 %(left)s 批，本次 %(own)s。"),
        "quota_exhausted": N_("本年度人次指标不够：还剩 %(left)s 人次，本次 %(own)s。"),
        "budget_exhausted": N_("本年度出国经费不够：还剩 %(left)s 元，本次 %(own)s。"),
    }
)


@command
def reserve(tx: Tx, hold: Hold) -> HoldRow:
    """Hold persons, delegations and yuan of the unit's year for a request in review, anew when it changed.

    The unit's year is locked first, so that of two requests for the last place one is told. Raises `RuleBroken`
    (quota_exhausted, delegations_exhausted, budget_exhausted) unless the hold may exceed.
    """
    year = _year_row(tx, hold)
    if not hold.may_exceed:
        _refuse_excess(tx, year, hold)
    return _put(tx, year, hold, HoldState.RESERVED)


@command
def use(tx: Tx, hold: Hold) -> HoldRow:
    """The request has its permit: what it held is used. Without an earlier hold it is taken now."""
    year = _year_row(tx, hold)
    row = _held(tx, year, hold)
    if (row is None or row.state is HoldState.RELEASED) and not hold.may_exceed:
        _refuse_excess(tx, year, hold)
    return _put(tx, year, hold, HoldState.USED)


@command
def release(tx: Tx, hold: Hold) -> HoldRow | None:
    """The request was withdrawn, refused, revoked or cancelled: nothing is held any more. None when nothing was."""
    year = _year_row(tx, hold)
    row = _held(tx, year, hold)
    if row is None or row.state is HoldState.RELEASED:
        return None
    row.state, row.changed_at = HoldState.RELEASED, tx.now
    _log(tx, row, hold, year)
    return row


@command
def set_allotment(tx: Tx, cmd: SetAllotment) -> Allotment:
    """Grant a unit's year its person-times and budget, by a document. Less than is held stays visible as over."""
    tx.require(Permission.PLANS_KEEP, accounts.unit(tx.session, cmd.unit_id).path)
    if cmd.year not in YEARS:
        raise Invalid(fields={"year": [gettext(N_("请填四位的年份。"))]})
    row = _year_row(tx, cmd)
    if cmd.version is not None:
        tx.check_version(row, cmd.version)
    before = _granted(row)
    row.quota, row.delegation_quota = cmd.quota, cmd.delegation_quota
    row.budget, row.document = cmd.budget, cmd.document
    unit = accounts.unit(tx.session, cmd.unit_id)
    after = _granted(row)
    tx.record(
        AllotmentSet(
            about=Subject(
                kind="allotment", id=row.id, version=row.version or 1, unit=unit.code, number=str(cmd.year)
            ),
            year=cmd.year,
            quota=cmd.quota,
            delegation_quota=cmd.delegation_quota,
            document=cmd.document,
            changes={name: (before[name], after[name]) for name in before if before[name] != after[name]},
        )
    )
    return row


def _granted(row: Allotment) -> dict[str, Any]:
    return {
        "quota": row.quota,
        "delegation_quota": row.delegation_quota,
        "budget": None if row.budget is None else str(row.budget),
    }


@command
def keep_item(tx: Tx, cmd: KeepPlanItem) -> PlanItem:
    """Enter or change a line of the annual plan."""
    unit = accounts.unit(tx.session, cmd.unit_id)
    tx.require(Permission.PLANS_KEEP, unit.path)
    if cmd.year not in YEARS:
        raise Invalid(fields={"year": [gettext(N_("请填四位的年份。"))]})
    row = tx.session.scalars(
        sa.select(PlanItem)
        .where(PlanItem.unit_id == cmd.unit_id, PlanItem.year == cmd.year, PlanItem.number == cmd.number)
        .with_for_update()
    ).one_or_none()
    before = row.state.value if row is not None else None
    if row is None:
        row = tx.add(PlanItem(unit_id=cmd.unit_id, year=cmd.year, number=cmd.number))
    elif cmd.version is None:
        raise Invalid(fields={"number": [gettext(N_("这一年已有这个编号的计划。"))]})
    else:
        tx.check_version(row, cmd.version)
    for name in (
        "title",
        "person_count",
        "day_count",
        "planned_month",
        "cost",
        "state",
        "is_addition",
        "document",
    ):
        setattr(row, name, getattr(cmd, name))
    row.countries = list(cmd.countries)
    tx.session.flush()
    tx.record(
        PlanItemKept(
            about=Subject(
                kind="plan_item", id=row.id, version=row.version, unit=unit.code, number=row.number
            ),
            year=row.year,
            item=row.number,
            state=row.state.value,
            person_count=row.person_count,
            title=row.title,
            changes={"state": (before, row.state.value)},
        )
    )
    return row


def _year_row(tx: Tx, of: Hold | SetAllotment) -> Allotment:
    """The unit's year, locked; made when it is not there (another transaction may be making it too)."""
    wanted = (
        sa.select(Allotment)
        .where(Allotment.unit_id == of.unit_id, Allotment.year == of.year)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    row = tx.session.scalars(wanted).one_or_none()
    if row is not None:
        return row
    try:
        with tx.savepoint():
            row = tx.add(Allotment(unit_id=of.unit_id, year=of.year))
            tx.session.flush()
    except IntegrityError:
        return tx.session.scalars(wanted).one()
    return row


def _held(tx: Tx, year: Allotment, hold: Hold) -> HoldRow | None:
    return tx.session.scalars(
        sa.select(HoldRow)
        .where(HoldRow.allotment_id == year.id, HoldRow.trip_id == hold.trip_id)
        .execution_options(populate_existing=True)
    ).one_or_none()


def _refuse_excess(tx: Tx, year: Allotment, hold: Hold) -> None:
    sums = queries.held(tx.session, year.id, without=hold.trip_id)
    if year.quota is not None and hold.persons > 0:
        left = year.quota - sums.used - sums.reserved
        if hold.persons > left:
            raise RuleBroken("quota_exhausted", left=left, own=hold.persons)
    if year.delegation_quota is not None and hold.delegations > 0:
        left = year.delegation_quota - sums.used_delegations - sums.reserved_delegations
        if hold.delegations > left:
            raise RuleBroken("delegations_exhausted", left=left, own=hold.delegations)
    if year.budget is not None and hold.yuan > 0:
        rest = year.budget - sums.used_yuan - sums.reserved_yuan
        if hold.yuan > rest:
            raise RuleBroken("budget_exhausted", left=f"{rest:,.2f}", own=f"{hold.yuan:,.2f}")


def _put(tx: Tx, year: Allotment, hold: Hold, state: HoldState) -> HoldRow:
    row = _held(tx, year, hold)
    if row is None:
        row = tx.add(HoldRow(allotment_id=year.id, trip_id=hold.trip_id))
    row.number, row.persons, row.delegations = hold.number, hold.persons, hold.delegations
    row.yuan = hold.yuan.quantize(Decimal("0.01"))
    row.state, row.changed_at = state, tx.now
    _log(tx, row, hold, year)
    tx.session.flush()
    return row


def _log(tx: Tx, row: HoldRow, hold: Hold, year: Allotment) -> None:
    unit = accounts.unit(tx.session, year.unit_id)
    tx.record(
        _EVENTS[row.state](
            about=Subject(kind="trip", id=hold.trip_id, unit=unit.code, number=hold.number),
            quota_unit=unit.code,
            year=year.year,
            persons=row.persons,
            delegations=row.delegations,
            fen=int(row.yuan * 100),
        )
    )
