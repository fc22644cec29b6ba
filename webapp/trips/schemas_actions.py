"""Forms of the actions on a trip, beside the sections of the application."""

from typing import Any

from marshmallow import fields, post_load, pre_load, validate

from webapp.core.fields import Choice, Day, Given, Money, StrictSchema, Text, Whole
from webapp.people.states import PassportKind
from webapp.rulebook.states import RouteKind
from webapp.trips.commands import (
    AskWaiver,
    DecideTemplate,
    DecideWaiver,
    DraftTrip,
    ExplainReturn,
    FileReport,
    MovePassport,
    PostNotice,
    ProposeTemplate,
    RecordCrossing,
    RecordEntry,
    RecordPublication,
    RecordReimbursement,
    WithdrawTrip,
)
from webapp.trips.commands_sections import DocumentType
from webapp.trips.schemas import Countries

_RULE = validate.Regexp(r"[A-Z]{3}-[0-9]{2}\Z")


class _ActionSchema(StrictSchema):
    """Fields of a command by its own names; `command` is what they make."""

    command: type[Any]
    number = Given(required=True)

    @post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> Any:
        return self.command(**{name: value for name, value in data.items() if name != "file"})


class _Forgiving(StrictSchema):
    """A list's first line, "none", is sent as an empty text: it means that nothing was chosen."""

    @pre_load
    def nothing_chosen(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        return {name: value for name, value in data.items() if value != ""}


class DraftSchema(StrictSchema):
    title = Text(most=200, required=True)

    @post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> DraftTrip:
        return DraftTrip(**data)


class WithdrawSchema(_ActionSchema):
    command = WithdrawTrip
    reason = Text(most=500, lines=True, required=True)
    version = Whole(allow_none=True, load_default=None)


class NoticeSchema(_ActionSchema):
    command = PostNotice
    unit_code = Text(most=80, required=True)
    posted_on = Day(required=True)
    place = Text(most=200, required=True)
    has_objection = fields.Boolean(load_default=False)
    objection_finding = Text(most=2000, lines=True, load_default="")


class WaiverSchema(_Forgiving, _ActionSchema):
    command = AskWaiver
    rule_id = Given(required=True, validate=_RULE)
    reason = Text(most=2000, lines=True, required=True)
    file_id = fields.UUID(allow_none=True, load_default=None)


class WaiverDecisionSchema(_ActionSchema):
    command = DecideWaiver
    rule_id = Given(required=True, validate=_RULE)
    is_granted = fields.Boolean(required=True)
    reason = Text(most=2000, lines=True, required=True)


class CrossingSchema(_ActionSchema):
    command = RecordCrossing
    on_day = Day(required=True)
    version = Whole(allow_none=True, load_default=None)


class EntrySchema(_ActionSchema):
    """No country typed: as permitted."""

    command = RecordEntry
    on_day = Day(required=True)
    countries = Countries(most=200, load_default="")
    is_red_eye = fields.Boolean(load_default=False)
    version = Whole(allow_none=True, load_default=None)

    @post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> RecordEntry:
        return RecordEntry(**data | {"countries": tuple(data["countries"].split())})


class StatementSchema(_ActionSchema):
    command = ExplainReturn
    statement = Text(most=5000, lines=True, required=True)


class PassportSchema(_Forgiving, _ActionSchema):
    command = MovePassport
    place = Whole(required=True)
    on_day = Day(required=True)
    passport_id = fields.UUID(load_default=None)
    kind = Choice(PassportKind, load_default=PassportKind.PUBLIC_AFFAIRS)
    passport_number = Text(most=20, load_default="")
    expires_on = Day(load_default=None, allow_none=True)
    note = Text(most=200, load_default="")


class ReportSchema(_ActionSchema):
    """The file beside the texts is checked by the attachments and no part of the command."""

    command = FileReport
    file = fields.Raw(load_only=True)
    actual_schedule = Text(most=10_000, lines=True, required=True)
    results = Text(most=10_000, lines=True, required=True)
    effect = Text(most=10_000, lines=True, required=True)
    follow_up = Text(most=10_000, lines=True, required=True)
    problems = Text(most=10_000, lines=True, load_default="")


class PublicationSchema(_ActionSchema):
    command = RecordPublication
    published_on = Day(required=True)
    place = Text(most=200, required=True)


class ReimbursementSchema(_ActionSchema):
    command = RecordReimbursement
    claimed_on = Day(required=True)
    amount = Money(required=True, validate=validate.Range(0, 100_000_000))
    days = Whole(required=True, validate=validate.Range(0, 366))
    people = Whole(required=True, validate=validate.Range(0, 1000))
    countries = Countries(most=200, required=True)
    has_border_record = fields.Boolean(load_default=False)
    is_in_chinese = fields.Boolean(load_default=False)
    has_head_signature = fields.Boolean(load_default=False)
    is_paid_by_transfer = fields.Boolean(load_default=False)
    reason = Text(most=2000, lines=True, load_default="")

    @post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> RecordReimbursement:
        return RecordReimbursement(**data | {"countries": tuple(data["countries"].split())})


class UploadSchema(_Forgiving):
    """A file and what it is; the bytes are checked by the attachments' own rules."""

    document_type = Choice(DocumentType, required=True)
    file = fields.Raw(required=True)
    replaces = fields.UUID(allow_none=True, load_default=None)


class TemplateSchema(StrictSchema):
    route_kind = Choice(RouteKind, required=True)
    authority = Text(most=120, required=True)
    template = Text(most=60, required=True)
    first_number = Whole(allow_none=True, load_default=None, validate=validate.Range(1, 99_999))
    reason = Text(most=300, required=True)

    @pre_load
    def no_number(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        return {name: value for name, value in data.items() if (name, value) != ("first_number", "")}

    @post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> ProposeTemplate:
        return ProposeTemplate(**data)


class TemplateDecisionSchema(StrictSchema):
    route_kind = Choice(RouteKind, required=True)
    is_confirmed = fields.Boolean(required=True)
    version = Whole(allow_none=True, load_default=None)

    @post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> DecideTemplate:
        return DecideTemplate(**data)
