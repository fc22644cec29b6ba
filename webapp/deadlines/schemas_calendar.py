"""Forms of the calendar into commands."""

from typing import Any

from marshmallow import fields, post_load, validate

from webapp.core.fields import Choice, Day, StrictSchema, Text
from webapp.deadlines.calendar import DayKind
from webapp.deadlines.commands_calendar import ImportNotice, SetDay
from webapp.deadlines.rules_calendar import NoticeError, read
from webapp.deadlines.service_calendar import problem

LONGEST_NOTICE = 20_000


class DaySchema(StrictSchema):
    day = Day(required=True)
    kind = Choice(DayKind, load_default=None, allow_none=True)
    name = Text(most=40, load_default="")
    reason = Text(most=200, required=True)
    version = fields.Integer(load_default=None, allow_none=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> SetDay:
        return SetDay(**data)


class NoticeSchema(StrictSchema):
    """`step` says whether to look first or to save."""

    year = fields.Integer(required=True)
    source = Text(most=200, required=True)
    text = Text(most=LONGEST_NOTICE, lines=True, required=True)
    step = fields.String(load_default="look", validate=validate.OneOf(("look", "save")))
    version = fields.Integer(load_default=None, allow_none=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ImportNotice:
        try:
            days = read(data["text"], data["year"])
        except NoticeError as error:
            raise problem(error) from error
        return ImportNotice(year=data["year"], days=days, source=data["source"], version=data["version"])
