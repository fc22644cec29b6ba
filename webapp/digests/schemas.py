"""Forms of digests into commands."""

from typing import Any

from marshmallow import fields, post_load

from webapp.core.fields import StrictSchema, Text
from webapp.digests.commands import Subscribe


class SubscribeSchema(StrictSchema):
    account_id = fields.UUID(required=True)
    scope = Text(most=40, load_default="")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Subscribe:
        return Subscribe(**data)
