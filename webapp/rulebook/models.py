"""Tables of the rulebook. Rules and standards are never changed in place: each change is the next edition."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.db import Base, CodeEnum, JsonDict, Keyed
from webapp.rulebook.states import Basis, Confidence, Counting, ProposalState, Severity, WaivedBy

_AMOUNT = sa.Numeric(14, 2)
_WAITS = sa.text("state = 'proposed'")


class RulebookEdition(Keyed, Base):
    """Rises with every change of a rule or a fee standard: processes know by it that their copy is old."""

    __tablename__ = "rulebook_edition"

    number: Mapped[int] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    made_by_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    made_by: Mapped[str] = mapped_column(sa.String(80))
    reason: Mapped[str] = mapped_column(sa.String(300))


class RuleRow(Keyed, Base):
    """One edition of one rule. An office's own edition keeps who set it, when, why and on what document."""

    __tablename__ = "rule"
    __table_args__ = (
        sa.UniqueConstraint("code", "edition"),
        sa.CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="dates_in_order"),
    )

    code: Mapped[str] = mapped_column(sa.String(12))
    edition: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(80))
    severity: Mapped[Severity] = mapped_column(CodeEnum(Severity))
    enforced_at: Mapped[list[str]]
    waivable_by: Mapped[WaivedBy] = mapped_column(CodeEnum(WaivedBy))
    citation: Mapped[str] = mapped_column(sa.String(300))
    confidence: Mapped[Confidence] = mapped_column(CodeEnum(Confidence))
    params: Mapped[dict[str, Any]]
    is_on: Mapped[bool] = mapped_column(default=True)
    valid_from: Mapped[date] = mapped_column(sa.Date())
    valid_until: Mapped[date | None] = mapped_column(sa.Date())
    is_shipped: Mapped[bool] = mapped_column(default=False)
    set_by: Mapped[str] = mapped_column(sa.String(80), default="")
    set_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(sa.String(300), default="")
    basis: Mapped[str] = mapped_column(sa.String(200), default="")


class FeeVersion(Keyed, Base):
    """A table of fee standards with the days it holds for; of several the newest import wins."""

    __tablename__ = "fee_version"
    __table_args__ = (
        sa.CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="dates_in_order"),
    )

    number: Mapped[int] = mapped_column(unique=True)
    document: Mapped[str] = mapped_column(sa.String(120))
    valid_from: Mapped[date] = mapped_column(sa.Date())
    valid_until: Mapped[date | None] = mapped_column(sa.Date())
    row_count: Mapped[int]
    set_by: Mapped[str] = mapped_column(sa.String(80))
    set_at: Mapped[datetime]


class FeeRow(Keyed, Base):
    __tablename__ = "fee_standard"

    version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("fee_version.id"), index=True)
    position: Mapped[int]
    country: Mapped[str] = mapped_column(sa.String(2))
    country_zh: Mapped[str] = mapped_column(sa.String(60))
    cities: Mapped[list[str]]
    currency: Mapped[str] = mapped_column(sa.String(3))
    lodging: Mapped[Decimal] = mapped_column(_AMOUNT)
    meals: Mapped[Decimal] = mapped_column(_AMOUNT)
    incidentals: Mapped[Decimal] = mapped_column(_AMOUNT)
    is_confirmed: Mapped[bool] = mapped_column(default=True)


class Proposal(Keyed):
    """What every change has that one person proposes and another puts in force."""

    number: Mapped[int] = mapped_column(unique=True)
    state: Mapped[ProposalState] = mapped_column(CodeEnum(ProposalState))
    reason: Mapped[str] = mapped_column(sa.String(300))
    proposed_by_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"), index=True)
    proposed_by: Mapped[str] = mapped_column(sa.String(80))
    proposed_at: Mapped[datetime]
    settled_by_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    settled_by: Mapped[str] = mapped_column(sa.String(80), default="")
    settled_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(sa.String(300), default="")
    version: Mapped[int] = mapped_column(default=1)


def _by_another() -> tuple[sa.CheckConstraint, sa.CheckConstraint]:
    """The database itself refuses a proposal put in force by who made it."""
    return (
        sa.CheckConstraint("(state = 'proposed') = (settled_at IS NULL)", name="settled_has_its_time"),
        sa.CheckConstraint(
            "state <> 'applied' OR settled_by_id <> proposed_by_id", name="applied_by_another"
        ),
    )


class FeeProposal(Proposal, Base):
    """A table of fee standards one person read in and another has to put in force."""

    __tablename__ = "fee_proposal"
    __table_args__ = (
        sa.CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="dates_in_order"),
        *_by_another(),
    )

    document: Mapped[str] = mapped_column(sa.String(120))
    valid_from: Mapped[date] = mapped_column(sa.Date())
    valid_until: Mapped[date | None] = mapped_column(sa.Date())
    standards: Mapped[list[dict[str, Any]]] = mapped_column(JsonDict)
    # The number of the version it became.
    applied_as: Mapped[int | None]
    __mapper_args__ = {"version_id_col": Proposal.version}  # noqa: RUF012 - SQLAlchemy's own form


class ExchangeRate(Keyed, Base):
    """Yuan for 100 units of a currency, as the office entered it from a named source."""

    __tablename__ = "exchange_rate"
    __table_args__ = (
        sa.UniqueConstraint("currency", "on_day"),
        sa.CheckConstraint("per_100 > 0", name="positive"),
    )

    currency: Mapped[str] = mapped_column(sa.String(3))
    on_day: Mapped[date] = mapped_column(sa.Date())
    per_100: Mapped[Decimal] = mapped_column(sa.Numeric(14, 4))
    source: Mapped[str] = mapped_column(sa.String(120))
    set_by: Mapped[str] = mapped_column(sa.String(80))
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class TreatyRow(Keyed, Base):
    """Terms for one nationality; * is everybody without a row of their own."""

    __tablename__ = "treaty_term"
    __table_args__ = (sa.CheckConstraint("NOT (mandatory AND opt_out)", name="mandatory_or_opt_out"),)

    code: Mapped[str] = mapped_column(sa.String(3), unique=True)
    basis: Mapped[Basis] = mapped_column(CodeEnum(Basis))
    instrument: Mapped[str] = mapped_column(sa.String(200))
    notify_days: Mapped[int | None]
    counting: Mapped[Counting] = mapped_column(CodeEnum(Counting))
    mandatory: Mapped[bool]
    opt_out: Mapped[bool]
    known: Mapped[bool]
    visit_days: Mapped[int | None]
    source: Mapped[str] = mapped_column(sa.String(200))
    confidence: Mapped[Confidence] = mapped_column(CodeEnum(Confidence))
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class TreatyProposal(Proposal, Base):
    """Terms for one nationality as one person wants them; in force once another has applied them.

    `terms`: every term by name, as it is to be. `before`: as they were when proposed, or when applied.
    """

    __tablename__ = "treaty_proposal"
    __table_args__ = (
        sa.Index(
            "uq_treaty_proposal_waiting", "code", unique=True, sqlite_where=_WAITS, postgresql_where=_WAITS
        ),
        *_by_another(),
    )

    code: Mapped[str] = mapped_column(sa.String(3))
    terms: Mapped[dict[str, Any]]
    before: Mapped[dict[str, Any]]
    __mapper_args__ = {"version_id_col": Proposal.version}  # noqa: RUF012 - SQLAlchemy's own form
