"""Generated logs: cases drawn from the grammars of requests and of tickets, and deviations from them."""

import random
from datetime import UTC, datetime, timedelta

APPLICANT = "EMPLOYEE"


def lawful_case(rng: random.Random) -> list[tuple[str, str]]:
    """(verb, role) pairs of `draft? (submit (administration | pre-approver)? budget-owner? supervisor?
    (reject, acknowledgement? | FINAL approval (revoked)?))*`.
    """
    events = [("SAVED", APPLICANT)] if rng.random() < 0.1 else []
    for _ in range(rng.choice([0, 1, 1, 1, 1, 2, 2, 3])):
        events.append(("SUBMITTED", APPLICANT))
        stages = [
            role
            for role, chance in (
                (rng.choice(["ADMINISTRATION", "PRE_APPROVER"]), 0.8),
                ("BUDGET OWNER", 0.4),
                ("SUPERVISOR", 0.5),
            )
            if rng.random() < chance
        ]
        if stages and rng.random() < 0.3:
            events += [("APPROVED", role) for role in stages[:-1]] + [("REJECTED", stages[-1])]
            if rng.random() < 0.8:
                events.append(("REJECTED", APPLICANT))
        else:
            final = "DIRECTOR" if "SUPERVISOR" in stages else "SUPERVISOR"
            events += [("APPROVED", role) for role in stages] + [("FINAL_APPROVED", final)]
            if rng.random() >= 0.2:
                break  # approved for good: nothing follows unless it is revoked
            events.append(("REJECTED", "MISSING"))
    return events


def deviate(events: list[tuple[str, str]], rng: random.Random) -> list[tuple[str, str]]:
    """One deviation: a hand-over, an approval that comes too late, a missing start, a foreign name."""
    events = list(events)
    kind = rng.choice(["hand_over", "late", "headless", "unknown", "double_submit"])
    place = rng.randrange(len(events) + 1)
    if kind == "hand_over":
        events.insert(place, ("FOR_APPROVAL", "ADMINISTRATION"))
    elif kind == "late":
        events.append(("APPROVED", "SUPERVISOR"))
    elif kind == "headless" and events:
        events.pop(0)
    elif kind == "unknown":
        events.insert(place, ("BLESSED", "ORACLE"))
    else:
        events.append(("SUBMITTED", APPLICANT))
    return events


VERBS = ["SAVED", "SUBMITTED", "APPROVED", "FINAL_APPROVED", "REJECTED", "FOR_APPROVAL", "BLESSED"]
ROLES = [APPLICANT, "ADMINISTRATION", "BUDGET OWNER", "SUPERVISOR", "DIRECTOR", "MISSING", "局长"]
TICKET = [
    "Insert ticket",
    "Assign seriousness",
    "Take in charge ticket",
    "Wait",
    "Require upgrade",
    "Resolve ticket",
    "Closed",
    "Blessed",
]
PROBLEM = [
    "Accepted/In Progress",
    "Accepted-Assigned/complete",
    "Accepted/Wait",
    "Queued/Awaiting Assignment",
    "Completed/Closed",
    "Completed-Cancelled",
    "Unmatched-Unmatched/complete",
]


def named(document: str, cases: dict[str, list[tuple[str, str]]]) -> dict[str, list[tuple[str, str]]]:
    """(event, role) pairs under the names a log of such documents uses; the role is in the name."""
    return {case: [(f"{document} {verb} by {role}", "") for verb, role in e] for case, e in cases.items()}


def as_xes(cases: dict[str, list[tuple[str, str]]], rng: random.Random) -> str:
    """(event, who acted) pairs as an XES text, with other documents' events in between and equal times here and there.

    An event `a/b` is the activity a at the transition b.
    """
    at = datetime(2017, 3, 1, 9, tzinfo=UTC)
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<log>"]
    for case_id, events in cases.items():
        lines.append(f'<trace><string key="concept:name" value="{case_id}"/>')
        for event, who in events:
            at += timedelta(seconds=rng.choice([0, 0, 40, 86_000]))
            reminder = [("Send Reminder", "")] if not who and rng.random() < 0.2 else []
            for name, actor in [(event, who), *reminder]:
                activity, _, transition = name.partition("/")
                lines += [f'<event><date key="time:timestamp" value="{at.isoformat()}"/>']
                lines += [
                    f'<string key="org:resource" value="{actor}"/><string key="org:group" value="{actor}"/>'
                ]
                lines += [f'<string key="lifecycle:transition" value="{transition or "complete"}"/>']
                lines += [f'<string key="concept:name" value="{activity}"/></event>']
        lines.append("</trace>")
    lines.append("</log>")
    return "\n".join(lines)
