"""What the names in a foreign log mean here: a YAML file, checked before the first case is read."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from webapp.core.errors import Invalid
from webapp.core.i18n import N_
from webapp.imports.readers import CsvColumns


class Act(StrEnum):
    """What an event does to a request, in the engine's words."""

    DRAFT = "draft"
    SUBMIT = "submit"
    APPROVE = "approve"
    FINAL_APPROVE = "final_approve"
    RETURN = "return"
    ACKNOWLEDGE = "acknowledge"
    REVOKE = "revoke"
    HAND_OVER = "hand_over"
    IGNORE = "ignore"


@dataclass(frozen=True)
class Rule:
    pattern: re.Pattern[str]
    act: Act
    role: str | None


@dataclass(frozen=True)
class Mapped:
    """An event of the log in our words; `role` is the code of the role that acted."""

    act: Act
    role: str


@dataclass(frozen=True)
class Mapping:
    kind: str
    title: str
    zone: ZoneInfo
    columns: CsvColumns
    rules: tuple[Rule, ...]
    applicant: str

    def read(self, name: str) -> Mapped | None:
        """The first rule whose pattern takes the whole name; None when no rule knows it."""
        for rule in self.rules:
            match = rule.pattern.fullmatch(name)
            if match:
                named = match.groupdict().get("role")
                return Mapped(rule.act, code(rule.role or named or self.applicant))
        return None


_KEYS = {"version", "kind", "title", "timezone", "csv", "applicant", "events"}
_KIND = re.compile(r"[a-z][a-z0-9_]{2,29}")


def code(role: str) -> str:
    """A role's name as a code: `BUDGET OWNER` becomes `budget_owner`."""
    return re.sub(r"[^a-z0-9]+", "_", role.lower()).strip("_")


def parse(text: str) -> Mapping:
    """Read a mapping. Raises `Invalid` naming the key that cannot be understood."""
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise _fault("mapping", str(error)) from error
    if not isinstance(data, dict) or set(data) - _KEYS:
        raise _fault(
            "mapping", f"unknown keys: {sorted(set(data) - _KEYS) if isinstance(data, dict) else data}"
        )
    if data.get("version") != 1:
        raise _fault("version", "must be 1")
    kind = str(data.get("kind", ""))
    if not _KIND.fullmatch(kind):
        raise _fault("kind", kind)
    try:
        zone = ZoneInfo(str(data.get("timezone", "Asia/Shanghai")))
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise _fault("timezone", str(error)) from error
    rules = tuple(_rule(number, item) for number, item in enumerate(data.get("events") or ()))
    if not rules:
        raise _fault("events", "none")
    return Mapping(
        kind=kind,
        title=str(data.get("title", kind)),
        zone=zone,
        columns=CsvColumns(**(data.get("csv") or {})),
        rules=rules,
        applicant=code(str(data.get("applicant", "employee"))),
    )


def _rule(number: int, item: Any) -> Rule:
    if not isinstance(item, dict) or not {"match", "act"} <= set(item) <= {"match", "act", "role"}:
        raise _fault(f"events-{number}", "needs match and act")
    try:
        pattern = re.compile(str(item["match"]))
        act = Act(str(item["act"]))
    except (re.error, ValueError) as error:
        raise _fault(f"events-{number}", str(error)) from error
    return Rule(pattern, act, str(item["role"]) if "role" in item else None)


def _fault(place: str, detail: str) -> Invalid:
    return Invalid(
        "mapping_wrong", fields={place: [N_("映射文件这里写得不对。")]}, place=place, detail=detail
    )
