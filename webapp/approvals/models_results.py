"""Table of results that came from outside: what a province or another office decided, entered by hand."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.approvals.states import Verdict
from webapp.core.db import Base, CodeEnum, Keyed


class OutsideResult(Keyed, Base):
    """One answer to one external slot, with the authority's number, its date and the scanned paper."""

    __tablename__ = "approval_outside_result"

    request_id: Mapped[UUID] = mapped_column(sa.ForeignKey("approval_request.id"), index=True)
    stage_id: Mapped[UUID] = mapped_column(sa.ForeignKey("approval_stage.id"), unique=True)
    verdict: Mapped[Verdict] = mapped_column(CodeEnum(Verdict))
    authority: Mapped[str] = mapped_column(sa.String(120))
    document_no: Mapped[str] = mapped_column(sa.String(60))
    decided_on: Mapped[date]
    note: Mapped[str] = mapped_column(sa.String(800), default="")
    scan_id: Mapped[UUID] = mapped_column(sa.ForeignKey("attachment.id"), index=True)
    entered_by: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"), index=True)
    entered_at: Mapped[datetime]
