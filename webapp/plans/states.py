"""States of plan items and of what a request holds."""

from enum import StrEnum

from webapp.core.i18n import N_


class PlanState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    REPLACED = "replaced"
    DROPPED = "dropped"


class HoldState(StrEnum):
    """Reserved while a request is in review (在审), used once it has a permit, released otherwise."""

    RESERVED = "reserved"
    USED = "used"
    RELEASED = "released"


LABELS: dict[StrEnum, str] = {
    PlanState.PROPOSED: N_("待批"),
    PlanState.APPROVED: N_("已批准"),
    PlanState.REPLACED: N_("已被替换"),
    PlanState.DROPPED: N_("已取消"),
    HoldState.RESERVED: N_("在审"),
    HoldState.USED: N_("已用"),
    HoldState.RELEASED: N_("已释放"),
}
