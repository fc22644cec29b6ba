"""Forms of the rulebook into commands."""

import io
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, post_load
from werkzeug.datastructures import FileStorage

from webapp.core.fields import Choice, Day, Money, StrictSchema, Text, Whole
from webapp.core.formdata import csv_text
from webapp.core.i18n import N_
from webapp.rulebook import rules_fees, rules_params
from webapp.rulebook.commands import ChangeRule, ProposeFees, ProposeTreaty, SetRate, SettleProposal
from webapp.rulebook.states import Basis, Confidence, Counting, ProposalState, Severity


class ParameterSchema(StrictSchema):
    name = Text(most=60, required=True)
    value = Text(most=300, load_default="")


class RuleSchema(StrictSchema):
    """One rule's own form; `current` are the parameters of the edition it replaces, whose types are kept."""

    code = Text(most=12, required=True)
    params = fields.List(fields.Nested(ParameterSchema), load_default=list)
    severity = Choice(Severity, required=True)
    is_on = fields.Boolean(load_default=False)
    citation = Text(most=300, required=True)
    confidence = Choice(Confidence, required=True)
    valid_from = Day(required=True)
    valid_until = Day(load_default=None, allow_none=True)
    reason = Text(most=300, required=True)
    basis = Text(most=200, required=True)
    seen = Whole(load_default=None, allow_none=True)

    def __init__(self, *, current: Mapping[str, Any]) -> None:
        super().__init__()
        self.current = current

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ChangeRule:
        typed = {row["name"]: row["value"] for row in data["params"]}
        values, wrong = rules_params.read(self.current, typed)
        if wrong:
            places = {row["name"]: place for place, row in enumerate(data["params"])}
            raise ValidationError(
                {f"params-{places.get(name, 0)}-value": texts for name, texts in wrong.items()}
            )
        return ChangeRule(**{**data, "params": values})


class FeesSchema(StrictSchema):
    document = Text(most=120, required=True)
    valid_from = Day(required=True)
    valid_until = Day(load_default=None, allow_none=True)
    reason = Text(most=300, required=True)
    file = fields.Raw(required=True, metadata={"type": "file"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ProposeFees:
        upload: FileStorage = data.pop("file")
        try:
            lines = io.StringIO(csv_text(upload), newline="")
        except UnicodeDecodeError:
            raise ValidationError({"file": [N_("文件要存成 UTF-8 或 GB 18030 的 CSV。")]}) from None
        held = rules_fees.read(lines)
        if held.problems:
            raise ValidationError({"file": [problem.sentence() for problem in held.problems]})
        return ProposeFees(standards=held.standards, **data)


class SettleSchema(StrictSchema):
    number = Whole(required=True)
    state = Choice(ProposalState, required=True)
    note = Text(most=300, load_default="")
    version = Whole(load_default=None, allow_none=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> SettleProposal:
        if data["state"] is ProposalState.PROPOSED:
            raise ValidationError({"state": [N_("请从列出的选项中选择。")]})
        return SettleProposal(**data)


class RateSchema(StrictSchema):
    currency = Text(most=3, required=True)
    on_day = Day(required=True)
    per_100 = Money(required=True)
    source = Text(most=120, required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> SetRate:
        return SetRate(**data)


class TreatySchema(StrictSchema):
    code = Text(most=3, required=True)
    basis = Choice(Basis, load_default=None, allow_none=True)
    instrument = Text(most=200, load_default="")
    notify_days = Whole(load_default=None, allow_none=True)
    counting = Choice(Counting, required=True)
    mandatory = fields.Boolean(load_default=False)
    opt_out = fields.Boolean(load_default=False)
    known = fields.Boolean(load_default=False)
    visit_days = Whole(load_default=None, allow_none=True)
    source = Text(most=200, load_default="")
    confidence = Choice(Confidence, required=True)
    reason = Text(most=300, required=True)
    version = Whole(load_default=None, allow_none=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ProposeTreaty:
        return ProposeTreaty(**data)
