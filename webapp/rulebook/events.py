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
    """A new table is in force from its day; `proposed_by` read it in, the actor put it in force."""

    name: ClassVar[str] = "fee_standards.imported"
    label: ClassVar[str] = N_("导入开支标准")
    row_count: int = figure()
    document: str = detail()
    proposed_by: str = detail()


@dataclass(frozen=True, kw_only=True)
class FeesProposed(Event):
    name: ClassVar[str] = "fee_standards.proposed"
    label: ClassVar[str] = N_("提出新的开支标准")
    notifies: ClassVar[bool] = True
    row_count: int = figure()
    new_count: int = figure()
    changed_count: int = figure()
    gone_count: int = figure()
    document: str = detail()


@dataclass(frozen=True, kw_only=True)
class FeesRefused(Event):
    """Not put in force: refused by another, or taken back by who proposed it."""

    name: ClassVar[str] = "fee_standards.refused"
    label: ClassVar[str] = N_("开支标准没有启用")
    state: str = figure()
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
    """Other terms are in force; `proposed_by` wanted them so, the actor put them in force."""

    name: ClassVar[str] = "treaty.changed"
    label: ClassVar[str] = N_("修改领事条约条款")
    nationality: str = figure()
    proposed_by: str = detail()


@dataclass(frozen=True, kw_only=True)
class TreatyProposed(Event):
    name: ClassVar[str] = "treaty.proposed"
    label: ClassVar[str] = N_("提出修改领事条约条款")
    notifies: ClassVar[bool] = True
    nationality: str = figure()


@dataclass(frozen=True, kw_only=True)
class TreatyRefused(Event):
    """Not put in force: refused by another, or taken back by who proposed it."""

    name: ClassVar[str] = "treaty.refused"
    label: ClassVar[str] = N_("领事条约条款的修改没有启用")
    state: str = figure()
    nationality: str = figure()
