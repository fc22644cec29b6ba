"""Forms of accounts into commands."""

from typing import Any

from marshmallow import fields, post_load, validate

from webapp.accounts.commands import (
    Activate,
    ChangeAccount,
    CreateAccount,
    GrantRole,
    KeepUnit,
    RevokeRole,
    SetSubstitute,
    SignIn,
)
from webapp.accounts.rules import TOTP_SECRET
from webapp.accounts.states import AccountState, Family, UnitKind
from webapp.core.fields import Choice, Given, MailAddress, Moment, Secret, StrictSchema, Text, Whole
from webapp.core.permissions import Role


class SignInSchema(StrictSchema):
    login = Text(most=60, required=True)
    password = Secret(required=True)
    totp = Text(most=10, load_default="")
    next = Text(most=500, load_default="")
    address = Given()
    agent = Given()

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> SignIn:
        return SignIn(**{k: v for k, v in data.items() if k != "next"})


class ActivateSchema(StrictSchema):
    token = Given(required=True)
    password = Secret(required=True)
    address = Given()
    agent = Given()

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Activate:
        return Activate(**data)


class PasswordSchema(StrictSchema):
    old = Secret(required=True, data_key="old_password")
    new = Secret(required=True, data_key="new_password")


class UnitSchema(StrictSchema):
    code = Text(most=40, required=True)
    name = Text(most=120, required=True)
    name_en = Text(most=160, load_default="")
    kind = Choice(UnitKind, required=True)
    parent_id = fields.UUID(load_default=None, allow_none=True)
    has_delegated_power = fields.Boolean(load_default=False)
    is_active = fields.Boolean(load_default=False)
    unit_id = fields.UUID(load_default=None)
    version = Whole(load_default=None, allow_none=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> KeepUnit:
        return KeepUnit(**data)


class AccountSchema(StrictSchema):
    login = Text(most=60, required=True)
    name = Text(most=80, required=True)
    unit_id = fields.UUID(required=True)
    family = Choice(Family, load_default=Family.BUSINESS)
    post = Text(most=120, load_default="")
    email = MailAddress(load_default="")
    phone = Text(most=40, load_default="")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> CreateAccount:
        return CreateAccount(**data)


class ChangeAccountSchema(StrictSchema):
    account_id = fields.UUID(required=True)
    name = Text(most=80, required=True)
    unit_id = fields.UUID(required=True)
    post = Text(most=120, load_default="")
    email = MailAddress(load_default="")
    phone = Text(most=40, load_default="")
    version = Whole(load_default=None, allow_none=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ChangeAccount:
        return ChangeAccount(**data)


class RevokeSchema(StrictSchema):
    grant_id = fields.UUID(required=True)
    reason = Text(most=300, required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> RevokeRole:
        return RevokeRole(**data)


class ReasonSchema(StrictSchema):
    reason = Text(most=300, load_default="")


class StateSchema(ReasonSchema):
    state = Choice(AccountState, required=True)


class TokenSchema(StrictSchema):
    name = Text(most=80, load_default="")


class SecondFactorSchema(StrictSchema):
    secret = Text(most=64, required=True, validate=validate.Regexp(TOTP_SECRET))
    code = Text(most=10, load_default="")


class RowSchema(StrictSchema):
    """A row of one's own page, named in the form and not in the address."""

    row_id = fields.UUID(required=True)


class GrantSchema(StrictSchema):
    account_id = fields.UUID(required=True)
    role = Choice(Role, required=True)
    unit_id = fields.UUID(required=True)
    valid_from = Moment(load_default=None, allow_none=True)
    valid_until = Moment(load_default=None, allow_none=True)
    reason = Text(most=300, required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> GrantRole:
        return GrantRole(**data)


class SubstituteSchema(StrictSchema):
    substitute_login = Text(most=60, required=True)
    valid_from = Moment(required=True)
    valid_until = Moment(required=True)
    reason = Text(most=300, required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> SetSubstitute:
        return SetSubstitute(**data)
