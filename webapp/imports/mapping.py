"""What the names in a foreign log mean here: a YAML file, checked before the first case is read."""

import hashlib
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from webapp.core.errors import Invalid
from webapp.core.i18n import N_
from webapp.imports.readers import CSV_COLUMNS, XES_COLUMNS, Columns, Form, LogEvent
from webapp.incidents.states import IncidentState


class Engine(StrEnum):
    """Which of our engines the log's cases run through: requests for approval, or cases being handled."""

    REQUESTS = "requests"
    CASES = "cases"


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


class CaseAct(StrEnum):
    """What an event does to a case: it stands at a state now (`reach`), or something was done while it stayed.

    `take_over`: as `note`, and who acts answers for the case from now on.
    """

    REACH = "reach"
    SET_LEVEL = "set_level"
    NOTE = "note"
    TAKE_OVER = "take_over"
    IGNORE = "ignore"


@dataclass(frozen=True)
class Meaning:
    """An event of the log in our words, but for who acted."""

    act: Act | CaseAct
    state: IncidentState | None = None


@dataclass(frozen=True)
class Rule:
    pattern: re.Pattern[str]
    meaning: Meaning
    role: str | None


@dataclass(frozen=True)
class Mapped:
    """An event of the log in our words; `role` is the code of the role that acted."""

    act: Act | CaseAct
    role: str
    state: IncidentState | None = None

    @property
    def is_ignored(self) -> bool:
        return self.act in (Act.IGNORE, CaseAct.IGNORE)


@dataclass(frozen=True)
class Mapping:
    kind: str
    title: str
    engine: Engine
    form: Form
    rules: tuple[Rule, ...]
    applicant: str

    def read(self, event: LogEvent) -> Mapped | None:
        """The first rule whose pattern takes the whole name; None when no rule knows it.

        Who acted: as the rule says, else as the event's name says (`(?P<role>…)`), else as its own attribute says.
        """
        for rule in self.rules:
            match = rule.pattern.fullmatch(event.name)
            if match:
                named = rule.role or match.groupdict().get("role") or event.actor or self.applicant
                return Mapped(rule.meaning.act, code(named), rule.meaning.state)
        return None


_KEYS = {"version", "kind", "title", "engine", "timezone", "xes", "csv", "applicant", "events"}
_KIND = re.compile(r"[a-z][a-z0-9_]{2,29}")
_CODE_LENGTH = 40


def code(role: str) -> str:
    """A role's name as a code: `BUDGET OWNER` becomes `budget_owner`, `处长` stays; long names stay different."""
    made = re.sub(r"[\W_]+", "_", role.lower()).strip("_") or "unnamed"
    if len(made) <= _CODE_LENGTH:
        return made
    return f"{made[: _CODE_LENGTH - 9]}_{hashlib.sha256(role.encode()).hexdigest()[:8]}"


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
        engine = Engine(str(data.get("engine", Engine.REQUESTS.value)))
    except ValueError as error:
        raise _fault("engine", str(error)) from error
    try:
        zone = ZoneInfo(str(data.get("timezone", "Asia/Shanghai")))
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise _fault("timezone", str(error)) from error
    rules = tuple(_rule(number, item, engine) for number, item in enumerate(_items(data.get("events"))))
    if not rules:
        raise _fault("events", "none")
    return Mapping(
        kind=kind,
        title=str(data.get("title", kind)),
        engine=engine,
        form=Form(zone, _columns("xes", data, XES_COLUMNS), _columns("csv", data, CSV_COLUMNS)),
        rules=rules,
        applicant=code(str(data.get("applicant", "employee"))),
    )


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _columns(key: str, data: dict[str, Any], usual: Columns) -> Columns:
    given = data.get(key) or {}
    if not isinstance(given, dict) or set(given) - {"case", "event", "time", "actor", "encoding"}:
        raise _fault(key, str(given))
    texts: dict[str, Any] = {name: str(value) for name, value in given.items() if name != "event"}
    columns = replace(usual, **texts)
    try:
        "".encode(columns.encoding)
    except LookupError as error:
        raise _fault(f"{key}-encoding", str(error)) from error
    event = given.get("event", list(usual.event))
    names = tuple(str(name) for name in (event if isinstance(event, list) else [event]))
    if not names:
        raise _fault(f"{key}-event", "none")
    return replace(columns, event=names)


def _rule(number: int, item: Any, engine: Engine) -> Rule:
    place = f"events-{number}"
    if not isinstance(item, dict) or set(item) - {"match", "act", "state", "role"} or "match" not in item:
        raise _fault(place, "needs match, and act or state")
    try:
        return Rule(
            re.compile(str(item["match"])),
            _meaning(item, engine),
            str(item["role"]) if "role" in item else None,
        )
    except (re.error, ValueError) as error:
        raise _fault(place, str(error)) from error


def _meaning(item: dict[str, Any], engine: Engine) -> Meaning:
    """Raises ValueError for what the engine does not know."""
    if engine is Engine.REQUESTS:
        if "state" in item:
            msg = "a request's state follows from what was done"
            raise ValueError(msg)
        return Meaning(Act(str(item.get("act"))))
    if "state" in item:
        act, state = CaseAct(str(item.get("act", CaseAct.REACH.value))), IncidentState(str(item["state"]))
        if act not in (CaseAct.REACH, CaseAct.TAKE_OVER):
            msg = f"{act.value} leads to no state of its own"
            raise ValueError(msg)
        return Meaning(act, state)
    act = CaseAct(str(item.get("act")))
    if act is CaseAct.REACH:
        msg = "reach needs a state"
        raise ValueError(msg)
    return Meaning(act)


def _fault(place: str, detail: str) -> Invalid:
    return Invalid(
        "mapping_wrong", fields={place: [N_("映射文件这里写得不对。")]}, place=place, detail=detail
    )
