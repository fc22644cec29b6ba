"""What is recorded and told of everything approvers and applicants do besides verdicts."""

from dataclasses import dataclass
from typing import ClassVar

from webapp.approvals.events import ApprovalEvent
from webapp.core.events import detail, figure
from webapp.core.i18n import N_


@dataclass(frozen=True, kw_only=True)
class OfStage(ApprovalEvent):
    """Of one slot: `stage` and `seat` as in the route, `slot` its key."""

    stage: str = figure("")
    seat: str = figure("")
    slot: str = detail("")


@dataclass(frozen=True, kw_only=True)
class OfPerson(OfStage):
    """`to` is the account it goes to, with its name as it was then."""

    to: str = detail("")
    to_name: str = detail("")


@dataclass(frozen=True, kw_only=True)
class ApprovalSheetOpened(OfStage):
    """Somebody who may sign the slot has opened the sheet for the first time."""

    name: ClassVar[str] = "approval.sheet_opened"
    label: ClassVar[str] = N_("已打开查看")


@dataclass(frozen=True, kw_only=True)
class ApprovalTakenBack(OfStage):
    """The signature is no longer standing; `slots` had been opened by it and wait again."""

    name: ClassVar[str] = "approval.taken_back"
    label: ClassVar[str] = N_("拿回签批")
    notifies: ClassVar[bool] = True

    seconds: int = figure(0)
    slots: tuple[str, ...] = detail(())


@dataclass(frozen=True, kw_only=True)
class ApprovalSentBack(OfStage):
    """A new round with the same content begins at `to_stage`; `comeback` says what runs after it."""

    name: ClassVar[str] = "approval.sent_back"
    label: ClassVar[str] = N_("退回前面环节")
    notifies: ClassVar[bool] = True

    to_stage: str = figure()
    comeback: str = figure()
    content_hash: str = figure("")


@dataclass(frozen=True, kw_only=True)
class ApprovalForwarded(OfPerson):
    name: ClassVar[str] = "approval.forwarded"
    label: ClassVar[str] = N_("转交")
    notifies: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class ApprovalSignerAdded(OfPerson):
    """`placed`: before, after, beside, or delegated (advice that decides nothing)."""

    name: ClassVar[str] = "approval.signer_added"
    label: ClassVar[str] = N_("加签")

    placed: str = figure()


@dataclass(frozen=True, kw_only=True)
class ApprovalSignerRemoved(OfPerson):
    name: ClassVar[str] = "approval.signer_removed"
    label: ClassVar[str] = N_("减签")
    notifies: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class ApprovalUrged(ApprovalEvent):
    """`slots` are those that were open."""

    name: ClassVar[str] = "approval.urged"
    label: ClassVar[str] = N_("催办")
    notifies: ClassVar[bool] = True

    slots: tuple[str, ...] = detail(())


@dataclass(frozen=True, kw_only=True)
class ApprovalInformationAsked(OfStage):
    """The slot's clock stands from here on."""

    name: ClassVar[str] = "approval.information_asked"
    label: ClassVar[str] = N_("要求补充说明")
    notifies: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class ApprovalInformationGiven(OfStage):
    """`minutes` the clock stood."""

    name: ClassVar[str] = "approval.information_given"
    label: ClassVar[str] = N_("补充说明")

    minutes: int = figure(0)


@dataclass(frozen=True, kw_only=True)
class ApprovalQuestionCancelled(OfStage):
    name: ClassVar[str] = "approval.question_cancelled"
    label: ClassVar[str] = N_("不再等说明")

    minutes: int = figure(0)


@dataclass(frozen=True, kw_only=True)
class ApprovalCopied(OfPerson):
    name: ClassVar[str] = "approval.copied"
    label: ClassVar[str] = N_("抄送")
    notifies: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class ApprovalCommented(ApprovalEvent):
    name: ClassVar[str] = "approval.commented"
    label: ClassVar[str] = N_("评论")
    notifies: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class ApprovalSuspended(ApprovalEvent):
    name: ClassVar[str] = "approval.suspended"
    label: ClassVar[str] = N_("挂起")
    notifies: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class ApprovalContinued(ApprovalEvent):
    """`minutes` it was suspended."""

    name: ClassVar[str] = "approval.continued"
    label: ClassVar[str] = N_("恢复办理")
    notifies: ClassVar[bool] = True

    minutes: int = figure(0)
