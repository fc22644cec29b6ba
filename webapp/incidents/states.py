"""What an incident can be: its categories, levels, classes, states and the moves between them."""

from enum import IntEnum, StrEnum
from typing import Final

from webapp.core.i18n import N_


class IncidentState(StrEnum):
    REGISTERED = "registered"
    HANDLING = "handling"
    AWAITING_REPLY = "awaiting_reply"
    ENDED = "ended"
    CLOSED = "closed"


STATE_LABELS: Final[dict[IncidentState, str]] = {
    IncidentState.REGISTERED: N_("新登记"),
    IncidentState.HANDLING: N_("处置中"),
    IncidentState.AWAITING_REPLY: N_("等对方回复"),
    IncidentState.ENDED: N_("待结案"),
    IncidentState.CLOSED: N_("已结案"),
}

# The columns of the board; a closed incident is found in the list.
BOARD: Final = (
    IncidentState.REGISTERED,
    IncidentState.HANDLING,
    IncidentState.AWAITING_REPLY,
    IncidentState.ENDED,
)


class Action(StrEnum):
    SET_LEVEL = "set_level"
    ADD_PERSON = "add_person"
    ADD_MEASURE = "add_measure"
    CORRECT_MEASURE = "correct_measure"
    ADD_NOTE = "add_note"
    FILE_REPORT = "file_report"
    RECORD_NOTICE = "record_notice"
    RECORD_OPT_OUT = "record_opt_out"
    REQUEST_VISIT = "request_visit"
    AWAIT_REPLY = "await_reply"
    RESUME = "resume"
    END_HANDLING = "end_handling"
    NAME_PERSON = "name_person"
    HAND_OVER = "hand_over"
    CLOSE = "close"
    REOPEN = "reopen"


ACTION_LABELS: Final[dict[Action, str]] = {
    Action.SET_LEVEL: N_("定级别"),
    Action.ADD_PERSON: N_("加当事人"),
    Action.ADD_MEASURE: N_("加措施"),
    Action.CORRECT_MEASURE: N_("更正措施"),
    Action.ADD_NOTE: N_("记一笔"),
    Action.FILE_REPORT: N_("登记报告"),
    Action.RECORD_NOTICE: N_("登记已通报"),
    Action.RECORD_OPT_OUT: N_("登记本人要求不通知"),
    Action.REQUEST_VISIT: N_("登记领馆要求探视"),
    Action.AWAIT_REPLY: N_("转为等对方回复"),
    Action.RESUME: N_("继续处置"),
    Action.END_HANDLING: N_("处置结束"),
    Action.NAME_PERSON: N_("指定知情人"),
    Action.HAND_OVER: N_("移交负责人"),
    Action.CLOSE: N_("结案"),
    Action.REOPEN: N_("重新打开"),
}

_OPEN: Final = (
    IncidentState.REGISTERED,
    IncidentState.HANDLING,
    IncidentState.AWAITING_REPLY,
    IncidentState.ENDED,
)
# What may be written down as long as the file is open, whatever its state.
_STAYING: Final = (
    Action.ADD_PERSON,
    Action.ADD_MEASURE,
    Action.CORRECT_MEASURE,
    Action.ADD_NOTE,
    Action.FILE_REPORT,
    Action.RECORD_NOTICE,
    Action.RECORD_OPT_OUT,
    Action.REQUEST_VISIT,
    Action.NAME_PERSON,
    Action.HAND_OVER,
)

MOVES: Final[dict[tuple[IncidentState, Action], IncidentState]] = {
    **{(state, action): state for state in _OPEN for action in _STAYING},
    # Giving the level is the lead's verification of the facts: from then on the incident is being handled.
    (IncidentState.REGISTERED, Action.SET_LEVEL): IncidentState.HANDLING,
    (IncidentState.HANDLING, Action.SET_LEVEL): IncidentState.HANDLING,
    (IncidentState.AWAITING_REPLY, Action.SET_LEVEL): IncidentState.AWAITING_REPLY,
    (IncidentState.ENDED, Action.SET_LEVEL): IncidentState.ENDED,
    (IncidentState.HANDLING, Action.AWAIT_REPLY): IncidentState.AWAITING_REPLY,
    (IncidentState.AWAITING_REPLY, Action.RESUME): IncidentState.HANDLING,
    (IncidentState.ENDED, Action.RESUME): IncidentState.HANDLING,
    (IncidentState.HANDLING, Action.END_HANDLING): IncidentState.ENDED,
    (IncidentState.AWAITING_REPLY, Action.END_HANDLING): IncidentState.ENDED,
    (IncidentState.ENDED, Action.CLOSE): IncidentState.CLOSED,
    (IncidentState.CLOSED, Action.REOPEN): IncidentState.HANDLING,
}


def moved(state: IncidentState, action: Action) -> IncidentState | None:
    """The state after `action`, or None where the action is not allowed now."""
    return MOVES.get((state, action))


# What changes the state of a case; of a foreign log only the states it reached are known.
_WAYS: Final = (
    Action.SET_LEVEL,
    Action.AWAIT_REPLY,
    Action.RESUME,
    Action.END_HANDLING,
    Action.CLOSE,
    Action.REOPEN,
)


def way(state: IncidentState, wanted: IncidentState) -> tuple[Action, ...] | None:
    """The fewest actions that lead from a state to another (none where they are one), None where none do."""
    ways: dict[IncidentState, tuple[Action, ...]] = {state: ()}
    reached = [state]
    for at in reached:
        for action in _WAYS:
            after = moved(at, action)
            if after is not None and after not in ways:
                ways[after] = (*ways[at], action)
                reached.append(after)
    return ways.get(wanted)


class Level(IntEnum):
    """Severity, 1 is the gravest; the four levels of response of 突发事件应对法 (2024)."""

    L1 = 1
    L2 = 2
    L3 = 3
    L4 = 4


LEVEL_LABELS: Final[dict[Level, str]] = {
    Level.L1: N_("Ⅰ 特别重大"),
    Level.L2: N_("Ⅱ 重大"),
    Level.L3: N_("Ⅲ 较大"),
    Level.L4: N_("Ⅳ 一般"),
}


class Secrecy(StrEnum):
    """Who may know: everybody at work on it, the persons named, or only that it exists."""

    NORMAL = "normal"
    RESTRICTED = "restricted"
    EXISTENCE_ONLY = "existence_only"


SECRECY_LABELS: Final[dict[Secrecy, str]] = {
    Secrecy.NORMAL: N_("一般"),
    Secrecy.RESTRICTED: N_("限定知情人"),
    Secrecy.EXISTENCE_ONLY: N_("仅登记存在"),
}


class Part(StrEnum):
    """Why somebody is named in an incident."""

    REGISTRAR = "registrar"
    LEAD = "lead"
    MEMBER = "member"


PART_LABELS: Final[dict[Part, str]] = {
    Part.REGISTRAR: N_("登记人"),
    Part.LEAD: N_("负责人"),
    Part.MEMBER: N_("知情人"),
}


class EntryKind(StrEnum):
    FACT = "fact"
    NOTICE = "notice"
    SYSTEM = "system"


ENTRY_LABELS: Final[dict[EntryKind, str]] = {
    EntryKind.FACT: N_("事实"),
    EntryKind.NOTICE: N_("通报"),
    EntryKind.SYSTEM: N_("系统"),
}
