"""Trips as JSON. Sections that are also forms keep the form's own schemas and field names."""

from typing import Any

from marshmallow import Schema, fields, validate

from webapp.core.fields import StrictSchema, Text, Whole
from webapp.rulebook.states import Verdict
from webapp.trips.schemas import BudgetSchema, InvitationSchema, LegSchema, MemberSchema, SlotSchema
from webapp.trips.states import TripState

_VERDICTS = [verdict.value for verdict in Verdict]


class TripQuery(StrictSchema):
    """What narrows the list; `after` is the `next` of the page before."""

    state = fields.Enum(TripState, by_value=True, load_default=None)
    q = Text(most=60, load_default="")
    country = Text(most=2, load_default="")
    year = Whole(load_default=None, validate=validate.Range(2000, 2100))
    after = Text(most=120, load_default="")


class TripItem(Schema):
    """One line of the list."""

    number = fields.String(attribute="ref")
    title = fields.String()
    state = fields.Enum(TripState, by_value=True)
    round = fields.Integer()
    version = fields.Integer()
    unit = fields.String(attribute="unit_code")
    unit_name = fields.String()
    exit_on = fields.Date(allow_none=True)
    entry_on = fields.Date(allow_none=True)
    countries = fields.List(fields.String())
    persons = fields.Integer(attribute="members_count")
    total_cny = fields.Decimal(as_string=True)
    permit_no = fields.String(allow_none=True)
    permit_on = fields.Date(allow_none=True)


class TripList(Schema):
    trips = fields.List(fields.Nested(TripItem))
    next = fields.String(metadata={"description": "Cursor of the following page, empty at the end."})


class FindingItem(Schema):
    """What a rule says; `sentence` in the language asked for by Accept-Language."""

    rule = fields.String()
    verdict = fields.String(validate=validate.OneOf(_VERDICTS))
    title = fields.Function(lambda finding: finding.heading())
    sentence = fields.Function(lambda finding: finding.sentence())
    limit = fields.String()
    actual = fields.String()
    citation = fields.String()
    confidence = fields.Function(lambda finding: finding.confidence.value)
    section = fields.Function(lambda finding: finding.where.section.value)
    row = fields.Function(lambda finding: finding.where.row)


class TripDetail(TripItem):
    """The whole application. Passport and identity numbers are no part of it."""

    purpose = fields.String()
    delegation_class = fields.Function(lambda trip: trip.delegation_class.value)
    route_kind = fields.Function(lambda trip: trip.route_kind.value)
    plan_item = fields.String()
    fund_source = fields.String()
    legs = fields.List(fields.Nested(LegSchema(exclude=("key",))))
    slots = fields.List(fields.Nested(SlotSchema(exclude=("key",))))
    invitations = fields.List(fields.Nested(InvitationSchema(exclude=("key",))))
    members = fields.List(fields.Nested(MemberSchema(exclude=("key", "person_id"))))
    budget = fields.List(fields.Nested(BudgetSchema(exclude=("key",))))
    submitted_at = fields.AwareDateTime(allow_none=True)


class TripSubmission(StrictSchema):
    """`version` of the trip as last read; 409 when it has changed since."""

    version = Whole(load_default=None, allow_none=True, typed=True)


class RefusedBy(Schema):
    """A rule that stands against it, in words."""

    rule = fields.String()
    title = fields.String()
    text = fields.String()
    citation = fields.String()
    confidence = fields.String()


class Problem(Schema):
    """Every refusal: a stable code, a sentence, messages per field, findings of rules."""

    code = fields.String()
    message = fields.String()
    fields_: Any = fields.Dict(data_key="fields")
    findings = fields.List(fields.Nested(RefusedBy))
    request_id = fields.String()
