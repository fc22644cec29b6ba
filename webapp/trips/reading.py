"""All that the detail page and the form's pages show, gathered in a fixed number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.accounts import queries as accounts
from webapp.approvals import queries as approvals
from webapp.approvals.queries_record import RecordLine
from webapp.approvals.queries_sheet import RailStage, SignSheet, is_final_approver, whole
from webapp.attachments import queries as files
from webapp.attachments.service import StoredFile
from webapp.core.clock import local_date
from webapp.core.errors import NotFound
from webapp.core.permissions import Permission
from webapp.core.tx import Actor
from webapp.deadlines import queries as deadlines
from webapp.people import queries as people
from webapp.people import queries_custody as custody
from webapp.people.queries import PastJourney
from webapp.people.queries_custody import Handover
from webapp.rulebook.states import EnforcementPoint, Section, Verdict
from webapp.trips import queries
from webapp.trips.facts import Judged, judge
from webapp.trips.models import AfterTrip, Round, Trip
from webapp.trips.pages import FindingLine, Task, finding_lines, tasks, thawed
from webapp.trips.rules import AfterReturn
from webapp.trips.states import EDITABLE, PERMITTED, TripAction, TripState


@dataclass(frozen=True)
class Sheet:
    """One trip for its detail page."""

    trip: Trip
    files: Sequence[StoredFile]
    findings: list[FindingLine]
    edition: str
    actions: frozenset[TripAction]
    last_round: Round | None
    rail: list[RailStage]
    record: list[RecordLine]
    sign: SignSheet | None
    journeys: Mapping[UUID, Sequence[PastJourney]]

    def may(self, action: str) -> bool:
        return TripAction(action) in self.actions

    def count(self, verdict: str) -> int:
        return sum(line.verdict == verdict for line in self.findings)


def sheet(session: Session, actor: Actor, now: datetime, number: str) -> Sheet:
    """The trip as the actor may see it; live findings while it can be edited, frozen ones after."""
    trip = queries.detail(session, actor, now, number)
    attached = files.of_owner(session, queries.KIND, trip.id)
    last = trip.rounds[-1] if trip.rounds else None
    if trip.state in EDITABLE or last is None:
        judged = judge(session, trip, attached, today=local_date(now))
        lines, edition = finding_lines(trip, judged.findings), judged.edition
    else:
        lines = finding_lines(trip, thawed(last.findings))
        edition = str(last.findings.get("edition", ""))
    request = approvals.find(session, queries.KIND, trip.id) if last is not None else None
    actions = queries.actions_of(trip, actor, now)
    if request is not None and any(waiver.state == "open" for waiver in trip.waivers):
        final = trip.state is TripState.IN_REVIEW and is_final_approver(session, actor, request, now)
        actions |= {TripAction.DECIDE_WAIVER} if final else frozenset()
    approval = whole(session, actor, now, request) if request is not None else None
    return Sheet(
        trip=trip,
        files=attached,
        findings=lines,
        edition=edition,
        actions=actions,
        last_round=last,
        rail=approval.rail if approval else [],
        record=approval.record if approval else [],
        sign=approval.sign if approval else None,
        journeys=earlier_journeys(session, trip),
    )


def earlier_journeys(session: Session, trip: Trip) -> Mapping[UUID, Sequence[PastJourney]]:
    """Where members of the register have been before, by person, the latest first (上次出访时间)."""
    linked = [member.person_id for member in trip.members if member.person_id is not None]
    return people.earlier(session, linked, but=trip.ref)


@dataclass(frozen=True)
class Draft:
    """A trip that can be edited, with how far each section is."""

    trip: Trip
    files: Sequence[StoredFile]
    judged: Judged
    tasks: list[Task]
    findings: list[FindingLine]
    journeys: Mapping[UUID, Sequence[PastJourney]]

    @property
    def done(self) -> int:
        return sum(task.status == "done" for task in self.tasks)

    @property
    def to_explain(self) -> list[FindingLine]:
        """The lines that wait for the applicant's words, one per rule."""
        rules = {f.rule for f in self.judged.findings if f.verdict is Verdict.NEEDS_JUSTIFICATION}
        return list({line.rule: line for line in self.findings if line.rule in rules}.values())


def draft(session: Session, actor: Actor, now: datetime, number: str) -> Draft:
    """The trip with its task list and live findings."""
    trip = queries.detail(session, actor, now, number)
    attached = files.of_owner(session, queries.KIND, trip.id)
    judged = judge(session, trip, attached, today=local_date(now))
    return Draft(
        trip=trip,
        files=attached,
        judged=judged,
        tasks=tasks(trip, attached, judged.findings),
        findings=finding_lines(trip, judged.findings, with_ways=True),
        journeys=earlier_journeys(session, trip),
    )


@dataclass(frozen=True)
class Duty:
    """One duty after return with its clock."""

    kind: str
    item: str
    label: str
    due_at: datetime
    met_at: datetime | None
    state: str
    source: str
    provisional: bool
    moved_from_at: datetime | None


@dataclass(frozen=True)
class ReturnBlock:
    """A trip after its permit: what is to be done, and what was filed."""

    trip: Trip
    after: AfterTrip | None
    duties: list[Duty]
    files: Sequence[StoredFile]
    actions: frozenset[TripAction]
    documents: Mapping[UUID, Handover]
    sees_passports: bool
    findings: list[FindingLine]
    must_explain: bool
    most_days: int

    def may(self, action: str) -> bool:
        return TripAction(action) in self.actions

    def duty(self, kind: str, item: str = "") -> Duty | None:
        return next((d for d in self.duties if (d.kind, d.item) == (kind, item)), None)


def return_block(session: Session, actor: Actor, now: datetime, number: str) -> ReturnBlock:
    """The trip with its duties after return. Raises `NotFound` before the permit."""
    trip = queries.detail(session, actor, now, number)
    if trip.state not in PERMITTED:
        raise NotFound
    duties = [
        Duty(
            kind=row.kind,
            item=row.item,
            label=row.label,
            due_at=row.due_at,
            met_at=row.met_at,
            state=row.state.value,
            source=row.legal_source,
            provisional=row.provisional,
            moved_from_at=row.moved_from_at,
        )
        for row in deadlines.of_subject(session, trip.id)
        if row.kind.startswith("trips.")
    ]
    after = queries.after_trip(session, trip.id)
    progress = AfterReturn(
        duties_open=sum(duty.state == "open" for duty in duties),
        is_confirmed=after is not None and after.confirmed_at is not None,
        is_settled=after is not None and after.claimed_on is not None,
    )
    attached = files.of_owner(session, queries.KIND, trip.id)
    judged = judge(session, trip, attached, today=local_date(now), after=after)
    found = [finding for finding in judged.findings if finding.where.section is Section.TRAVEL]
    travel = None if judged.facts is None else judged.facts.travel
    return ReturnBlock(
        trip=trip,
        after=after,
        duties=duties,
        files=attached,
        actions=queries.actions_of(trip, actor, now, progress),
        findings=finding_lines(trip, found),
        must_explain=any(
            f.verdict is Verdict.NEEDS_JUSTIFICATION and EnforcementPoint.RETURN in f.enforced_at
            for f in found
        ),
        most_days=0 if travel is None or judged.facts is None else min(travel.days, judged.facts.days),
        documents=custody.handovers(session, [member.id for member in trip.members]),
        sees_passports=actor.may(Permission.PEOPLE_SEE, now),
    )


def people_to_choose(session: Session, actor: Actor, now: datetime, trip: Trip) -> list[tuple[str, str]]:
    """Ids and words of the register's people the actor may put on the list, those on it already included."""
    linked = [member.person_id for member in trip.members if member.person_id is not None]
    known = people.registered(session, linked) | {
        row.id: row for row in people.to_choose(session, actor, now)
    }
    units = {unit.id: unit.name for unit in accounts.units(session)}
    words = ((str(row.id), f"{row.name}，{units[row.unit_id]} {row.post}".strip()) for row in known.values())
    return sorted(words, key=lambda pair: pair[1])


def noticing_units(trip: Trip) -> list[tuple[str, str]]:
    """Code and name of every unit that puts the notice up: the organising and all sending ones."""
    named = {trip.unit_code: trip.unit_name} | {m.unit_code: m.unit_name for m in trip.members if m.unit_code}
    return list(named.items())
