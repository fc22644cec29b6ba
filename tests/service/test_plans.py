"""Plan, quota and budget of a unit's year: granted, reserved in review, used at the permit, released otherwise."""

import uuid
from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa

from tests import factories
from webapp.core.errors import Forbidden, Invalid, OutOfDate, RuleBroken
from webapp.core.ledger import AuditEntry
from webapp.core.permissions import Role
from webapp.plans import queries, service
from webapp.plans.commands import Hold, KeepPlanItem, SetAllotment
from webapp.plans.states import PlanState

YEAR = 2026


@pytest.fixture
def unit(call):
    return factories.unit(call)


@pytest.fixture
def officer(call, make_actor):
    return call.as_actor(make_actor(Role.CASE_OFFICER, unit="wb", scope="jh"))


def grant(call, unit, quota=10, budget="300000", **more):
    cmd = SetAllotment(
        unit_id=unit.id,
        year=YEAR,
        quota=quota,
        budget=budget and Decimal(budget),
        document="江外计〔2026〕1号",
        **more,
    )
    return service.set_allotment(call, cmd)


def hold(unit, persons=4, yuan="120000", **more):
    return Hold(
        trip_id=uuid.uuid4(),
        number="CG-1",
        unit_id=unit.id,
        year=YEAR,
        persons=persons,
        yuan=Decimal(yuan),
        **more,
    )


def standing(call, unit, without=None):
    with call.read() as session:
        return queries.standing(session, unit.id, YEAR, without=without)


def test_a_request_in_review_reserves_and_its_permit_uses(call, officer, unit):
    grant(officer, unit)
    first = hold(unit)
    service.reserve(call, first)
    quota = standing(call, unit).quota
    assert (quota.granted, quota.used, quota.reserved, quota.left) == (10, 0, 4, 6)
    assert standing(call, unit, without=first.trip_id).quota.left == 10
    service.use(call, first)
    after = standing(call, unit)
    assert (after.quota.used, after.quota.reserved) == (4, 0)
    assert (after.budget.used, after.budget.left) == (Decimal(120000), Decimal(180000))


def test_what_is_released_is_free_again_and_releasing_twice_is_no_error(call, officer, unit):
    grant(officer, unit)
    first = hold(unit)
    service.reserve(call, first)
    assert service.release(call, first) is not None
    assert service.release(call, first) is None
    assert standing(call, unit).quota.left == 10
    assert service.release(call, hold(unit)) is None


def test_over_the_quota_or_the_budget_is_refused_with_the_numbers(call, officer, unit):
    grant(officer, unit, quota=5)
    service.reserve(call, hold(unit))
    with pytest.raises(RuleBroken) as caught:
        service.reserve(call, hold(unit, persons=2))
    assert (caught.value.code, caught.value.details) == ("quota_exhausted", {"left": 1, "own": 2})
    with pytest.raises(RuleBroken) as caught:
        service.reserve(call, hold(unit, persons=1, yuan="180000.01"))
    assert caught.value.code == "budget_exhausted"
    service.reserve(call, hold(unit, persons=2, may_exceed=True))
    assert standing(call, unit).quota.left == -1


def test_delegations_are_counted_beside_the_people_and_by_the_organising_unit_alone(call, officer, unit):
    grant(officer, unit, quota=None, budget=None, delegation_quota=1)
    service.reserve(call, hold(unit))  # sends members along with another unit's delegation
    own = hold(unit, delegations=1)
    service.reserve(call, own)
    with pytest.raises(RuleBroken) as caught:
        service.reserve(call, hold(unit, persons=0, delegations=1))
    assert (caught.value.code, caught.value.details) == ("delegations_exhausted", {"left": 0, "own": 1})
    service.use(call, own)
    left = standing(call, unit).delegations
    assert (left.granted, left.used, left.reserved, left.left) == (1, 1, 0, 0)
    service.release(call, own)
    assert standing(call, unit).delegations.left == 1


def test_a_changed_request_holds_its_new_size_not_both(call, officer, unit):
    grant(officer, unit, quota=5)
    first = hold(unit)
    service.reserve(call, first)
    service.reserve(call, replace(first, persons=5))
    assert standing(call, unit).quota.reserved == 5


def test_a_unit_without_an_allotment_is_not_limited_but_its_holds_count_once_there_is_one(
    call, officer, unit
):
    service.reserve(call, hold(unit))
    assert standing(call, unit).quota is None
    grant(officer, unit, quota=10)
    assert standing(call, unit).quota.left == 6


def test_every_hold_is_in_the_log_with_its_figures(call, officer, unit):
    grant(officer, unit)
    first = hold(unit, yuan="1234.56")
    service.reserve(call, first)
    service.use(call, first)
    with call.read() as session:
        entries = session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action.startswith("quota.")).order_by(AuditEntry.id)
        ).all()
    assert [entry.action for entry in entries] == ["quota.reserved", "quota.used"]
    assert entries[0].public["figures"]["fen"] == 123456


def item(unit, **more):
    values = {
        "unit_id": unit.id,
        "year": YEAR,
        "number": "3",
        "title": "赴德国商务洽谈",
        "countries": ("DE",),
        "person_count": 4,
        "day_count": 5,
        "planned_month": 5,
        "cost": Decimal(120000),
        "state": PlanState.APPROVED,
        "is_addition": False,
        "document": "江外计〔2026〕1号",
    }
    return KeepPlanItem(**{**values, **more})


def test_the_rules_see_a_plan_item_as_it_stands(call, officer, unit):
    row = service.keep_item(officer, item(unit, state=PlanState.PROPOSED))
    with call.read() as session:
        assert queries.plan_item(session, unit.id, YEAR, "3").is_approved is False
        assert queries.plan_item(session, unit.id, YEAR, "99") is None
    service.keep_item(officer, item(unit, version=row.version))
    with call.read() as session:
        assert queries.plan_item(session, unit.id, YEAR, "3").is_approved is True
    with pytest.raises(OutOfDate):
        service.keep_item(officer, item(unit, title="又改", version=row.version - 1))
    with pytest.raises(Invalid):
        service.keep_item(officer, item(unit))


def test_a_unit_does_not_grant_itself(call, make_actor, unit):
    with pytest.raises(Forbidden):
        grant(call.as_actor(make_actor(Role.CLERK)), unit)


def test_the_years_table_shows_every_unit(call, officer, unit):
    grant(officer, unit)
    service.reserve(call, hold(unit))
    with call.read() as session:
        (line,) = queries.unit_years(session, [unit.id], YEAR)
    assert (line.quota, line.sums.reserved, line.item_count) == (10, 4, 0)
