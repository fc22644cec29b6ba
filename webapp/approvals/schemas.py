"""Forms of the approval pages into commands."""

from marshmallow import fields

from webapp.approvals.states import Comeback, Placed, Verdict
from webapp.core.fields import Choice, Day, StrictSchema, Text


class DecisionSchema(StrictSchema):
    """The sign panel."""

    verdict = Choice(Verdict, required=True)
    slot = Text(most=500, load_default="")
    opinion = Text(most=1000, lines=True, load_default="")
    findings_seen = fields.Boolean(load_default=False)
    content_hash = Text(most=64, load_default=None, allow_none=True)
    comeback = Choice(Comeback, load_default=Comeback.RUN_AGAIN)


class ActSchema(StrictSchema):
    """Words, and the slot a move concerns."""

    slot = Text(most=500, load_default="")
    reason = Text(most=1000, lines=True, load_default="")


class PassOnSchema(ActSchema):
    to = fields.UUID(required=True)


class AddSignerSchema(PassOnSchema):
    placed = Choice(Placed, required=True)


class SendBackSchema(ActSchema):
    stage = Text(most=60, required=True)
    comeback = Choice(Comeback, load_default=Comeback.RUN_AGAIN)
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
