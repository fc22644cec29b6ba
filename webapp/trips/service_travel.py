"""After the permit: exit and entry, and the duties after return with their clocks."""

from collections.abc import Sequence
from datetime import date

from webapp.attachments import queries as files
from webapp.core.clock import local_date
from webapp.core.errors import Invalid
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
from webapp.rulebook.rules_dues import Due
from webapp.rulebook.states import EnforcementPoint, Verdict
from webapp.trips import queries
from webapp.trips.commands import RecordCrossing, RecordEntry
from webapp.trips.events import TripCameBack, TripDeparted
from webapp.trips.facts import judge
from webapp.trips.models import AfterTrip, Trip
from webapp.trips.service_draft import open_trip, subject, touch
from webapp.trips.service_review import days_of
from webapp.trips.service_rules import require_met
from webapp.trips.states import PASSPORT_DUTY, TripAction

REPORT, STATEMENT = "trips.report", "trips.statement"
PUBLICATION, REIMBURSEMENT = "trips.publication", "trips.reimbursement"
DUTY_LABELS: dict[str, str] = {
    PASSPORT_DUTY: N_("归还因公证照"),
    STATEMENT: N_("说明实际行程"),
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
    trip.left_on = cmd.on_day
    attached = files.of_owner(tx.session, queries.KIND, trip.id)
    judged = judge(tx.session, trip, attached, today=local_date(tx.now), at=EnforcementPoint.DEPARTURE)
    require_met(trip, judged, EnforcementPoint.DEPARTURE, open_counts=False)
    touch(tx, trip, TripAction.DEPART)
    tx.session.flush()
    tx.record(TripDeparted(about=subject(trip), round=trip.round, left_on=cmd.on_day.isoformat()))
    return trip


@command
def come_back(tx: Tx, cmd: RecordEntry) -> Trip:
    """Record the entry; from it run the return of passports (PST-01), report (PST-04), publication (PST-05)
    and reimbursement (PST-06), and the words about days or countries that differ from the permit (PST-03),
    each a clock of its own with reminders.
    """
    trip = open_trip(tx, cmd.number, TripAction.COME_BACK, cmd.version)
    not_future(tx, "on_day", cmd.on_day)
    if trip.left_on is None or cmd.on_day < trip.left_on:
        raise Invalid(fields={"on_day": [gettext("入境日期早于出境日期。")]})
    trip.back_on = cmd.on_day
    visited = list(cmd.countries or trip.countries)
    after = tx.add(AfterTrip(trip_id=trip.id, visited=visited, is_red_eye=cmd.is_red_eye))
    touch(tx, trip, TripAction.COME_BACK)
    tx.session.flush()
    _open_duties(tx, trip, after, cmd.on_day)
    _keep_in_histories(tx, trip, visited)
    tx.record(
        TripCameBack(
            about=subject(trip),
            round=trip.round,
            back_on=cmd.on_day.isoformat(),
            days=(cmd.on_day - trip.left_on).days + 1,
            approved_days=days_of(trip),
            countries=" ".join(visited),
            red_eye=int(cmd.is_red_eye),
            title=trip.title,
        )
    )
    return trip


def _keep_in_histories(tx: Tx, trip: Trip, visited: Sequence[str]) -> None:
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
                    countries=tuple(visited),
                ),
            )


def _open_duties(tx: Tx, trip: Trip, after: AfterTrip, back_on: date) -> None:
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
    if _differs(tx, trip, after):
        _open_duty(tx, trip, STATEMENT, rules_dues.statement_due(back_on, edition, calendar))
    _open_duty(tx, trip, REPORT, rules_dues.report_due(back_on, edition, calendar))
    _open_duty(tx, trip, PUBLICATION, rules_dues.publication_due(back_on, edition, calendar))
    _open_duty(tx, trip, REIMBURSEMENT, rules_dues.reimbursement_due(back_on, edition, calendar))


def _differs(tx: Tx, trip: Trip, after: AfterTrip) -> bool:
    """Whether the border record differs from the permit (PST-03)."""
    attached = files.of_owner(tx.session, queries.KIND, trip.id)
    judged = judge(tx.session, trip, attached, today=local_date(tx.now), after=after)
    return any(finding.rule == "PST-03" and finding.verdict is not Verdict.OK for finding in judged.findings)


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


def meet_duty(tx: Tx, trip: Trip, kind: str, on: date, item: str = "") -> None:
    """A duty done on a day counts as done by its end, so that the last day is in time."""
    if not deadline_queries.open_of(tx.session, trip.id, [kind], item):
        return
    at = min(tx.now, end_of(on))
    deadlines.meet.within(tx, MeetDeadline(subject_id=trip.id, kind=kind, item=item, at=at))


def not_future(tx: Tx, field: str, on: date) -> None:
    if on > local_date(tx.now):
        raise Invalid(fields={field: [gettext("不能是将来的日期。")]})
