"""What happens to the rulebook."""

from dataclasses import dataclass
from typing import ClassVar

from webapp.core.events import Event, detail, figure
from webapp.core.i18n import N_


@dataclass(frozen=True, kw_only=True)
class RulebookInstalled(Event):
    """Shipped rules, standards or treaty terms that the database did not hold yet."""

    name: ClassVar[str] = "rulebook.installed"
    label: ClassVar[str] = N_("装入规则")
    rule_count: int = figure()
    fee_count: int = figure()
    treaty_count: int = figure()


@dataclass(frozen=True, kw_only=True)
class RuleChanged(Event):
    name: ClassVar[str] = "rule.changed"
    label: ClassVar[str] = N_("修改规则参数")
    rule: str = figure()
    edition: int = figure()
    basis: str = detail()


@dataclass(frozen=True, kw_only=True)
class FeesImported(Event):
    name: ClassVar[str] = "fee_standards.imported"
    label: ClassVar[str] = N_("导入开支标准")
    row_count: int = figure()
    document: str = detail()


@dataclass(frozen=True, kw_only=True)
class RateSet(Event):
    name: ClassVar[str] = "exchange_rate.set"
    label: ClassVar[str] = N_("录入汇率")
    currency: str = figure()
    on_day: str = figure()
    source: str = detail()


@dataclass(frozen=True, kw_only=True)
class TreatyChanged(Event):
    name: ClassVar[str] = "treaty.changed"
    label: ClassVar[str] = N_("修改领事条约条款")
    nationality: str = figure()
