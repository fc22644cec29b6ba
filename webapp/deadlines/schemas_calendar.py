"""Forms of the calendar into commands."""

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from webapp.core.fields import Choice, Day, StrictSchema, Text, Whole
from webapp.core.formdata import csv_text
from webapp.core.i18n import N_
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
    version = Whole(load_default=None, allow_none=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> SetDay:
        return SetDay(**data)


class NoticeSchema(StrictSchema):
    """`step` says whether to look first or to save."""

    year = Whole(required=True)
    source = Text(most=200, required=True)
    text = Text(most=LONGEST_NOTICE, lines=True, blank=True, load_default="")
    file = fields.Raw(load_default=None, metadata={"type": "file"})
    step = fields.String(load_default="look", validate=validate.OneOf(("look", "save")))
    version = Whole(load_default=None, allow_none=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ImportNotice:
        try:
            days = read(_text(data), data["year"])
        except NoticeError as error:
            raise problem(error) from error
        return ImportNotice(year=data["year"], days=days, source=data["source"], version=data["version"])


def _text(data: dict[str, Any]) -> str:
    """The notice as pasted, or the list in the file. Raises `ValidationError` for neither."""
    if data["file"] is None:
        if not data["text"].strip():
            raise ValidationError({"text": [N_("请粘贴通知正文，或者选一个 CSV 文件。")]})
        return str(data["text"])
    try:
        text = csv_text(data["file"])
    except UnicodeDecodeError:
        raise ValidationError({"file": [N_("文件要存成 UTF-8 或 GB 18030 的 CSV。")]}) from None
    if len(text) > LONGEST_NOTICE:
        raise ValidationError({"file": [N_("文件太长。")]})
    return text
