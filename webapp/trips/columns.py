"""How the sheets of the application look: their columns, and the page that asks when two people clash."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from webapp.core.i18n import N_, gettext
from webapp.rulebook.states import BudgetItem, Employment, Half, Rank
from webapp.trips.commands_sections import DECLARATIONS, LABELS, MemberRole, Section, Transit
from webapp.trips.pages import as_text
from webapp.trips.rules import Clash


@dataclass(frozen=True)
class Column:
    """One column of a sheet. `kind`: text, day, number, money, check, country, unit, person, choice.

    `usual` is chosen in an empty row: a sheet must not make everybody a minister or a head of delegation.
    """

    name: str
    label: str
    kind: str = "text"
    options: tuple[StrEnum, ...] = ()
    wide: bool = False
    usual: StrEnum | None = None


_MODE = N_("方式")
SHEETS: dict[Section, tuple[Column, ...]] = {
    Section.LEGS: (
        Column("depart_on", N_("出发日期"), "day"),
        Column("from_city", N_("从")),
        Column("to_country", N_("到哪个国家或地区"), "country"),
        Column("to_city", N_("到哪个城市")),
        Column("arrive_on", N_("到达日期"), "day"),
        Column("mode", _MODE, "mode"),
        Column("transit", N_("到达是为了"), "choice", tuple(Transit)),
    ),
    Section.SLOTS: (
        Column("on_day", N_("日期"), "day"),
        Column("half", N_("时段"), "choice", tuple(Half)),
        Column("what", N_("安排"), wide=True),
        Column("is_official", N_("公务"), "check"),
    ),
    Section.MEMBERS: (
        Column("name", N_("姓名")),
        Column("unit_code", N_("派出单位"), "unit"),
        Column("post", N_("职务"), wide=True),
        Column("rank", N_("职级"), "choice", tuple(Rank), usual=Rank.SECTION),
        Column("role", N_("团内分工"), "choice", tuple(MemberRole), usual=MemberRole.MEMBER),
        Column("employment", N_("人员属性"), "choice", tuple(Employment)),
        Column("person_id", N_("登记册里的人"), "person"),
    ),
    Section.BUDGET: (
        Column("item", N_("项目"), "choice", tuple(BudgetItem)),
        Column("country", N_("国家或地区"), "country"),
        Column("city", N_("城市")),
        Column("currency", N_("币种")),
        Column("persons", N_("人数"), "number"),
        Column("quantity", N_("晚、天或次"), "number"),
        Column("claimed", N_("每人申报"), "money"),
        Column("rate", N_("汇率"), "money"),
        Column("host_provides", N_("对方提供"), "check"),
        Column("car_hired", N_("租车"), "check"),
        Column("note", N_("备注")),
    ),
}

FIELD_LABELS: dict[str, str] = {
    "title": N_("团组名称"),
    "delegation_class": N_("团组类别"),
    "route_kind": N_("去向"),
    "purpose": N_("出访任务"),
    "is_urgent": N_("紧急团组"),
    "is_poorly_connected": N_("航班衔接不便"),
    "plan_item": N_("年度计划编号"),
    "fund_source": N_("经费来源"),
    "contact": N_("联系人和电话"),
    "inviter": N_("邀请单位"),
    "countries": N_("覆盖的国家或地区"),
    "profile": N_("邀请单位情况"),
    "signatory": N_("签发人"),
    "dated_on": N_("签发日期"),
    "stay_from": N_("邀请开始日期"),
    "stay_until": N_("邀请结束日期"),
    "cost_bearer": N_("费用承担"),
    "is_via_intermediary": N_("通过中介机构"),
    "text": N_("说明"),
}


def of(section: Section) -> tuple[Column, ...]:
    """The columns of a section shown as a sheet, none for the others."""
    return SHEETS.get(section, ())


@dataclass(frozen=True)
class ConflictField:
    """A field of the page that asks: settled ones travel hidden, clashing ones offer two values."""

    name: str
    value: str
    label: str = ""
    mine: str = ""
    mine_words: str = ""
    theirs_words: str = ""
    asks: bool = False


def conflict_fields(
    section: Section, merged: Mapping[str, Any], clashes: Iterable[Clash], people: Mapping[str, str]
) -> list[ConflictField]:
    """The whole section as fields to send again, with a choice where two people differ.

    `people` are words for those of the register, by id.
    """
    asked = {clash.cell: clash for clash in clashes}
    keys = list(dict.fromkeys(cell.rpartition(".")[0] for cell in {**merged, **asked}))
    found: list[ConflictField] = []
    for index, key in enumerate(keys):
        if key and any(cell.rpartition(".")[0] == key for cell in merged):
            found.append(ConflictField(f"{section.value}-{index}-key", key))
    for cell in {**merged, **asked}:
        key, _, column = cell.rpartition(".")
        name = f"{section.value}-{keys.index(key)}-{column}" if key else column
        clash = asked.get(cell)
        current = as_text("", merged.get(cell))
        if clash is None:
            found.append(ConflictField(name, current))
            continue
        found.append(
            ConflictField(
                name,
                current,
                label=_label(section, column, keys.index(key) + 1 if key else 0),
                mine=as_text("", clash.mine),
                mine_words=_words(column, clash.mine, people),
                theirs_words=_words(column, clash.theirs, people),
                asks=True,
            )
        )
    return found


def _label(section: Section, column: str, row: int) -> str:
    named = {c.name: c.label for c in of(section)} | FIELD_LABELS | DECLARATIONS
    words = gettext(named.get(column, column))
    return gettext("第 %(n)s 行，%(what)s", n=row, what=words) if row else words


def _words(column: str, value: Any, people: Mapping[str, str]) -> str:
    """A value as it is read, not as it is sent."""
    if column == "person_id":
        return people.get(str(value)) or gettext("不在登记册")
    if isinstance(value, StrEnum):
        return gettext(LABELS[value])
    if isinstance(value, bool):
        return gettext("是") if value else gettext("否")
    return as_text(column, value) or gettext("（空）")
