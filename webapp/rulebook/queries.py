"""Reading side of the rulebook: the edition of a day, fee standards, rates, treaty terms."""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.core.errors import NotFound
from webapp.rulebook import places, rules_fees, shipped
from webapp.rulebook.edition import Edition, Rule
from webapp.rulebook.fees import FeeStandard, FeeTable, table
from webapp.rulebook.models import (
    ExchangeRate,
    FeeProposal,
    FeeRow,
    FeeVersion,
    RulebookEdition,
    RuleRow,
    TreatyProposal,
    TreatyRow,
)
from webapp.rulebook.rules_fees import FeeDifference
from webapp.rulebook.states import Basis, Confidence, Counting, EnforcementPoint, ProposalState
from webapp.rulebook.treaties import EVERYBODY_ELSE, NOT_FOREIGN, TreatyTerms

P = TypeVar("P", FeeProposal, TreatyProposal)
_KEPT = 8
_cache: "OrderedDict[tuple[UUID, date], Edition]" = OrderedDict()


def edition(session: Session, on: date) -> Edition:
    """All rules and fee standards in force on a day. One small statement; the rest is kept per process.

    Kept under the newest change's id, so that another process's change is seen by the next call. A database
    in which nothing was entered yet answers with what the product ships.
    """
    newest = session.scalar(sa.select(RulebookEdition.id).order_by(RulebookEdition.number.desc()).limit(1))
    if newest is None:
        return shipped.shipped_edition(on)
    found = _cache.get((newest, on))
    if found is None:
        found = _read(session, on)
        _cache[newest, on] = found
        while len(_cache) > _KEPT:
            _cache.popitem(last=False)
    return found


def _read(session: Session, on: date) -> Edition:
    rows = session.scalars(
        sa.select(RuleRow)
        .where(RuleRow.valid_from <= on, sa.or_(RuleRow.valid_until.is_(None), RuleRow.valid_until >= on))
        .order_by(RuleRow.code, RuleRow.edition)
    ).all()
    rules = {row.code: as_rule(row) for row in rows}  # of several in force the newest edition stays
    fees = fee_table(session, on)
    named = ";".join(f"{code}:{rule.edition}" for code, rule in rules.items())
    digest = hashlib.sha256(f"{named}|{fees.code}".encode()).hexdigest()
    return Edition(on=on, rules=rules, fees=fees, code=f"R-{digest[:12]}")


def as_rule(row: RuleRow) -> Rule:
    return Rule(
        code=row.code,
        edition=row.edition,
        title=row.title,
        severity=row.severity,
        enforced_at=frozenset(EnforcementPoint(point) for point in row.enforced_at),
        waivable_by=row.waivable_by,
        citation=row.citation,
        confidence=row.confidence,
        params=row.params,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        is_on=row.is_on,
    )


def rule(session: Session, code: str, on: date) -> Rule:
    """One rule as it stands on a day, also when it is switched off. Raises `NotFound`."""
    found = edition(session, on).rules.get(code)
    if found is None:
        raise NotFound
    return found


def rule_history(session: Session, code: str) -> Sequence[RuleRow]:
    """All editions of a rule, newest first. Raises `NotFound`."""
    rows = session.scalars(
        sa.select(RuleRow).where(RuleRow.code == code).order_by(RuleRow.edition.desc())
    ).all()
    if not rows:
        raise NotFound
    return rows


def fee_version(session: Session, on: date) -> FeeVersion | None:
    """The version in force on a day: of several the one imported last."""
    return session.scalars(
        sa.select(FeeVersion)
        .where(
            FeeVersion.valid_from <= on,
            sa.or_(FeeVersion.valid_until.is_(None), FeeVersion.valid_until >= on),
        )
        .order_by(FeeVersion.number.desc())
        .limit(1)
    ).one_or_none()


def fee_versions(session: Session) -> Sequence[FeeVersion]:
    return session.scalars(sa.select(FeeVersion).order_by(FeeVersion.number.desc())).all()


def fee_proposals(session: Session, limit: int = 10) -> Sequence[FeeProposal]:
    """Tables read in, newest first, whatever became of them."""
    return session.scalars(sa.select(FeeProposal).order_by(FeeProposal.number.desc()).limit(limit)).all()


def proposal(session: Session, model: type[P], number: int) -> P:
    """Raises `NotFound`."""
    row = session.scalars(sa.select(model).where(model.number == number)).one_or_none()
    if row is None:
        raise NotFound
    return row


def fee_difference(session: Session, row: FeeProposal) -> FeeDifference:
    """What a proposed table changes against what holds on its first day; an applied one, what it changed then."""
    standards = rules_fees.restored(row.standards)
    query = sa.select(FeeVersion).where(
        FeeVersion.valid_from <= row.valid_from,
        sa.or_(FeeVersion.valid_until.is_(None), FeeVersion.valid_until >= row.valid_from),
    )
    if row.applied_as is not None:
        query = query.where(FeeVersion.number < row.applied_as)
    version = session.scalars(query.order_by(FeeVersion.number.desc()).limit(1)).one_or_none()
    return rules_fees.difference(_table_of(session, version), standards)


def fee_table(session: Session, on: date) -> FeeTable:
    """The fee standards of a day, for lookups by country and city."""
    return _table_of(session, fee_version(session, on))


def _table_of(session: Session, version: FeeVersion | None) -> FeeTable:
    if version is None:
        return FeeTable()
    rows = session.scalars(sa.select(FeeRow).where(FeeRow.version_id == version.id).order_by(FeeRow.position))
    return table(f"{version.document}#{version.number}", [as_standard(row) for row in rows])


def as_standard(row: FeeRow) -> FeeStandard:
    return FeeStandard(
        country=row.country,
        country_zh=row.country_zh,
        cities=tuple(row.cities),
        currency=row.currency,
        lodging=row.lodging,
        meals=row.meals,
        incidentals=row.incidentals,
        is_confirmed=row.is_confirmed,
    )


def fee_rows(session: Session, country: str, city: str, on: date) -> FeeStandard | None:
    """The standard for a place on a day, by city, else 其他城市, else the country's only row."""
    return edition(session, on).fees.find(country, city)


def rate(session: Session, currency: str, on: date) -> Decimal | None:
    """Yuan for one unit of a currency by the last rate entered for that day or before; None when there is none."""
    if currency == "CNY":
        return Decimal(1)
    per_100 = session.scalar(
        sa.select(ExchangeRate.per_100)
        .where(ExchangeRate.currency == currency, ExchangeRate.on_day <= on)
        .order_by(ExchangeRate.on_day.desc())
        .limit(1)
    )
    return None if per_100 is None else per_100 / 100


def rates(session: Session, on: date) -> dict[str, Decimal]:
    """Yuan for one unit of every currency that has a rate on or before a day."""
    rows = session.scalars(
        sa.select(ExchangeRate).where(ExchangeRate.on_day <= on).order_by(ExchangeRate.on_day)
    )
    return {"CNY": Decimal(1)} | {row.currency: row.per_100 / 100 for row in rows}


def rate_rows(session: Session, limit: int = 60) -> Sequence[ExchangeRate]:
    """Entered rates, newest first."""
    return session.scalars(
        sa.select(ExchangeRate).order_by(ExchangeRate.on_day.desc(), ExchangeRate.currency).limit(limit)
    ).all()


def treaty_terms(session: Session, country: str, on: date) -> TreatyTerms:
    """What holds for a nationality; always an answer. `on` is kept for terms that may get dates.

    A nationality without a row has the terms of the row *; people of the office's own country have none.
    """
    del on  # terms are corrected in place, with the old values in the log
    if country in NOT_FOREIGN:
        return TreatyTerms(
            code=country,
            basis=Basis.NONE,
            instrument="",
            notify_days=None,
            counting=Counting.DAY_END,
            mandatory=False,
            opt_out=False,
            known=True,
            visit_days=None,
            source="",
            confidence=Confidence.VERIFIED,
        )
    rows = session.scalars(sa.select(TreatyRow).where(TreatyRow.code.in_((country, EVERYBODY_ELSE)))).all()
    found = {row.code: as_terms(row) for row in rows}
    if not found:
        found = {terms.code: terms for terms in shipped.treaty_terms()}
    answer = found.get(country) or found[EVERYBODY_ELSE]
    return replace(answer, code=country)


def as_terms(row: TreatyRow) -> TreatyTerms:
    return TreatyTerms(
        code=row.code,
        basis=row.basis,
        instrument=row.instrument,
        notify_days=row.notify_days,
        counting=row.counting,
        mandatory=row.mandatory,
        opt_out=row.opt_out,
        known=row.known,
        visit_days=row.visit_days,
        source=row.source,
        confidence=row.confidence,
    )


def treaty_rows(session: Session) -> Sequence[TreatyRow]:
    return session.scalars(sa.select(TreatyRow).order_by(TreatyRow.known.desc(), TreatyRow.code)).all()


def treaty_row(session: Session, code: str) -> TreatyRow:
    """A nationality's own terms, or those of everybody else under its code. Raises `NotFound`."""
    rows = session.scalars(sa.select(TreatyRow).where(TreatyRow.code.in_((code, EVERYBODY_ELSE)))).all()
    found = {row.code: row for row in rows}
    if code in found:
        return found[code]
    if EVERYBODY_ELSE not in found or not places.known(code) or code in NOT_FOREIGN:
        raise NotFound
    terms = as_terms(found[EVERYBODY_ELSE])
    return TreatyRow(**{**terms.__dict__, "code": code})


def treaty_proposal_waiting(session: Session, code: str) -> TreatyProposal | None:
    """The change of a nationality's terms that waits for a second person; there is one at most."""
    return session.scalars(
        sa.select(TreatyProposal).where(
            TreatyProposal.code == code, TreatyProposal.state == ProposalState.PROPOSED
        )
    ).one_or_none()


def treaty_proposals(session: Session, code: str | None = None, limit: int = 10) -> Sequence[TreatyProposal]:
    """Proposed changes of treaty terms, newest first, whatever became of them."""
    query = sa.select(TreatyProposal).order_by(TreatyProposal.number.desc()).limit(limit)
    return session.scalars(query if code is None else query.where(TreatyProposal.code == code)).all()
