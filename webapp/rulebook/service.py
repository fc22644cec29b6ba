"""Keeping the rulebook: installing what ships, and the office's own editions. Everything is logged."""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from webapp.core.clock import local_date
from webapp.core.db import take_turns
from webapp.core.errors import Invalid, NotFound, OutOfDate
from webapp.core.events import Subject
from webapp.core.i18n import N_, gettext
from webapp.core.permissions import Permission
from webapp.core.tx import Tx, command
from webapp.rulebook import rules_params, service_fees, shipped
from webapp.rulebook.commands import ChangeRule, SetRate
from webapp.rulebook.edition import Rule
from webapp.rulebook.events import RateSet, RulebookInstalled, RuleChanged
from webapp.rulebook.fees import FeeStandard
from webapp.rulebook.models import ExchangeRate, FeeVersion, RulebookEdition, RuleRow, TreatyRow
from webapp.rulebook.states import WaivedBy

_CURRENCY_LETTERS = 3
_INSTALLING = 2_026_003  # the database's name for this piece of work, so that two hosts take turns


@command
def install(tx: Tx) -> int:
    """Bring in shipped rules, standards and treaty terms the database does not hold. Never changes a row.

    Returns the number of rows written; run after every migration, so that a new release's rules arrive.
    """
    take_turns(tx.session, _INSTALLING)
    held = set(tx.session.scalars(sa.select(RuleRow.code).distinct()))
    rules = [rule for rule in shipped.rules() if rule.code not in held]
    for rule in rules:
        _add_rule(tx, rule)
    treaties = set(tx.session.scalars(sa.select(TreatyRow.code)))
    terms = [found for found in shipped.treaty_terms() if found.code not in treaties]
    for found in terms:
        tx.add(TreatyRow(**found.__dict__))
    fees: Sequence[FeeStandard] = ()
    if tx.session.scalar(sa.select(FeeVersion.id).limit(1)) is None:
        fees = shipped.fee_standards()
        service_fees.add(tx, shipped.FEES_CODE, shipped.FEES_FROM, None, fees)
    written = len(rules) + len(terms) + len(fees)
    if written:
        edition = service_fees.new_edition(tx, N_("装入随产品提供的规则和标准"))
        tx.record(
            RulebookInstalled(
                about=_about(edition), rule_count=len(rules), fee_count=len(fees), treaty_count=len(terms)
            )
        )
    return written


@command
def change_rule(tx: Tx, cmd: ChangeRule) -> RuleRow:
    """Make the office's own edition of a rule, from a day on; earlier editions stay for what they judged.

    Raises `OutOfDate` when another edition came first, `Invalid` for a date in the past or a missing reason.
    """
    tx.require(Permission.RULES_KEEP)
    newest = tx.session.scalars(
        sa.select(RuleRow)
        .where(RuleRow.code == cmd.code)
        .order_by(RuleRow.edition.desc())
        .limit(1)
        .with_for_update()
    ).one_or_none()
    if newest is None:
        raise NotFound
    if cmd.seen is not None and newest.edition != cmd.seen:
        raise OutOfDate(seen=cmd.seen, current=newest.edition)
    _check_change(tx, cmd, newest)
    row = tx.add(
        RuleRow(
            code=cmd.code,
            edition=newest.edition + 1,
            title=newest.title,
            severity=cmd.severity,
            enforced_at=newest.enforced_at,
            waivable_by=newest.waivable_by,
            citation=cmd.citation,
            confidence=cmd.confidence,
            params=dict(cmd.params),
            is_on=cmd.is_on,
            valid_from=cmd.valid_from,
            valid_until=cmd.valid_until,
            set_by=tx.actor.name,
            set_at=tx.now,
            reason=cmd.reason,
            basis=cmd.basis,
        )
    )
    service_fees.new_edition(tx, f"{cmd.code}: {cmd.reason}")
    old = {"params": newest.params, "severity": newest.severity.value, "is_on": newest.is_on}
    new = {"params": row.params, "severity": row.severity.value, "is_on": row.is_on}
    tx.record(
        RuleChanged(
            about=Subject(kind="rule", id=row.id, version=row.edition, number=row.code),
            rule=row.code,
            edition=row.edition,
            basis=row.basis,
            reason=cmd.reason,
            changes={name: (old[name], new[name]) for name in old if old[name] != new[name]},
        )
    )
    return row


def _check_change(tx: Tx, cmd: ChangeRule, newest: RuleRow) -> None:
    wrong: dict[str, list[str]] = {}
    if newest.waivable_by is WaivedBy.NOBODY and cmd.code.startswith(rules_params.DUTIES):
        # The clocks of incidents are duties the law lays on the office: their numbers are data, that they run is not.
        if not cmd.is_on:
            wrong["is_on"] = [gettext(N_("这是法定义务，不能停用；时限可以改。"))]
        if cmd.severity is not newest.severity:
            wrong["severity"] = [gettext(N_("这是法定义务，不能改成别的后果；时限可以改。"))]
    if cmd.valid_from < local_date(tx.now):
        wrong["valid_from"] = [gettext(N_("新的参数不能追溯，请填今天或以后的日期。"))]
    if cmd.valid_until is not None and cmd.valid_until < cmd.valid_from:
        wrong["valid_until"] = [gettext(N_("截止日期早于开始日期。"))]
    for name in ("reason", "basis"):
        if not getattr(cmd, name).strip():
            wrong[name] = [gettext(N_("请填写。"))]
    if wrong:
        raise Invalid(fields=wrong)


@command
def set_rate(tx: Tx, cmd: SetRate) -> ExchangeRate:
    """Enter (or correct) a currency's rate of a day, with its source."""
    tx.require(Permission.RULES_KEEP)
    currency = cmd.currency.strip().upper()
    if (
        len(currency) != _CURRENCY_LETTERS
        or not (currency.isascii() and currency.isalpha())
        or currency == "CNY"
    ):
        raise Invalid(fields={"currency": [gettext(N_("请填三个字母的外币代码，例如 EUR。"))]})
    if cmd.per_100 <= 0:
        raise Invalid(fields={"per_100": [gettext(N_("请填大于 0 的数。"))]})
    if cmd.on_day > local_date(tx.now) + timedelta(days=1):
        raise Invalid(fields={"on_day": [gettext(N_("日期在将来。"))]})
    row = tx.session.scalars(
        sa.select(ExchangeRate)
        .where(ExchangeRate.currency == currency, ExchangeRate.on_day == cmd.on_day)
        .with_for_update()
    ).one_or_none()
    before = None if row is None else str(row.per_100)
    if row is None:
        row = tx.add(ExchangeRate(currency=currency, on_day=cmd.on_day))
    row.per_100, row.source, row.set_by = cmd.per_100, cmd.source, tx.actor.name
    tx.record(
        RateSet(
            about=Subject(kind="exchange_rate", id=row.id, version=row.version or 1, number=currency),
            currency=currency,
            on_day=cmd.on_day.isoformat(),
            source=cmd.source,
            changes={"per_100": (before, str(cmd.per_100))},
        )
    )
    return row


def _add_rule(tx: Tx, rule: Rule) -> RuleRow:
    return tx.add(
        RuleRow(
            code=rule.code,
            edition=rule.edition,
            title=rule.title,
            severity=rule.severity,
            enforced_at=sorted(point.value for point in rule.enforced_at),
            waivable_by=rule.waivable_by,
            citation=rule.citation,
            confidence=rule.confidence,
            params=dict(rule.params),
            valid_from=rule.valid_from,
            valid_until=rule.valid_until,
            is_shipped=True,
            set_at=tx.now,
        )
    )


def _about(edition: RulebookEdition) -> Subject:
    return Subject(kind="rulebook", id=edition.id, version=edition.number, number=str(edition.number))
