"""Tables of routes, requests, their slots by round, decisions, paper entries and turns."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.approvals.route import RouteKind
from webapp.approvals.states import Move, Placed, ProposalState, RequestState, SlotState, Verdict
from webapp.core.db import Base, CodeEnum, JsonDict, Keyed
from webapp.core.permissions import Role


def _where_set(name: str, column: str) -> sa.Index:
    """An index of a reference that is seldom set, over the rows where it is."""
    is_set = sa.column(column).is_not(None)
    return sa.Index(name, column, sqlite_where=is_set, postgresql_where=is_set)


class ApprovalRoute(Keyed, Base):
    """One version of a route. Never changed: a running request stays with the version it began under.

    In force from `valid_from` on until a later version is; what the product ships has nobody in `set_by`.
    """

    __tablename__ = "approval_route"
    __table_args__ = (sa.UniqueConstraint("code", "version"),)

    code: Mapped[str] = mapped_column(sa.String(80))
    version: Mapped[int]
    kind: Mapped[RouteKind] = mapped_column(CodeEnum(RouteKind))
    title: Mapped[str] = mapped_column(sa.String(120))
    definition: Mapped[dict[str, Any]] = mapped_column(JsonDict)
    created_at: Mapped[datetime]
    text: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    valid_from: Mapped[date | None]
    reason: Mapped[str] = mapped_column(sa.String(300), default="", server_default="")
    proposed_by: Mapped[str] = mapped_column(sa.String(80), default="", server_default="")
    set_by_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    set_by: Mapped[str] = mapped_column(sa.String(80), default="", server_default="")


class RouteProposal(Keyed, Base):
    """A route's text that somebody wants in force from a day on; another person puts it there or refuses it."""

    __tablename__ = "approval_route_proposal"
    __table_args__ = (
        sa.CheckConstraint(
            "state <> 'applied' OR (settled_by_id IS NOT NULL AND settled_by_id <> proposed_by_id)",
            name="four_eyes",
        ),
    )

    number: Mapped[int] = mapped_column(unique=True)
    state: Mapped[ProposalState] = mapped_column(CodeEnum(ProposalState), default=ProposalState.PROPOSED)
    code: Mapped[str] = mapped_column(sa.String(80), index=True)
    route_version: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(120))
    text: Mapped[str] = mapped_column(sa.Text)
    valid_from: Mapped[date]
    reason: Mapped[str] = mapped_column(sa.String(300))
    proposed_by_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"), index=True)
    proposed_by: Mapped[str] = mapped_column(sa.String(80))
    proposed_at: Mapped[datetime]
    settled_by_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    settled_by: Mapped[str] = mapped_column(sa.String(80), default="")
    settled_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(sa.String(300), default="")
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class ApprovalRequest(Keyed, Base):
    """A subject under approval, for the subject's whole life; rounds follow each other in it.

    `title`, `lede` and the three counts of findings are what a card in the inbox shows without asking the
    subject. `content` maps sections to hashes; `content_hash` is the hash of that map, which decisions sign.
    `comeback_key`: the slot a returned request comes back to when it is submitted again; empty: it runs again.
    """

    __tablename__ = "approval_request"
    __table_args__ = (
        sa.UniqueConstraint("subject_id"),
        sa.Index("ix_approval_request_requester", "requester_id", "started_at"),
        sa.Index("ix_approval_request_number", "subject_kind", "number"),
    )

    subject_kind: Mapped[str] = mapped_column(sa.String(30))
    subject_id: Mapped[UUID]
    number: Mapped[str] = mapped_column(sa.String(60), default="")
    title: Mapped[str] = mapped_column(sa.String(200), default="")
    lede: Mapped[str] = mapped_column(sa.String(300), default="")
    link: Mapped[str] = mapped_column(sa.String(200), default="")
    unit_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    unit_code: Mapped[str] = mapped_column(sa.String(40), default="")
    unit_path: Mapped[str] = mapped_column(sa.String(400), default="")
    route_id: Mapped[UUID] = mapped_column(sa.ForeignKey("approval_route.id"), index=True)
    state: Mapped[RequestState] = mapped_column(CodeEnum(RequestState))
    round: Mapped[int] = mapped_column(default=1)
    requester_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    parties: Mapped[dict[str, Any]] = mapped_column(JsonDict)
    facts: Mapped[dict[str, Any]] = mapped_column(JsonDict)
    content: Mapped[dict[str, Any]] = mapped_column(JsonDict)
    content_hash: Mapped[str] = mapped_column(sa.String(64), default="")
    unmet_count: Mapped[int] = mapped_column(default=0)
    explain_count: Mapped[int] = mapped_column(default=0)
    passed_count: Mapped[int] = mapped_column(default=0)
    comeback_key: Mapped[str] = mapped_column(sa.String(500), default="", server_default="")
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    origin: Mapped[str] = mapped_column(sa.String(80), default="native")
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class ApprovalStage(Keyed, Base):
    """A slot: one signature wanted in one round, of a pool (a role that covers `unit_path`) or of `person_id` alone.

    `sections_hash`: what the sections this stage answers for looked like when it was signed. `seen_at`: when
    somebody who may sign it first opened the sheet. `paused_at`: since when its clock stands; `paused_minutes` and
    `paused_wd` (working days) are what earlier pauses took, which the limit does not count.
    """

    __tablename__ = "approval_stage"
    __table_args__ = (
        sa.UniqueConstraint("request_id", "round", "key"),
        sa.Index(
            "ix_approval_stage_open",
            "role",
            "due_at",
            "id",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        ),
        _where_set("ix_approval_stage_person", "person_id"),
        _where_set("ix_approval_stage_added_by", "added_by_id"),
    )

    request_id: Mapped[UUID] = mapped_column(sa.ForeignKey("approval_request.id"))
    round: Mapped[int]
    position: Mapped[int]
    key: Mapped[str] = mapped_column(sa.String(500))
    stage: Mapped[str] = mapped_column(sa.String(60))
    seat: Mapped[str] = mapped_column(sa.String(60), default="")
    title: Mapped[str] = mapped_column(sa.String(80))
    role: Mapped[Role | None] = mapped_column(CodeEnum(Role))
    unit_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    unit_path: Mapped[str] = mapped_column(sa.String(400), default="")
    step: Mapped[int]
    order: Mapped[int] = mapped_column(default=0)
    state: Mapped[SlotState] = mapped_column(CodeEnum(SlotState))
    limit_wd: Mapped[int | None]
    opened_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    posted_on: Mapped[date | None]
    ready_on: Mapped[date | None]
    signer_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    principal_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    sections_hash: Mapped[str] = mapped_column(sa.String(64), default="")
    ended_at: Mapped[datetime | None]
    person_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    added_to: Mapped[str] = mapped_column(sa.String(500), default="", server_default="")
    placed: Mapped[Placed | None] = mapped_column(CodeEnum(Placed))
    added_by_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    seen_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    paused_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    paused_wd: Mapped[int] = mapped_column(default=0, server_default="0")


_STANDING = sa.text("is_standing")


class ApprovalDecision(Keyed, Base):
    """A verdict that was given. Among standing ones: one per slot and round, a person once per round.

    `once_id` is the person where the once-a-round rule holds (judgements of configured routes), else empty:
    notices are attested, and imported history has one account per role.
    """

    __tablename__ = "approval_decision"
    __table_args__ = (
        sa.Index(
            "uq_approval_decision_slot",
            "stage_id",
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
        sa.Index(
            "uq_approval_decision_person",
            "request_id",
            "round",
            "once_id",
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
        sa.Index("ix_approval_decision_person_at", "person_id", "decided_at"),
    )

    request_id: Mapped[UUID] = mapped_column(sa.ForeignKey("approval_request.id"), index=True)
    stage_id: Mapped[UUID] = mapped_column(sa.ForeignKey("approval_stage.id"), index=True)
    round: Mapped[int]
    verdict: Mapped[Verdict] = mapped_column(CodeEnum(Verdict))
    opinion: Mapped[str] = mapped_column(sa.String(1000), default="")
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    principal_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    once_id: Mapped[UUID | None]
    grant_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("role_grant.id"), index=True)
    decided_at: Mapped[datetime]
    content_hash: Mapped[str] = mapped_column(sa.String(64), default="")
    is_standing: Mapped[bool] = mapped_column(default=True)
    paper_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("approval_paper.id"), index=True)


class ApprovalPaper(Keyed, Base):
    """A decision signed on paper, entered by one person and in force once another has confirmed it (代录)."""

    __tablename__ = "approval_paper"
    __table_args__ = (
        sa.CheckConstraint("confirmed_by IS NULL OR confirmed_by <> entered_by", name="two_persons"),
    )

    request_id: Mapped[UUID] = mapped_column(sa.ForeignKey("approval_request.id"), index=True)
    stage_id: Mapped[UUID] = mapped_column(sa.ForeignKey("approval_stage.id"), index=True)
    verdict: Mapped[Verdict] = mapped_column(CodeEnum(Verdict))
    opinion: Mapped[str] = mapped_column(sa.String(1000), default="")
    signer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"), index=True)
    signed_on: Mapped[date]
    scan_id: Mapped[UUID] = mapped_column(sa.ForeignKey("attachment.id"), index=True)
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    entered_by: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"), index=True)
    entered_at: Mapped[datetime]
    confirmed_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    closed_at: Mapped[datetime | None]


class ApprovalTurn(Keyed, Base):
    """A line of the record that is no verdict: filed, withdrawn, forwarded, asked, a comment. Never changed.

    `other_id`: whom it concerns (forwarded or copied to, added); `stage`: the title of the stage it happened in.
    """

    __tablename__ = "approval_turn"
    __table_args__ = (_where_set("ix_approval_turn_other", "other_id"),)

    request_id: Mapped[UUID] = mapped_column(sa.ForeignKey("approval_request.id"), index=True)
    round: Mapped[int]
    move: Mapped[Move | None] = mapped_column(CodeEnum(Move))
    person_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    reason: Mapped[str] = mapped_column(sa.String(1000), default="")
    at: Mapped[datetime]
    content: Mapped[dict[str, Any]] = mapped_column(JsonDict)
    other_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    stage: Mapped[str] = mapped_column(sa.String(80), default="", server_default="")
