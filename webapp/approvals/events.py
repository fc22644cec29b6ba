"""What is recorded and told of approvals."""

from dataclasses import dataclass
from typing import ClassVar

from webapp.core.events import Event, detail, figure
from webapp.core.i18n import N_


@dataclass(frozen=True, kw_only=True)
class ApprovalEvent(Event):
    """`route` and `version` say under which text; `round` counts from 1."""

    route: str = figure()
    route_version: int = figure()
    round: int = figure()
    title: str = detail("")


@dataclass(frozen=True, kw_only=True)
class ApprovalStarted(ApprovalEvent):
    name: ClassVar[str] = "approval.started"
    label: ClassVar[str] = N_("进入审批")

    content_hash: str = figure("")


@dataclass(frozen=True, kw_only=True)
class ApprovalStageOpened(ApprovalEvent):
    """`slots` names the slots of the stage that may be signed from now on."""

    name: ClassVar[str] = "approval.stage_opened"
    label: ClassVar[str] = N_("轮到签批")
    notifies: ClassVar[bool] = True

    stage: str = figure()
    slots: tuple[str, ...] = detail(())


@dataclass(frozen=True, kw_only=True)
class ApprovalNoticePosted(ApprovalEvent):
    name: ClassVar[str] = "approval.notice_posted"
    label: ClassVar[str] = N_("公示已登记")

    stage: str = figure()
    posted_on: str = figure()
    ready_on: str = figure()


@dataclass(frozen=True, kw_only=True)
class ApprovalNoticeMoved(ApprovalEvent):
    """The calendar changed: a notice that is up may be confirmed from another day on."""

    name: ClassVar[str] = "approval.notice_moved"
    label: ClassVar[str] = N_("公示期随日历变动")
    notifies: ClassVar[bool] = True

    stage: str = figure()
    ready_on: str = figure()
    before: str = detail()
    slots: tuple[str, ...] = detail(())


@dataclass(frozen=True, kw_only=True)
class ApprovalDecided(ApprovalEvent):
    """`minutes` since the slot opened, of which its clock stood `paused`; `counted` 1 where the stage's time is
    the office's own. `also`: slots the same decision satisfies.
    """

    name: ClassVar[str] = "approval.decided"
    label: ClassVar[str] = N_("签批")

    stage: str = figure()
    seat: str = figure("")
    verdict: str = figure()
    minutes: int = figure(0)
    paused: int = figure(0)
    counted: int = figure(1)
    late: int = figure(0)
    paper: int = figure(0)
    substitute: int = figure(0)
    also: tuple[str, ...] = figure(())
    content_hash: str = figure("")
    opinion: str = detail("")
    entered_by: str = detail("")


@dataclass(frozen=True, kw_only=True)
class ApprovalReturned(ApprovalEvent):
    name: ClassVar[str] = "approval.returned"
    label: ClassVar[str] = N_("退回修改")
    notifies: ClassVar[bool] = True

    stage: str = figure()


@dataclass(frozen=True, kw_only=True)
class ApprovalRejected(ApprovalEvent):
    name: ClassVar[str] = "approval.rejected"
    label: ClassVar[str] = N_("不同意")
    notifies: ClassVar[bool] = True

    stage: str = figure()


@dataclass(frozen=True, kw_only=True)
class ApprovalConcluded(ApprovalEvent):
    name: ClassVar[str] = "approval.concluded"
    label: ClassVar[str] = N_("审批完成")
    notifies: ClassVar[bool] = True

    minutes: int = figure(0)


@dataclass(frozen=True, kw_only=True)
class ApprovalWithdrawn(ApprovalEvent):
    name: ClassVar[str] = "approval.withdrawn"
    label: ClassVar[str] = N_("撤回申请")
    notifies: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class ApprovalResumed(ApprovalEvent):
    name: ClassVar[str] = "approval.resumed"
    label: ClassVar[str] = N_("重新提交")

    content_hash: str = figure("")


@dataclass(frozen=True, kw_only=True)
class ApprovalAcknowledged(ApprovalEvent):
    name: ClassVar[str] = "approval.acknowledged"
    label: ClassVar[str] = N_("知悉退回")


@dataclass(frozen=True, kw_only=True)
class ApprovalRevoked(ApprovalEvent):
    name: ClassVar[str] = "approval.revoked"
    label: ClassVar[str] = N_("撤销批准")
    notifies: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class ApprovalContentChanged(ApprovalEvent):
    name: ClassVar[str] = "approval.content_changed"
    label: ClassVar[str] = N_("送审内容有变动")

    content_hash: str = figure("")
    sections: tuple[str, ...] = figure(())


@dataclass(frozen=True, kw_only=True)
class ApprovalPaperEntered(ApprovalEvent):
    name: ClassVar[str] = "approval.paper_entered"
    label: ClassVar[str] = N_("代录纸质签批")
    notifies: ClassVar[bool] = True

    stage: str = figure()
    verdict: str = figure()
    scan: str = figure()
    signer: str = detail("")


@dataclass(frozen=True, kw_only=True)
class ApprovalPaperRefused(ApprovalEvent):
    name: ClassVar[str] = "approval.paper_refused"
    label: ClassVar[str] = N_("代录不予确认")

    stage: str = figure()
