"""Forms of incidents into commands."""

import re
from typing import Any

from marshmallow import ValidationError, fields, post_load, pre_load, validate, validates

from webapp.core.fields import Choice, Given, Moment, StrictSchema, Text, Whole
from webapp.core.i18n import N_
from webapp.incidents import commands, queries_countries
from webapp.incidents.kinds import Category, DutyKind, Means, MeasureKind, Tile
from webapp.incidents.states import Level, Secrecy

_MOST_PERSONS = 9999


class CountryField(Text):
    """A nationality by its two letters, as the forms offer it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        code = super()._deserialize(value, attr, data, **kwargs).upper()
        if not queries_countries.is_country(code):
            raise ValidationError(N_("请从列出的选项中选择。"))
        return code


class _CommandSchema(StrictSchema):
    """A form that becomes the command of the same name."""

    command: type[Any]

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Any:
        return self.command(**data)


class _CaseSchema(_CommandSchema):
    """A form on the page of one incident."""

    number = Given(required=True)
    version = Whole(load_default=None, allow_none=True)


class RegisterSchema(_CommandSchema):
    command = commands.Register

    tile = Choice(Tile, required=True)
    measure = Choice(MeasureKind, load_default=None, allow_none=True)
    country = CountryField(required=True)
    started_at = Moment(required=True)
    person_count = Whole(load_default=1, validate=validate.Range(1, _MOST_PERSONS))
    person_name = Text(most=120, load_default="")
    place = Text(most=200, required=True)
    reporter = Text(most=120, required=True)
    reporter_phone = Text(most=40, load_default="")
    account = Text(most=4000, lines=True, load_default="")
    received_at = Moment(load_default=None, allow_none=True)

    @pre_load
    def measures_belong_to_two_tiles(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The measure asked for under one tile is not sent on when another tile was chosen in the end."""
        if data.get("tile") not in {Tile.DETAINED, Tile.CASUALTY}:
            return {name: value for name, value in data.items() if name != "measure"}
        if data.get("tile") == Tile.CASUALTY and data.get("measure") != MeasureKind.DEATH:
            return {name: value for name, value in data.items() if name != "measure"}
        return data


class LevelSchema(_CaseSchema):
    command = commands.SetLevel

    level = Whole(required=True)
    is_sensitive = fields.Boolean(load_default=False)
    secrecy = Choice(Secrecy, required=True)
    category = Choice(Category, required=True)
    reason = Text(most=500, required=True)
    named = Text(most=600, load_default="")

    @validates("level")
    def one_of_four(self, value: int, **_: Any) -> None:
        if value not in set(Level):
            raise ValidationError(N_("请从列出的选项中选择。"))

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> commands.SetLevel:
        """The accounts are typed in a row, with spaces or commas of either script between them."""
        named = tuple(dict.fromkeys(filter(None, re.split(r"[\s,;，、；]+", data["named"]))))
        return commands.SetLevel(**{**data, "level": Level(data["level"]), "named": named})


class PersonSchema(_CaseSchema):
    command = commands.AddPerson

    country = CountryField(required=True)
    name = Text(most=120, load_default="")
    passport_no = Text(most=40, load_default="")
    host_unit = Text(most=120, load_default="")
    measure = Choice(MeasureKind, load_default=None, allow_none=True)
    started_at = Moment(load_default=None, allow_none=True)
    authority = Text(most=120, load_default="")


class MeasureSchema(_CaseSchema):
    command = commands.AddMeasure

    person_id = fields.UUID(required=True)
    measure = Choice(MeasureKind, required=True)
    started_at = Moment(required=True)
    authority = Text(most=120, load_default="")


class CorrectionSchema(_CaseSchema):
    command = commands.CorrectMeasure

    measure_id = fields.UUID(required=True)
    started_at = Moment(required=True)
    reason = Text(most=500, required=True)


class NoteSchema(_CaseSchema):
    command = commands.AddNote

    text = Text(most=4000, lines=True, required=True)
    occurred_at = Moment(required=True)
    source = Text(most=120, load_default="")
    file = fields.Raw(load_default=None, allow_none=True)


class ReportSchema(_CaseSchema):
    command = commands.FileReport

    duty = Choice(DutyKind, required=True)
    sent_at = Moment(required=True)
    told = Text(most=120, required=True)
    means = Choice(Means, required=True)
    text = Text(most=4000, lines=True, load_default="")
    document_no = Text(most=80, load_default="")
    file = fields.Raw(load_default=None, allow_none=True)


class NoticeSchema(_CaseSchema):
    command = commands.RecordNotice

    deadline_id = fields.UUID(required=True)
    done_at = Moment(required=True)
    told = Text(most=120, required=True)
    means = Choice(Means, required=True)
    performer = Text(most=120, load_default="")
    source = Text(most=120, load_default="")
    document_no = Text(most=80, load_default="")
    text = Text(most=4000, lines=True, load_default="")
    file = fields.Raw(load_default=None, allow_none=True)


class OptOutSchema(_CaseSchema):
    command = commands.RecordOptOut

    person_id = fields.UUID(required=True)
    signed_at = Moment(required=True)
    statement = fields.Raw(load_default=None, allow_none=True)


class VisitSchema(_CaseSchema):
    command = commands.RequestVisit

    measure_id = fields.UUID(required=True)
    requested_at = Moment(required=True)


class StepSchema(_CaseSchema):
    command = commands.Step

    reason = Text(most=500, load_default="")


class EndSchema(_CaseSchema):
    command = commands.EndHandling

    ended_at = Moment(required=True)
    text = Text(most=4000, lines=True, load_default="")


class NameSchema(_CaseSchema):
    command = commands.NamePerson

    login = Text(most=60, required=True)
    remove = fields.Boolean(load_default=False)


class HandOverSchema(_CaseSchema):
    command = commands.HandOver

    login = Text(most=60, required=True)
    reason = Text(most=500, required=True)


class UnmaskSchema(_CommandSchema):
    command = commands.Unmask

    number = Given(required=True)
    reason = Text(most=500, required=True)
