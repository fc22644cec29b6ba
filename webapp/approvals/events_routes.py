"""What is recorded of the routes themselves."""

from dataclasses import dataclass
from typing import ClassVar

from webapp.approvals.events import ApprovalEvent
from webapp.core.events import Event, detail, figure
from webapp.core.i18n import N_


@dataclass(frozen=True, kw_only=True)
class RouteEvent(Event):
    """`text_sha256` names exactly which text was meant."""

    route: str = figure()
    route_version: int = figure()
    text_sha256: str = figure()
    title: str = detail("")


@dataclass(frozen=True, kw_only=True)
class RouteProposed(RouteEvent):
    name: ClassVar[str] = "approval_route.proposed"
    label: ClassVar[str] = N_("提出审批路线")
    notifies: ClassVar[bool] = True

    valid_from: str = figure()


@dataclass(frozen=True, kw_only=True)
class RouteEnacted(RouteEvent):
    """In force from `valid_from` on; `proposed_by` wrote it, the actor put it in force."""

    name: ClassVar[str] = "approval_route.enacted"
    label: ClassVar[str] = N_("启用审批路线")

    valid_from: str = figure()
    proposed_by: str = detail("")


@dataclass(frozen=True, kw_only=True)
class RouteRefused(RouteEvent):
    """Not put in force: refused by another, or taken back by who proposed it."""

    name: ClassVar[str] = "approval_route.refused"
    label: ClassVar[str] = N_("审批路线没有启用")

    state: str = figure()


@dataclass(frozen=True, kw_only=True)
class OutsideResultEntered(ApprovalEvent):
    """An authority outside has answered; the decision that follows from it is an entry of its own."""

    name: ClassVar[str] = "approval.outside_result_entered"
    label: ClassVar[str] = N_("登记外部结果")

    stage: str = figure()
    verdict: str = figure()
    decided_on: str = figure()
    scan: str = figure()
    authority: str = detail()
    document_no: str = detail()
