"""Parameters of rules as people type them: each keeps the type of the value it replaces."""

from collections.abc import Mapping
from typing import Any

from webapp.core.i18n import N_, gettext
from webapp.deadlines.states import TimeUnit
from webapp.rulebook.rules_documents import FIELD_LABELS
from webapp.rulebook.rules_dues import BEIJING

LABELS: dict[str, str] = {
    "research_exempt": N_("教学科研团组不占指标"),
    "hkmo_exempt": N_("赴港澳不占指标"),
    "taiwan_exempt": N_("赴台不占指标"),
    "max_members": N_("人数上限"),
    "includes_interpreter": N_("翻译计入人数"),
    "window_days": N_("前后相隔天数"),
    "limits": N_("国家数=天数"),
    "max_countries": N_("国家数上限"),
    "numerator": N_("比例（分子）"),
    "denominator": N_("比例（分母）"),
    "required": N_("邀请函必填内容"),
    "needs_original": N_("要求原件"),
    "needs_translation": N_("要求译文"),
    "working_days": N_("工作日"),
    "unit": N_("计算单位"),
    "count": N_("数量"),
    "variant": N_("计算办法"),
    "tolerance_days": N_("红眼航班可以多出的天数"),
    "roll": N_("遇休息日顺延"),
    "incidentals_percent_with_transport": N_("有交通工具时公杂费百分比"),
    "lock_after_days": N_("逾期天数"),
    "phone_minutes": N_("电话报告分钟数"),
    "hours_by_level": N_("等级=小时"),
    "unset_level_hours": N_("未定级时小时数"),
    "follow_up_hours_by_level": N_("续报：等级=小时"),
    "final_working_days": N_("终报工作日"),
    "lessons_working_days": N_("总结工作日"),
    "hours": N_("小时"),
    "days": N_("天数"),
    "no_treaty_days": N_("没有条约时的天数"),
    "unknown_terms_days": N_("条款未知时的天数"),
    "target_hours_per_day": N_("内部目标：每日折算小时"),
}
UNITS = (TimeUnit.CALENDAR_DAYS.value, TimeUnit.WORKING_DAYS.value, TimeUnit.MONTHS.value)
CHOICES: dict[str, tuple[str, ...]] = {
    "unit": UNITS,
    "variant": (TimeUnit.CALENDAR_DAYS.value, TimeUnit.WORKING_DAYS.value, BEIJING),
}
CHOICE_LABELS: dict[str, str] = {
    TimeUnit.CALENDAR_DAYS.value: N_("日"),
    TimeUnit.WORKING_DAYS.value: N_("工作日"),
    TimeUnit.MONTHS.value: N_("个月"),
    BEIJING: N_("出境日加批准天数再加（北京算法）"),
}
MOST = 100_000
DUTIES = "INC-"
"""Rules with this beginning are duties towards foreigners and superiors; an office sets their numbers only."""


def shown(value: Any) -> str:
    """A value as it stands in the form's field."""
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={number}" for key, number in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return str(value)


def read(current: Mapping[str, Any], typed: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """What was typed as values of the rule's own types, and what is wrong by field (translated).

    A box that was not ticked is not sent: a missing yes-or-no value is no.
    """
    values: dict[str, Any] = {}
    wrong: dict[str, list[str]] = {}
    for name, old in current.items():
        text = str(typed.get(name, "")).strip()
        try:
            values[name] = _value(name, old, text)
        except ValueError as error:
            wrong[name] = [gettext(str(error))]
    if not wrong and values.get("numerator", 0) > values.get("denominator", 0):
        wrong["numerator"] = [gettext(N_("分子不能大于分母。"))]
    return values, wrong


def _value(name: str, old: Any, text: str) -> Any:
    if isinstance(old, bool):
        return bool(text)
    if isinstance(old, int):
        return _number(text)
    if isinstance(old, Mapping):
        return _table(text, old)
    if isinstance(old, list | tuple):
        items = [item.strip() for item in text.replace("，", ",").split(",") if item.strip()]
        if any(item not in FIELD_LABELS for item in items):
            raise ValueError(N_("只能用列出的内容。"))
        return items
    if text not in CHOICES.get(name, ()):
        raise ValueError(N_("请从列出的选项中选择。"))
    return text


def _table(text: str, old: Mapping[str, Any]) -> dict[str, int]:
    """The same keys as before with new numbers: checks look every one of them up."""
    found: dict[str, int] = {}
    for part in text.replace("，", ",").split(","):
        key, sign, number = part.partition("=")
        if not sign:
            raise ValueError(N_("请按“1=5, 2=8”的样子填写。"))
        found[key.strip()] = _number(number.strip())
    if set(found) != set(old):
        raise ValueError(N_("每一档都要填写，不能增减。"))
    return found


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) <= MOST:
        raise ValueError(N_("请填大于 0 的整数。"))
    return int(text)
