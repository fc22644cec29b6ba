"""Forms about routes into commands."""

from typing import Any

from marshmallow import ValidationError, fields, post_load

from webapp.approvals.commands_routes import ProposeRoute, SettleRoute
from webapp.approvals.route_yaml import LONGEST
from webapp.approvals.states import ProposalState, Verdict
from webapp.core.fields import Choice, Day, StrictSchema, Text, Whole
from webapp.core.formdata import csv_text
from webapp.core.i18n import N_


class RouteSchema(StrictSchema):
    """A text typed or pasted, or a file instead."""

    text = Text(most=LONGEST, lines=True, load_default="")
    file = fields.Raw(load_default=None, allow_none=True, metadata={"type": "file"})
    valid_from = Day(required=True)
    reason = Text(most=300, required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ProposeRoute:
        upload = data.pop("file")
        if upload is not None and upload.filename:
            try:
                data["text"] = csv_text(upload)
            except UnicodeDecodeError:
                raise ValidationError({"file": [N_("文件要存成 UTF-8 的文本。")]}) from None
        if not data["text"].strip():
            raise ValidationError({"text": [N_("请粘贴文本，或选择一个文件。")]})
        data["text"] = data["text"].replace("\r\n", "\n").rstrip() + "\n"
        return ProposeRoute(**data)


class SettleRouteSchema(StrictSchema):
    number = Whole(required=True)
    state = Choice(ProposalState, required=True)
    note = Text(most=300, load_default="")
    version = Whole(load_default=None, allow_none=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> SettleRoute:
        if data["state"] is ProposalState.PROPOSED:
            raise ValidationError({"state": [N_("请从列出的选项中选择。")]})
        return SettleRoute(**data)


class ResultSchema(StrictSchema):
    verdict = Choice(Verdict, required=True)
    authority = Text(most=120, required=True)
    document_no = Text(most=60, required=True)
    decided_on = Day(required=True)
    note = Text(most=800, lines=True, load_default="")
    scan = fields.Raw(required=True, metadata={"type": "file"})
