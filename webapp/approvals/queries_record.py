"""All that happened to a request, as the record on its page tells it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.accounts import queries as accounts
from webapp.approvals import queries
from webapp.approvals.models import (
    ApprovalDecision,
    ApprovalPaper,
    ApprovalRequest,
    ApprovalStage,
    ApprovalTurn,
)
from webapp.approvals.states import MOVE_LABELS, VERDICT_LABELS, Move, Verdict
from webapp.core.i18n import N_, gettext


@dataclass(frozen=True)
class RecordLine:
    """One event of the record. `tone` and `icon` follow the design's timeline."""

    who: str
    words: str
    tone: str
    icon: str
    at: datetime
    note: str
    opinion: str
    seal: str
    round: int


_TONES = {
    Verdict.APPROVE: ("ok", "check"),
    Verdict.CONFIRM: ("ok", "check"),
    Verdict.RETURN: ("warn", "arrow-back-up"),
    Verdict.REJECT: ("bad", "x"),
    Verdict.ADVISE: ("info", "message"),
}
_FILED = N_("提交")


@dataclass(frozen=True)
class Happened:
    """Decisions with their stage's title and paper entry, and turns, of all rounds."""

    decisions: Sequence[tuple[ApprovalDecision, str, ApprovalPaper | None]]
    turns: Sequence[ApprovalTurn]

    def people(self) -> set[UUID]:
        """Everybody whose name the record needs."""
        found = {person for row in self.turns for person in (row.person_id, row.other_id)}
        found |= {d.person_id for d, *_rest in self.decisions}
        found |= {d.principal_id for d, *_rest in self.decisions}
        found |= {paper.entered_by for *_rest, paper in self.decisions if paper}
        return {person for person in found if person is not None}


def happened(session: Session, request: ApprovalRequest) -> Happened:
    """Two statements."""
    decisions = session.execute(
        sa.select(ApprovalDecision, ApprovalStage.title, ApprovalPaper)
        .join(ApprovalStage, ApprovalStage.id == ApprovalDecision.stage_id)
        .outerjoin(ApprovalPaper, ApprovalPaper.id == ApprovalDecision.paper_id)
        .where(ApprovalDecision.request_id == request.id)
    ).all()
    turns = session.scalars(sa.select(ApprovalTurn).where(ApprovalTurn.request_id == request.id)).all()
    return Happened([(row[0], row[1], row[2]) for row in decisions], turns)


def last_turn(session: Session, request_id: UUID, move: Move, person: UUID | None = None) -> datetime | None:
    """When the move was last made, by that person where one is named."""
    made = sa.select(sa.func.max(ApprovalTurn.at)).where(
        ApprovalTurn.request_id == request_id, ApprovalTurn.move == move
    )
    return session.scalar(made if person is None else made.where(ApprovalTurn.person_id == person))


def is_copied(session: Session, request_id: UUID, person: UUID) -> bool:
    """Whether the request was copied to the person."""
    copied = sa.select(ApprovalTurn.id).where(
        ApprovalTurn.request_id == request_id, ApprovalTurn.other_id == person, ApprovalTurn.move == Move.COPY
    )
    return session.scalar(copied.limit(1)) is not None


def lines(found: Happened, names: dict[UUID, str]) -> list[RecordLine]:
    """The record, newest first."""
    told = [_decision_line(d, title, paper, names) for d, title, paper in found.decisions]
    told += [_turn_line(row, names) for row in found.turns]
    return sorted(told, key=lambda line: line.at, reverse=True)


def record(session: Session, kind: str, subject_id: UUID) -> list[RecordLine]:
    """All that happened to the subject's request in all rounds, newest first; four statements."""
    request = queries.find(session, kind, subject_id)
    if request is None:
        return []
    found = happened(session, request)
    return lines(found, accounts.names(session, found.people()))


def _decision_line(
    decision: ApprovalDecision, title: str, paper: ApprovalPaper | None, names: dict[UUID, str]
) -> RecordLine:
    who = names.get(decision.person_id, "")
    notes = [gettext(title)]
    if decision.principal_id:
        notes.append(gettext(N_("代 %(name)s 签批"), name=names.get(decision.principal_id, "")))
    if paper is not None:
        notes.append(gettext(N_("代录：%(name)s 录入"), name=names.get(paper.entered_by, "")))
    if not decision.is_standing:
        notes.append(gettext(N_("已拿回，不作数")))
    tone, icon = _TONES[decision.verdict]
    words = gettext(VERDICT_LABELS[decision.verdict])
    note = "，".join(notes)
    return RecordLine(
        who, words, tone, icon, decision.decided_at, note, decision.opinion, who, decision.round
    )


def _turn_line(row: ApprovalTurn, names: dict[UUID, str]) -> RecordLine:
    who = names.get(row.person_id, "") if row.person_id else gettext(N_("系统"))
    words = gettext(MOVE_LABELS[row.move] if row.move else _FILED)
    tone, icon = _MOVE_TONES.get(row.move, ("info", "send")) if row.move else ("info", "send")
    notes = [gettext(N_("第 %(n)s 轮"), n=row.round)] if row.round > 1 and row.move in _OF_A_ROUND else []
    if row.stage:
        notes.append(gettext(row.stage))
    if row.other_id:
        notes.append(gettext(N_("给 %(name)s"), name=names.get(row.other_id, "")))
    return RecordLine(who, words, tone, icon, row.at, "，".join(notes), row.reason, "", row.round)


_OF_A_ROUND = (None, Move.RESUME, Move.WITHDRAW, Move.ACKNOWLEDGE, Move.REVOKE)
_MOVE_TONES = {
    Move.REVOKE: ("bad", "x"),
    Move.WITHDRAW: ("warn", "arrow-back-up"),
    Move.TAKE_BACK: ("warn", "arrow-back-up"),
    Move.SUSPEND: ("warn", "clock"),
    Move.ASK: ("warn", "message"),
    Move.ANSWER: ("info", "message"),
    Move.COMMENT: ("info", "message"),
    Move.URGE: ("info", "bell"),
}
