"""Marshmallow fields that refuse what an office never types: control characters, odd digits, loose numbers."""

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from marshmallow import Schema, ValidationError, fields

from webapp.core.clock import SHANGHAI
from webapp.core.i18n import N_

# NUL and C0/C1 controls but tab and newline; bidirectional overrides that make a text read otherwise.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
MOST_WHOLE = 2**31 - 1
_DAY = re.compile(r"([0-9]{4})[-/.年]?([0-9]{1,2})[-/.月]?([0-9]{1,2})日?")


def has_forbidden(text: str) -> bool:
    """Whether a text holds a character nobody types and no field takes."""
    return _FORBIDDEN.search(text) is not None


# Said once for every field; the library's own sentences are English and name Python types.
fields.Field.default_error_messages |= {
    "required": N_("请填写。"),
    "null": N_("请填写。"),
    "validator_failed": N_("填写的内容不对。"),
}


class StrictSchema(Schema):
    """Unknown fields are refused (marshmallow's own default, said once here)."""

    class Meta:
        unknown = "raise"


class Text(fields.String):
    """One line or several of plain text, NFC, trimmed, never longer than `most` characters."""

    def __init__(self, *, most: int = 200, lines: bool = False, blank: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most = most
        self.lines = lines
        self.blank = blank

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        text = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()
        if _FORBIDDEN.search(text) or (not self.lines and "\n" in text):
            raise ValidationError(N_("有不能用的字符，请删掉后再试。"))
        if len(text) > self.most:
            raise ValidationError(N_("太长了，请缩短。"))
        if not text and self.required and not self.blank:
            raise ValidationError(N_("请填写。"))
        return text


class Given(fields.String):
    """A value from the address or the request itself, put in by the view; whatever a form says is overridden."""


class Secret(fields.String):
    """A password as typed: not trimmed, not changed, refused where it is no line of text or beyond all measure."""

    MOST = 200

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if _FORBIDDEN.search(text) or "\n" in text:
            raise ValidationError(N_("有不能用的字符，请删掉后再试。"))
        if len(text) > self.MOST:
            raise ValidationError(N_("太长了，请缩短。"))
        return text


class MailAddress(Text):
    """One mail address, or nothing where it is not required."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        address = super()._deserialize(value, attr, data, **kwargs)
        if address and not re.fullmatch(r"[^@\s,;<>\"]{1,64}@[A-Za-z0-9.-]{1,190}", address):
            raise ValidationError(N_("请填邮箱地址，例如 name@example.cn。"))
        return address


class Whole(fields.Integer):
    """A whole number in ASCII digits, no larger than both databases' integers; `typed` takes no text for one.

    An empty field is none where none is allowed.
    """

    def __init__(self, *, typed: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.typed = typed

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, str) and not self.typed:
            value = value.strip().replace(",", "")
            if not value and self.allow_none:
                return None
            if not re.fullmatch(r"-?[0-9]{1,12}", value):
                raise ValidationError(N_("请填整数。"))
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) > MOST_WHOLE:
            raise ValidationError(N_("请填整数。"))
        return value


class Money(fields.Field[Decimal]):
    """An amount with at most two decimals."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        text = str(value).strip().replace(",", "")
        try:
            amount = Decimal(text) if re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,2})?", text) else None
        except InvalidOperation:
            amount = None
        if amount is None:
            raise ValidationError(N_("请填金额，最多两位小数。"))
        return amount

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else str(value)


class Day(fields.Field[date | None]):
    """A date as people type it: 2026-12-08, 2026/12/8, 2026年12月8日, 20261208."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date | None:
        text = str(value).strip()
        if not text and self.allow_none:
            return None
        match = _DAY.fullmatch(text)
        try:
            return date(*(int(part) for part in match.groups())) if match else _no_day()
        except ValueError:
            return _no_day()

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else value.isoformat()


def _no_day() -> date:
    raise ValidationError(N_("请填日期，例如 2026-12-08。"))


class Moment(fields.Field[datetime | None]):
    """A local date and time (Asia/Shanghai) as a browser sends it: 2026-09-30T16:00; with an offset it is kept."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime | None:
        text = str(value).strip().replace(" ", "T")
        if not text and self.allow_none:
            return None
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise ValidationError(N_("请填日期和时间，例如 2026-09-30 16:00。")) from None
        if not 1900 <= at.year <= 2200:  # noqa: PLR2004 - a typing slip, not an instant of this office
            raise ValidationError(N_("请填日期和时间，例如 2026-09-30 16:00。"))
        return at if at.tzinfo else at.replace(tzinfo=SHANGHAI)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else value.isoformat()


class Choice(fields.String):
    """One of the codes of an enum."""

    def __init__(self, enum: type[Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.enum = enum

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not text and self.allow_none:
            return None
        try:
            return self.enum(text)
        except ValueError:
            raise ValidationError(N_("请从列出的选项中选择。")) from None
