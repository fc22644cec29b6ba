"""What happens in the register. Names lie in the redactable body, document numbers only as commitments."""

from dataclasses import dataclass
from typing import ClassVar

from webapp.core.events import Event, detail, figure, personal
from webapp.core.i18n import N_


@dataclass(frozen=True, kw_only=True)
class _HolderEvent(Event):
    """All that happens to somebody's documents and journeys names the person, redactably."""

    holder: str = detail()


@dataclass(frozen=True, kw_only=True)
class _CustodyEvent(_HolderEvent):
    on_day: str = figure()


@dataclass(frozen=True, kw_only=True)
class PersonKept(Event):
    name: ClassVar[str] = "person.kept"
    label: ClassVar[str] = N_("保存人员信息")
    person_name: str = detail()
    id_number: str | None = personal(default=None)


@dataclass(frozen=True, kw_only=True)
class PassportKept(_HolderEvent):
    name: ClassVar[str] = "passport.kept"
    label: ClassVar[str] = N_("登记证照")
    kind: str = figure()
    passport_number: str = personal()


@dataclass(frozen=True, kw_only=True)
class PassportCheckedOut(_CustodyEvent):
    name: ClassVar[str] = "passport.released"
    label: ClassVar[str] = N_("领出证照")
    trip: str = figure()
    due_on: str | None = figure(default=None)


@dataclass(frozen=True, kw_only=True)
class PassportCheckedIn(_CustodyEvent):
    name: ClassVar[str] = "passport.received"
    label: ClassVar[str] = N_("收回证照")
    trip: str = figure()
    late_days: int = figure()


@dataclass(frozen=True, kw_only=True)
class PassportMarked(_CustodyEvent):
    """Lost or cancelled."""

    name: ClassVar[str] = "passport.marked"
    label: ClassVar[str] = N_("证照遗失或注销")
    custody: str = figure()


@dataclass(frozen=True, kw_only=True)
class PassportUnmasked(_HolderEvent):
    """Somebody looked at the whole number."""

    name: ClassVar[str] = "passport.unmasked"
    label: ClassVar[str] = N_("查看完整证照号码")


@dataclass(frozen=True, kw_only=True)
class TravelRecorded(_HolderEvent):
    name: ClassVar[str] = "travel.recorded"
    label: ClassVar[str] = N_("记入出访经历")
    trip: str = figure()
    exit_on: str = figure()
    entry_on: str = figure()
