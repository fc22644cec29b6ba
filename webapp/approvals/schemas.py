"""Forms of the approval pages into commands."""

from marshmallow import fields

from webapp.approvals.states import Verdict
from webapp.core.fields import Choice, Day, StrictSchema, Text


class DecisionSchema(StrictSchema):
    """The sign panel."""

    verdict = Choice(Verdict, required=True)
    slot = Text(most=500, load_default="")
    opinion = Text(most=1000, lines=True, load_default="")
    findings_seen = fields.Boolean(load_default=False)
    content_hash = Text(most=64, load_default=None, allow_none=True)


class NoticeSchema(StrictSchema):
    posted_on = Day(required=True)


class RevokeSchema(StrictSchema):
    reason = Text(most=1000, lines=True, required=True)


class PaperSchema(StrictSchema):
    slot = Text(most=500, required=True)
    verdict = Choice(Verdict, required=True)
    signer = fields.UUID(required=True)
    signed_on = Day(required=True)
    opinion = Text(most=1000, lines=True, load_default="")
    scan = fields.Raw(required=True)


class ClosePaperSchema(StrictSchema):
    slot = Text(most=500, required=True)
    is_right = fields.Boolean(required=True)
    reason = Text(most=1000, lines=True, load_default="")
