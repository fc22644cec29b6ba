"""What an event log says by itself: last states, what cannot be, and what happened in each month.

Written apart from the import and its mappings, straight from the file, to be held against what the import made.
A request is submitted, decided by whoever acts, returned, taken back by its owner, approved at last, revoked by
nobody in particular. A case is received with its first event and stands where the last status put it. What does not
fit the state is refused.
"""

import gzip
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final, cast
from zoneinfo import ZoneInfo

from defusedxml.ElementTree import iterparse

EDITABLE: Final = {"never", "returned", "withdrawn", "revoked"}
_SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
Values = dict[str, str]
Step = tuple[str, Counter[str]] | None


@dataclass
class Told:
    """By case the last state and how many events were refused; by month (Asia/Shanghai) what was counted."""

    states: dict[str, str] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    months: dict[str, Counter[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Family:
    """Logs of one system: the shipped mapping that reads them, what their files are called, and what they tell."""

    mapping: str
    files: str
    tell: Callable[[str, Values], Step]
    begin: str = "never"


def told_by(path: Path, family: Family) -> Told:
    """Everything a log tells of its own documents."""
    told = Told()
    for case, events in _cases(path):
        state = family.begin
        for values in events:
            step = family.tell(state, values)
            if step is None:
                told.refused[case] += 1
                continue
            state, counted = step
            if counted:
                at = datetime.fromisoformat(values["time:timestamp"]).astimezone(_SHANGHAI)
                told.months.setdefault(f"{at:%Y-%m}", Counter()).update(counted)
        told.states[case] = state or "never"
    return told


def _cases(path: Path) -> Iterator[tuple[str, list[Values]]]:
    with path.open("rb") as raw:
        file = cast("IO[bytes]", gzip.GzipFile(fileobj=raw) if path.suffix == ".gz" else raw)
        for _, element in iterparse(file):
            if element.tag.endswith("trace"):
                name = next(c.get("value") for c in element if c.get("key") == "concept:name")
                yield name, [_values(child) for child in element if child.tag.endswith("event")]
                element.clear()


def _values(event: Any) -> Values:
    return {child.get("key"): child.get("value") for child in event}


def requests_of(document: str) -> Callable[[str, Values], Step]:
    """How one kind of document moves; what belongs to others changes nothing."""

    def tell(state: str, values: Values) -> Step:
        match = re.fullmatch(rf"{document} (\w+) by (.+)", values.get("concept:name", ""))
        if not match:
            return state, Counter()
        verb, role = match.groups()
        after = _request_after(state, verb, role)
        return None if after is None else (after, +_happened(state, after, verb))

    return tell


def _request_after(state: str, verb: str, role: str) -> str | None:
    if (verb, role) == ("REJECTED", "EMPLOYEE"):
        return {"in_review": "withdrawn", "returned": "returned", "revoked": "revoked"}.get(state)
    if (verb, role) == ("REJECTED", "MISSING"):
        return "revoked" if state == "approved" else None
    under_review = state == "in_review"
    return {
        "SAVED": state if state in EDITABLE else None,
        "SUBMITTED": "in_review" if state in EDITABLE else None,
        "APPROVED": "in_review" if under_review else None,
        "FOR_APPROVAL": "in_review" if under_review else None,
        "FINAL_APPROVED": "approved" if under_review else None,
        "REJECTED": "returned" if under_review else None,
    }.get(verb)


def _happened(before: str, after: str, verb: str) -> Counter[str]:
    """What an auditor would count of one event that was taken."""
    return Counter(
        {
            "received": verb == "SUBMITTED" and before == "never",
            "again": verb == "SUBMITTED" and before != "never",
            "approve": verb in {"APPROVED", "FINAL_APPROVED"},
            "return": after == "returned" and before == "in_review",
            "concluded": verb == "FINAL_APPROVED",
            "revoked": after == "revoked" and before == "approved",
            "withdrawn": after == "withdrawn" and before == "in_review",
        }
    )


def cases_by(status: Callable[[Values], str | None]) -> Callable[[str, Values], Step]:
    """How a case moves by the statuses its log names; empty: it stays; `level`: a level was given; None: refused."""

    def tell(state: str, values: Values) -> Step:
        counted: Counter[str] = Counter()
        wanted = status(values)
        if wanted is None:
            return None
        if state == "":
            state, counted["registered"] = "registered", 1
        if state == "closed" and wanted in {"closed", "level", ""}:
            return None
        after = {"": state, "level": "handling" if state == "registered" else state}.get(wanted, wanted)
        if after == "registered" and state != "registered":
            return None
        counted["leveled"] = wanted == "level" or (state == "registered" and after != "registered")
        counted["closed"] = state != "closed" and after == "closed"
        counted["reopened"] = state == "closed"
        return after, +counted

    return tell


_NOTES: Final = (
    "Create SW anomaly",
    "Resolve SW anomaly",
    "Require upgrade",
    "Schedule intervention",
    "VERIFIED",
    "INVALID",
    "DUPLICATE",
    "Queued-Awaiting Assignment",
    "Unmatched-Unmatched",
)


def _ticket(values: Values) -> str | None:
    return {
        **dict.fromkeys(_NOTES, ""),
        "Insert ticket": "registered",
        "Assign seriousness": "level",
        "Take in charge ticket": "handling",
        "Wait": "awaiting_reply",
        "Resolve ticket": "ended",
        "RESOLVED": "ended",
        "Closed": "closed",
    }.get(values["concept:name"])


def _problem(values: Values) -> str | None:
    status = f"{values['concept:name']}-{values['lifecycle:transition']}".removesuffix("-complete")
    return {
        **dict.fromkeys(_NOTES, ""),
        "Accepted-In Progress": "handling",
        "Accepted-Assigned": "handling",
        "Accepted-Wait": "awaiting_reply",
        "Completed-Closed": "closed",
        "Completed-Cancelled": "closed",
    }.get(status)


FAMILIES: Final = (
    Family("travel_permits", r"permits.*|permitlog.*", requests_of("Permit")),
    Family("travel_declarations", r".*declarations.*", requests_of("Declaration")),
    Family("payment_requests", r"requests_?for_?payment.*|prepaid.*", requests_of("Request For Payment")),
    Family("helpdesk_tickets", r"helpdesk.*", cases_by(_ticket), begin=""),
    Family("problem_tickets", r"bpic13_.*problems.*", cases_by(_problem), begin=""),
)


def family_of(path: Path) -> Family | None:
    """The system a file comes from, by its name; None for a file that is no log we know."""
    name = path.name.lower()
    return next((f for f in FAMILIES if re.fullmatch(rf"(?:{f.files})\.(?:xes|csv)(?:\.gz)?", name)), None)
