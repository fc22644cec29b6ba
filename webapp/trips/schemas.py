"""Forms and JSON into commands, trips into JSON. The same schemas serve the pages and the API."""

import json
import re
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields, post_load, pre_load, validate

from webapp.core.fields import Choice, Day, Given, Money, StrictSchema, Text, Whole
from webapp.core.i18n import N_
from webapp.rulebook import places
from webapp.rulebook.states import BudgetItem, DelegationClass, Employment, Half, Rank, RouteKind
from webapp.trips.commands_sections import (
    BudgetRow,
    CostBearer,
    DeclarationSection,
    ExplanationRow,
    InvitationRow,
    LegRow,
    MemberRole,
    MemberRow,
    SaveSection,
    Section,
    SlotRow,
    TaskSection,
    Transit,
)

MODES = ("flight", "train", "car", "ship", "none")
HOME_NAMES = frozenset({"cn", "中国", "china"})
_CODES = re.compile(r"[A-Z]{2}( [A-Z]{2})*")
_RULE = validate.Regexp(r"[A-Z]{3}-[0-9]{2}\Z")
_KEY = validate.Regexp(r"[0-9A-Za-z-]{0,40}\Z")


class Country(Text):
    """A country or region by code or name in either language; kept as its ISO 3166-1 code."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return country_code(super()._deserialize(value, attr, data, **kwargs))


def country_code(text: str) -> str:
    """The code for what was typed, '' for nothing. China itself only ends a trip."""
    if text.lower() in HOME_NAMES:
        return "CN"
    code = places.code_of(text) if text else ""
    if code is None:
        raise ValidationError(N_("没有这个国家或地区，请从列表中选择。"))
    return code


class _Sheet(StrictSchema):
    """A row of a sheet. Rows in which nothing of substance was typed are dropped by the section."""

    key = fields.String(load_default="", validate=_KEY)


class LegSchema(_Sheet):
    depart_on = Day(allow_none=True, load_default=None)
    arrive_on = Day(allow_none=True, load_default=None)
    from_city = Text(most=80, load_default="")
    to_country = Country(most=60, load_default="")
    to_city = Text(most=80, load_default="")
    mode = fields.String(load_default="flight", validate=validate.OneOf(MODES))
    transit = Choice(Transit, load_default=Transit.BUSINESS)

    @post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> LegRow:
        return LegRow(**data)


class SlotSchema(_Sheet):
    on_day = Day(allow_none=True, load_default=None)
    half = Choice(Half, load_default=Half.AM)
    what = Text(most=300, load_default="")
    is_official = fields.Boolean(load_default=False)

    @post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> SlotRow:
        return SlotRow(**data)


class Rate(fields.Field[Decimal]):
    """Yuan for one unit of a currency, at most six decimals; empty for none."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal | None:  # type: ignore[override]
        text = str(value).strip()
        if not text:
            return None
        if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", text) or not Decimal(text):
            raise ValidationError(N_("请填汇率，例如 8.195。"))
        return Decimal(text)


class Countries(Text):
    """Several countries, parted by 、 or commas; codes may also be parted by spaces."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        parts = text.split() if _CODES.fullmatch(text) else re.split(r"[,，、;；]", text)
        return " ".join(dict.fromkeys(country_code(part.strip()) for part in parts if part.strip()))


class InvitationSchema(_Sheet):
    inviter = Text(most=200, load_default="")
    countries = Countries(most=200, load_default="")
    profile = Text(most=2000, lines=True, load_default="")
    signatory = Text(most=120, load_default="")
    purpose = Text(most=300, load_default="")
    dated_on = Day(allow_none=True, load_default=None)
    stay_from = Day(allow_none=True, load_default=None)
    stay_until = Day(allow_none=True, load_default=None)
    cost_bearer = Choice(CostBearer, load_default=CostBearer.OWN)
    is_via_intermediary = fields.Boolean(load_default=False)

    @post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> InvitationRow:
        return InvitationRow(**data)


class MemberSchema(_Sheet):
    name = Text(most=80, load_default="")
    person_id = fields.UUID(allow_none=True, load_default=None)
    unit_code = Text(most=80, load_default="")
    post = Text(most=120, load_default="")
    rank = Choice(Rank, load_default=Rank.NONE)
    role = Choice(MemberRole, load_default=MemberRole.MEMBER)
    employment = Choice(Employment, load_default=Employment.SERVING)

    @pre_load
    def no_person(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        unnamed = isinstance(data, dict) and data.get("person_id") == ""
        return {**data, "person_id": None} if unnamed else data

    @post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> MemberRow:
        return MemberRow(**data)


class BudgetSchema(_Sheet):
    item = Choice(BudgetItem, load_default=BudgetItem.OTHER)
    country = Country(most=60, load_default="")
    city = Text(most=80, load_default="")
    currency = fields.String(load_default="CNY", validate=validate.Regexp(r"[A-Z]{3}\Z"))
    persons = Whole(load_default=0, validate=validate.Range(0, 999))
    quantity = Whole(load_default=0, validate=validate.Range(0, 999))
    claimed = Money(load_default=0, validate=validate.Range(0, 10_000_000))
    rate = Rate(allow_none=True, load_default=None)
    host_provides = fields.Boolean(load_default=False)
    car_hired = fields.Boolean(load_default=False)
    note = Text(most=200, load_default="")

    @post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> BudgetRow:
        return BudgetRow(**data)


class ExplanationSchema(_Sheet):
    key = fields.String(required=True, validate=_RULE)
    text = Text(most=2000, lines=True, load_default="")

    @post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> ExplanationRow:
        return ExplanationRow(**data)


class _Marks(fields.Field[dict[str, str]]):
    """The hidden marks of the values the page was made from. Unreadable ones mean: made from nothing."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, str]:
        if isinstance(value, str):
            try:
                value = json.loads(value) if value and len(value) < 200_000 else {}  # noqa: PLR2004 - a page of ours is far smaller
            except (ValueError, RecursionError):
                value = {}
        if not isinstance(value, dict):
            return {}
        return {str(cell): mark for cell, mark in value.items() if isinstance(mark, str)}


class _SectionSchema(StrictSchema):
    number = Given(required=True)
    base = _Marks(load_default=dict)
    then = Text(most=40, load_default="")  # the button pressed: where to go on

    @pre_load
    def forget_button(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        return {name: value for name, value in data.items() if name != "then"}


class _FieldsSchema(_SectionSchema):
    """A section of single fields, which `values` takes by their own names."""

    section: Section
    values: type[TaskSection | DeclarationSection]

    @post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> SaveSection:
        number, base, _ = data.pop("number"), data.pop("base"), data.pop("then")
        return SaveSection(number, self.section, self.values(**data), base)


class TaskSchema(_FieldsSchema):
    section, values = Section.TASK, TaskSection
    title = Text(most=200, required=True)
    delegation_class = Choice(DelegationClass, load_default=DelegationClass.GENERAL)
    route_kind = Choice(RouteKind, load_default=RouteKind.FOREIGN)
    purpose = Text(most=4000, lines=True, load_default="")
    is_urgent = fields.Boolean(load_default=False)
    is_poorly_connected = fields.Boolean(load_default=False)
    plan_item = Text(most=80, load_default="")
    fund_source = Text(most=200, load_default="")
    contact = Text(most=120, load_default="")


class DeclarationSchema(_FieldsSchema):
    section, values = Section.DECLARATIONS, DeclarationSection
    no_family = fields.Boolean(load_default=False)
    no_agency = fields.Boolean(load_default=False)
    no_cost_shifting = fields.Boolean(load_default=False)
    no_residence = fields.Boolean(load_default=False)
    unclassified = fields.Boolean(load_default=False)


_SUBSTANCE: dict[Section, tuple[str, ...]] = {
    Section.LEGS: ("depart_on", "arrive_on", "from_city", "to_country", "to_city"),
    Section.SLOTS: ("on_day", "what"),
    Section.INVITATIONS: ("inviter", "countries", "signatory", "purpose", "dated_on"),
    Section.MEMBERS: ("name", "post", "person_id"),
    Section.BUDGET: ("country", "city", "persons", "quantity", "claimed", "note"),
    Section.EXPLANATIONS: ("text",),
}


class _RowsSchema(_SectionSchema):
    """A sheet as a whole: its rows under the section's own name."""

    section: Section

    @pre_load
    def drop_empty(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        rows = data.get(self.section.value)
        if not isinstance(rows, list):
            return data
        wanted = _SUBSTANCE[self.section]
        kept = [
            row
            for row in rows
            if not isinstance(row, dict) or any(str(row.get(name) or "").strip() for name in wanted)
        ]
        return {**data, self.section.value: kept}

    @post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> SaveSection:
        return SaveSection(data["number"], self.section, tuple(data[self.section.value]), data["base"])


class LegsSchema(_RowsSchema):
    section = Section.LEGS
    legs = fields.List(fields.Nested(LegSchema), load_default=list)


class SlotsSchema(_RowsSchema):
    section = Section.SLOTS
    slots = fields.List(fields.Nested(SlotSchema), load_default=list)


class InvitationsSchema(_RowsSchema):
    section = Section.INVITATIONS
    invitations = fields.List(fields.Nested(InvitationSchema), load_default=list)


class MembersSchema(_RowsSchema):
    section = Section.MEMBERS
    members = fields.List(fields.Nested(MemberSchema), load_default=list)


class BudgetsSchema(_RowsSchema):
    section = Section.BUDGET
    budget = fields.List(fields.Nested(BudgetSchema), load_default=list)


class ExplanationsSchema(_RowsSchema):
    section = Section.EXPLANATIONS
    explanations = fields.List(fields.Nested(ExplanationSchema), load_default=list)


SECTION_SCHEMAS: dict[Section, type[StrictSchema]] = {
    Section.TASK: TaskSchema,
    Section.LEGS: LegsSchema,
    Section.SLOTS: SlotsSchema,
    Section.INVITATIONS: InvitationsSchema,
    Section.MEMBERS: MembersSchema,
    Section.BUDGET: BudgetsSchema,
    Section.DECLARATIONS: DeclarationSchema,
    Section.EXPLANATIONS: ExplanationsSchema,
}
