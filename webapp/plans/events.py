"""What happens to plans, quotas and budgets."""

from dataclasses import dataclass
from typing import ClassVar

from webapp.core.events import Event, detail, figure
from webapp.core.i18n import N_


@dataclass(frozen=True, kw_only=True)
class AllotmentSet(Event):
    name: ClassVar[str] = "allotment.set"
    label: ClassVar[str] = N_("核定指标和预算")
    year: int = figure()
    quota: int | None = figure(default=None)
    delegation_quota: int | None = figure(default=None)
    document: str = detail()


@dataclass(frozen=True, kw_only=True)
class PlanItemKept(Event):
    name: ClassVar[str] = "plan_item.kept"
    label: ClassVar[str] = N_("保存计划项目")
    year: int = figure()
    item: str = figure()
    state: str = figure()
    person_count: int = figure()
    title: str = detail()


@dataclass(frozen=True, kw_only=True)
class _QuotaEvent(Event):
    """About the request that holds; `quota_unit` is the code of the unit whose year is held."""

    quota_unit: str = figure()
    year: int = figure()
    persons: int = figure()
    delegations: int = figure(0)
    fen: int = figure()


@dataclass(frozen=True, kw_only=True)
class QuotaReserved(_QuotaEvent):
    name: ClassVar[str] = "quota.reserved"
    label: ClassVar[str] = N_("占用指标（在审）")


@dataclass(frozen=True, kw_only=True)
class QuotaUsed(_QuotaEvent):
    name: ClassVar[str] = "quota.used"
    label: ClassVar[str] = N_("使用指标")


@dataclass(frozen=True, kw_only=True)
class QuotaReleased(_QuotaEvent):
    name: ClassVar[str] = "quota.released"
    label: ClassVar[str] = N_("释放指标")
