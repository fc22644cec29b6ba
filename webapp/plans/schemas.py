"""Forms of plans into commands."""

from typing import Any

from marshmallow import ValidationError, fields, post_load, pre_load, validate

from webapp.core.fields import Choice, Money, StrictSchema, Text, Whole
from webapp.core.i18n import N_, gettext
from webapp.plans.commands import KeepPlanItem, SetAllotment
from webapp.plans.states import PlanState
from webapp.rulebook import places

MOST_PEOPLE = 100_000
_LIMITS = frozenset({"quota", "delegation_quota", "budget"})


class AllotmentSchema(StrictSchema):
    """An empty limit: not limited."""

    unit_id = fields.UUID(required=True)
    year = Whole(required=True)
    quota = Whole(load_default=None, allow_none=True, validate=validate.Range(0, MOST_PEOPLE))
    delegation_quota = Whole(load_default=None, allow_none=True, validate=validate.Range(0, MOST_PEOPLE))
    budget = Money(load_default=None, allow_none=True)
    document = Text(most=120, required=True)
    version = Whole(load_default=None, allow_none=True)

    @pre_load
    def unlimited(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {name: None if name in _LIMITS and value == "" else value for name, value in data.items()}

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> SetAllotment:
        if data["budget"] is not None and data["budget"] < 0:
            raise ValidationError({"budget": [N_("请填大于 0 的数。")]})
        return SetAllotment(**data)


class PlanItemSchema(StrictSchema):
    unit_id = fields.UUID(required=True)
    year = Whole(required=True)
    number = Text(most=40, required=True)
    title = Text(most=200, required=True)
    countries = Text(most=200, required=True)
    person_count = Whole(required=True, validate=validate.Range(1, 1000))
    day_count = Whole(required=True, validate=validate.Range(1, 366))
    planned_month = Whole(load_default=None, allow_none=True, validate=validate.Range(1, 12))
    cost = Money(load_default=0)
    state = Choice(PlanState, required=True)
    is_addition = fields.Boolean(load_default=False)
    document = Text(most=120, load_default="")
    version = Whole(load_default=None, allow_none=True)

    @pre_load
    def blanks(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        emptied = {
            name: None if name == "planned_month" and value == "" else value for name, value in data.items()
        }
        return {name: value for name, value in emptied.items() if not (name == "cost" and value == "")}

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> KeepPlanItem:
        return KeepPlanItem(**{**data, "countries": country_codes(data["countries"])})


def country_codes(text: str) -> tuple[str, ...]:
    """Names or codes separated by 、 or commas as codes. Raises `ValidationError` naming the first unknown one."""
    found = []
    for name in text.replace("，", "、").replace(",", "、").split("、"):
        if not name.strip():
            continue
        code = places.code_of(name)
        if code is None:
            words = gettext(N_("不认识“%(name)s”这个国家或地区。"), name=name.strip())
            raise ValidationError({"countries": [words]})
        found.append(code)
    return tuple(dict.fromkeys(found))
