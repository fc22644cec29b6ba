"""After the permit: exit and entry, the duties after return with their clocks, the closed file."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from webapp.attachments import service as attachments
from webapp.attachments.commands import Attach, Received
from webapp.core.clock import local_date
from webapp.core.errors import Invalid, NotAllowedNow
from webapp.core.i18n import N_, gettext
from webapp.core.permissions import Role
from webapp.core.tx import Tx, command
from webapp.deadlines import queries as deadline_queries
from webapp.deadlines import service as deadlines
from webapp.deadlines.calendar import end_of
from webapp.deadlines.commands import MeetDeadline, OpenDeadline, OwnerLink
from webapp.deadlines.queries_calendar import work_calendar
from webapp.deadlines.states import Ladder
from webapp.people import queries_custody
from webapp.people import service as register
from webapp.people import service_custody as custody
from webapp.people.commands import RecordTravel
from webapp.rulebook import queries as rulebook
from webapp.rulebook import rules_dues
from webapp.rulebook.rules_documents import precedes
from webapp.rulebook.rules_dues import Due
from webapp.trips import queries
from webapp.trips.commands import (
    FileReport,
    NumberedTrip,
    RecordCrossing,
    RecordPublication,
    RecordReimbursement,
)
from webapp.trips.commands_sections import DocumentType
from webapp.trips.events import (
    PublicationRecorded,
    ReimbursementRecorded,
    ReportFiled,
    TripCameBack,
    TripClosed,
    TripDeparted,
)
from webapp.trips.models import AfterTrip, Trip
from webapp.trips.rules import content_hash
from webapp.trips.service_draft import open_trip, subject, touch
from webapp.trips.service_review import days_of
from webapp.trips.states import PASSPORT_DUTY, TripAction

REPORT = "trips.report"
PUBLICATION, REIMBURSEMENT = "trips.publication", "trips.reimbursement"
DUTY_LABELS: dict[str, str] = {
    PASSPORT_DUTY: N_("归还因公证照"),
    REPORT: N_("提交出访报告"),
    PUBLICATION: N_("事后公示"),
    REIMBURSEMENT: N_("报销核销"),
}
DUTIES = tuple(DUTY_LABELS)


@command
def depart(tx: Tx, cmd: RecordCrossing) -> Trip:
    """Record the exit by the border record; the permit must have been issued before (DOC-06)."""
    trip = open_trip(tx, cmd.number, TripAction.DEPART, cmd.version)
    not_future(tx, "on_day", cmd.on_day)
    if trip.permit_on is None or not precedes(trip.permit_on, cmd.on_day):
        raise Invalid(fields={"on_day": [gettext("出境日期不晚于批件日期：未经批准不得成行。")]})
    trip.left_on = cmd.on_day
    touch(tx, trip, TripAction.DEPART)
    tx.session.flush()
    tx.record(TripDeparted(about=subject(trip), round=trip.round, left_on=cmd.on_day.isoformat()))
    return trip


@command
def come_back(tx: Tx, cmd: RecordCrossing) -> Trip:
    """Record the entry; from it run the return of passports (PST-01), report (PST-04), publication (PST-05)
    and reimbursement (PST-06), each a clock of its own with reminders.
    """
    trip = open_trip(tx, cmd.number, TripAction.COME_BACK, cmd.version)
    not_future(tx, "on_day", cmd.on_day)
    if trip.left_on is None or cmd.on_day < trip.left_on:
        raise Invalid(fields={"on_day": [gettext("入境日期早于出境日期。")]})
    trip.back_on = cmd.on_day
    tx.add(AfterTrip(trip_id=trip.id))
    touch(tx, trip, TripAction.COME_BACK)
    tx.session.flush()
    _open_duties(tx, trip, cmd.on_day)
    _keep_in_histories(tx, trip)
    tx.record(
        TripCameBack(
            about=subject(trip),
            round=trip.round,
            back_on=cmd.on_day.isoformat(),
            days=(cmd.on_day - trip.left_on).days + 1,
            approved_days=days_of(trip),
            title=trip.title,
        )
    )
    return trip


def _keep_in_histories(tx: Tx, trip: Trip) -> None:
    """The journey belongs to the history of every member who is in the register (上次出访时间)."""
    assert trip.left_on is not None
    assert trip.back_on is not None
    for member in trip.members:
        if member.person_id is not None:
            register.record_travel.within(
                tx,
                RecordTravel(
                    person_id=member.person_id,
                    trip_number=trip.ref,
                    exit_on=trip.left_on,
                    entry_on=trip.back_on,
                    countries=tuple(trip.countries),
                ),
            )


def _open_duties(tx: Tx, trip: Trip, back_on: date) -> None:
    edition = rulebook.edition(tx.session, local_date(tx.now))
    calendar = work_calendar(tx.session)
    assert trip.left_on is not None
    passport = rules_dues.passport_return_due(
        back_on, edition, calendar, exit_on=trip.left_on, approved_days=days_of(trip)
    )
    documents = queries_custody.handovers(tx.session, [member.id for member in trip.members])
    for member in trip.members:
        held = documents.get(member.id)
        if held is not None and held.ended_on is not None:
            continue  # back, or lost, before the others came home
        _open_duty(tx, trip, PASSPORT_DUTY, passport, member.key)
        custody.set_due.within(tx, member.id, passport.on)
    _open_duty(tx, trip, REPORT, rules_dues.report_due(back_on, edition, calendar))
    _open_duty(tx, trip, PUBLICATION, rules_dues.publication_due(back_on, edition, calendar))
    _open_duty(tx, trip, REIMBURSEMENT, rules_dues.reimbursement_due(back_on, edition, calendar))


def _open_duty(tx: Tx, trip: Trip, kind: str, due: Due, item: str = "") -> None:
    """The unit's clerks answer for it, then the unit's head, then the office's section chief."""
    deadlines.open_deadline.within(
        tx,
        OpenDeadline(
            about=subject(trip),
            kind=kind,
            item=item,
            label=DUTY_LABELS[kind],
            ladder=Ladder.DUTY,
            started_at=tx.now,
            due_at=due.at,
            unit=due.term.unit,
            term=due.term,
            chain=(
                OwnerLink(role=Role.CLERK.value, unit_id=trip.unit_id),
                OwnerLink(role=Role.UNIT_HEAD.value, unit_id=trip.unit_id),
                OwnerLink(role=Role.SECTION_CHIEF.value),
            ),
            link=f"/trips/{trip.ref}/after",
            legal_source=due.citation,
            confidence=due.confidence,
            calendar_version=due.calendar_version,
            provisional=due.provisional,
        ),
    )


@command
def file_report(tx: Tx, cmd: FileReport, received: Received | None = None) -> Trip:
    """The report with its fixed sections, and the signed file where there is one (PST-04)."""
    trip = open_trip(tx, cmd.number, TripAction.REPORT)
    after = _after(tx, trip)
    after.report = {
        "actual_schedule": cmd.actual_schedule,
        "results": cmd.results,
        "effect": cmd.effect,
        "follow_up": cmd.follow_up,
        "problems": cmd.problems,
    }
    first = after.reported_on is None
    after.reported_on = after.reported_on or local_date(tx.now)
    touch(tx, trip, TripAction.REPORT)
    tx.session.flush()
    if received is not None:
        attachments.attach.within(
            tx,
            Attach(
                owner=subject(trip),
                unit_path=trip.unit_path,
                document_type=DocumentType.REPORT.value,
                file=received,
            ),
        )
    if first:
        meet_duty(tx, trip, REPORT, local_date(tx.now))
    tx.record(ReportFiled(about=subject(trip), round=trip.round, content=content_hash(after.report)))
    return trip


@command
def publish(tx: Tx, cmd: RecordPublication) -> Trip:
    """The trip's real execution and report are published (PST-05)."""
    trip = open_trip(tx, cmd.number, TripAction.PUBLISH)
    _after_entry(tx, trip, "published_on", cmd.published_on)
    after = _after(tx, trip)
    first = after.published_on is None
    after.published_on, after.published_at = cmd.published_on, cmd.place
    touch(tx, trip, TripAction.PUBLISH)
    tx.session.flush()
    if first:
        meet_duty(tx, trip, PUBLICATION, cmd.published_on)
    tx.record(
        PublicationRecorded(
            about=subject(trip), round=trip.round, published_on=cmd.published_on.isoformat(), place=cmd.place
        )
    )
    return trip


@command
def reimburse(tx: Tx, cmd: RecordReimbursement) -> Trip:
    """The claim is settled after the checks of 财行〔2013〕516号: border record, permit, the head's signature."""
    trip = open_trip(tx, cmd.number, TripAction.REIMBURSE)
    _after_entry(tx, trip, "claimed_on", cmd.claimed_on)
    checks = {
        "has_border_record": cmd.has_border_record,
        "matches_permit": cmd.matches_permit,
        "has_head_signature": cmd.has_head_signature,
    }
    missing = {name: [gettext("没有核对这一项，不能报销。")] for name, done in checks.items() if not done}
    if missing:
        raise Invalid(fields=missing)
    after = _after(tx, trip)
    first = after.claimed_on is None
    after.claimed_on, after.claimed_cny = cmd.claimed_on, cmd.amount
    touch(tx, trip, TripAction.REIMBURSE)
    tx.session.flush()
    if first:
        meet_duty(tx, trip, REIMBURSEMENT, cmd.claimed_on)
    tx.record(
        ReimbursementRecorded(
            about=subject(trip),
            round=trip.round,
            claimed_on=cmd.claimed_on.isoformat(),
            amount_fen=int(cmd.amount * 100),
        )
    )
    return trip


@command
def close(tx: Tx, cmd: NumberedTrip) -> Trip:
    """Close the file. Raises `NotAllowedNow` while a duty is open."""
    trip = open_trip(tx, cmd.number, TripAction.CLOSE, cmd.version)
    if open_duties(tx, trip.id):
        raise NotAllowedNow("duties_open")
    trip.closed_at = tx.now
    touch(tx, trip, TripAction.CLOSE)
    tx.session.flush()
    tx.record(TripClosed(about=subject(trip), round=trip.round))
    return trip


def open_duties(tx: Tx, trip_id: UUID) -> Sequence[object]:
    """The duties after return that still run."""
    return deadline_queries.open_of(tx.session, trip_id, DUTIES)


def meet_duty(tx: Tx, trip: Trip, kind: str, on: date, item: str = "") -> None:
    """A duty done on a day counts as done by its end, so that the last day is in time."""
    if not deadline_queries.open_of(tx.session, trip.id, [kind], item):
        return
    at = min(tx.now, end_of(on))
    deadlines.meet.within(tx, MeetDeadline(subject_id=trip.id, kind=kind, item=item, at=at))


def _after(tx: Tx, trip: Trip) -> AfterTrip:
    found = queries.after_trip(tx.session, trip.id)
    assert found is not None
    return found


def not_future(tx: Tx, field: str, on: date) -> None:
    if on > local_date(tx.now):
        raise Invalid(fields={field: [gettext("不能是将来的日期。")]})


def _after_entry(tx: Tx, trip: Trip, field: str, on: date) -> None:
    not_future(tx, field, on)
    if trip.back_on is not None and on < trip.back_on:
        raise Invalid(fields={field: [gettext("日期早于入境日期。")]})
