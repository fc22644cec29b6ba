"""Forms of the register into commands."""

from typing import Any

from marshmallow import fields, post_load, pre_load

from webapp.core.fields import Choice, Day, StrictSchema, Text, Whole
from webapp.people.commands import CheckIn, KeepPassport, KeepPerson, MarkGone
from webapp.people.states import Custody, PassportKind
from webapp.rulebook.states import Employment, Rank


class PersonSchema(StrictSchema):
    unit_id = fields.UUID(required=True)
    name = Text(most=80, required=True)
    post = Text(most=120, load_default="")
    rank = Choice(Rank, required=True)
    employment = Choice(Employment, required=True)
    id_number = Text(most=20, load_default="")
    is_active = fields.Boolean(load_default=False)
    account_id = fields.UUID(load_default=None, allow_none=True)
    person_id = fields.UUID(load_default=None, allow_none=True)
    version = Whole(load_default=None, allow_none=True)

    @pre_load
    def no_account(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**data, "account_id": None} if data.get("account_id") == "" else data

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> KeepPerson:
        return KeepPerson(**data)


class PassportSchema(StrictSchema):
    person_id = fields.UUID(required=True)
    kind = Choice(PassportKind, required=True)
    number = Text(most=20, required=True)
    expires_on = Day(required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> KeepPassport:
        return KeepPassport(**data)


class CheckInSchema(StrictSchema):
    passport_id = fields.UUID(required=True)
    on = Day(required=True)
    note = Text(most=200, load_default="")
    version = Whole(load_default=None, allow_none=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> CheckIn:
        return CheckIn(**data)


class GoneSchema(StrictSchema):
    passport_id = fields.UUID(required=True)
    custody = Choice(Custody, required=True)
    on = Day(required=True)
    note = Text(most=200, required=True)
    version = Whole(load_default=None, allow_none=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> MarkGone:
        return MarkGone(**data)
