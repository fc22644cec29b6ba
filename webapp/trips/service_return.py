"""After the return: report, publication and the unit's own words; the return confirmed, the claim settled, the file
closed. At the confirmation and at the settlement the rules are judged (PST-01, 03 to 05; PST-06).
"""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from webapp.attachments import queries as files
from webapp.attachments import service as attachments
from webapp.attachments.commands import Attach, Received
from webapp.core.clock import local_date
from webapp.core.errors import Invalid, NotAllowedNow, sentences
from webapp.core.i18n import N_, gettext
from webapp.core.tx import Tx, command
from webapp.deadlines import queries as deadline_queries
from webapp.rulebook.edition import Finding
from webapp.rulebook.facts import ClaimFacts
from webapp.rulebook.states import EnforcementPoint
from webapp.trips import queries
from webapp.trips.commands import (
    ExplainReturn,
    FileReport,
    NumberedTrip,
    RecordPublication,
    RecordReimbursement,
)
from webapp.trips.commands_sections import DocumentType
from webapp.trips.events import (
    PublicationRecorded,
    ReimbursementRecorded,
    ReportFiled,
    ReturnConfirmed,
    ReturnExplained,
    TripClosed,
)
from webapp.trips.facts import Judged, judge
from webapp.trips.models import AfterTrip, Trip
from webapp.trips.pages import frozen
from webapp.trips.rules import content_hash
from webapp.trips.service_draft import open_trip, subject, touch
from webapp.trips.service_rules import refuse, require_met, to_explain
from webapp.trips.service_travel import (
    DUTIES,
    PUBLICATION,
    REIMBURSEMENT,
    REPORT,
    STATEMENT,
    meet_duty,
    not_future,
)
from webapp.trips.states import TripAction

sentences(
    {
        "return_confirmed_already": N_("回国事项已经确认，不能再改。"),
        "settled_already": N_("已经登记过报销核销。"),
        "return_not_confirmed": N_("回国事项还没有确认，不能办结。请先确认回国事项。"),
        "claim_not_settled": N_("还没有登记报销核销，不能办结。"),
    }
)


@command
def file_report(tx: Tx, cmd: FileReport, received: Received | None = None) -> Trip:
    """The report with its fixed sections, and the signed file where there is one (PST-04)."""
    trip = open_trip(tx, cmd.number, TripAction.REPORT)
    after = _unconfirmed(tx, trip)
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
    after_entry(tx, trip, "published_on", cmd.published_on)
    after = _unconfirmed(tx, trip)
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
def explain_return(tx: Tx, cmd: ExplainReturn) -> Trip:
    """The unit's words about what differs from the permit (PST-03) or was done late; they end PST-03's clock."""
    trip = open_trip(tx, cmd.number, TripAction.EXPLAIN_RETURN)
    after = _unconfirmed(tx, trip)
    after.statement = cmd.statement
    after.stated_on = after.stated_on or local_date(tx.now)
    touch(tx, trip, TripAction.EXPLAIN_RETURN)
    tx.session.flush()
    meet_duty(tx, trip, STATEMENT, local_date(tx.now))
    tx.record(
        ReturnExplained(
            about=subject(trip), round=trip.round, content=content_hash(cmd.statement), reason=cmd.statement
        )
    )
    return trip


@command
def confirm_return(tx: Tx, cmd: NumberedTrip) -> Trip:
    """The return block is whole: passports back, report and publication there, differences explained.

    Judged by the rules in force today (PST-01, 03, 04, 05), which nobody waives: raises `RuleBroken` with what is
    still owed, and with what was late or differs while the unit has not said why. What was found is kept.
    """
    trip = open_trip(tx, cmd.number, TripAction.CONFIRM_RETURN, cmd.version)
    after = _unconfirmed(tx, trip)
    judged = _judged(tx, trip, after, EnforcementPoint.RETURN)
    require_met(trip, judged, EnforcementPoint.RETURN, open_counts=False)
    waiting = to_explain(judged)
    if waiting and not after.statement:
        refuse("return_unexplained", trip, waiting)
    after.confirmed_at, after.confirmed_by = tx.now, tx.actor.name
    after.return_findings = frozen(judged.findings, judged.edition)
    touch(tx, trip, TripAction.CONFIRM_RETURN)
    tx.session.flush()
    passports = _late(judged.findings, "PST-01")
    tx.record(
        ReturnConfirmed(
            about=subject(trip),
            round=trip.round,
            edition=judged.edition,
            passports=sum(finding.rule == "PST-01" for finding in judged.findings),
            passports_late=len(passports),
            passport_late_days=max(passports, default=0),
            report_late_days=max(_late(judged.findings, "PST-04"), default=0),
            publication_late_days=max(_late(judged.findings, "PST-05"), default=0),
            days_over=_days_over(judged),
            differences=sum(finding.rule == "PST-03" for finding in waiting),
            reason=after.statement or "",
        )
    )
    return trip


def _late(findings: Iterable[Finding], rule: str) -> list[int]:
    """Days over the term, of those findings that are over it."""
    days = (int(finding.values.get("late", 0)) for finding in findings if finding.rule == rule)
    return [late for late in days if late > 0]


def _days_over(judged: Judged) -> int:
    if judged.facts is None or judged.facts.travel is None:
        return 0
    return max(0, judged.facts.travel.days - judged.facts.days)


@command
def reimburse(tx: Tx, cmd: RecordReimbursement) -> Trip:
    """The claim is settled by the unit's finance, or entered for it by the clerk.

    Judged by PST-06 (财行〔2013〕516号): days, people and countries of the permit, border record, papers. Raises
    `RuleBroken` with what does not fit, and for a claim over its term while no reason is given.
    """
    trip = open_trip(tx, cmd.number, TripAction.REIMBURSE)
    after_entry(tx, trip, "claimed_on", cmd.claimed_on)
    after = _after(tx, trip)
    if after.claimed_on is not None:
        raise NotAllowedNow("settled_already")
    claim = ClaimFacts(
        claimed_on=cmd.claimed_on,
        days=cmd.days,
        people=cmd.people,
        countries=cmd.countries,
        has_border_record=cmd.has_border_record,
        is_in_chinese=cmd.is_in_chinese,
        has_head_signature=cmd.has_head_signature,
        is_paid_by_transfer=cmd.is_paid_by_transfer,
    )
    judged = _judged(tx, trip, after, EnforcementPoint.REIMBURSEMENT, claim)
    require_met(trip, judged, EnforcementPoint.REIMBURSEMENT, open_counts=False)
    waiting = to_explain(judged)
    if waiting and not cmd.reason:
        refuse("claim_unexplained", trip, waiting)
    after.claimed_on, after.claimed_cny, after.claim_reason = cmd.claimed_on, cmd.amount, cmd.reason
    after.claimed_days, after.claimed_people = cmd.days, cmd.people
    after.claimed_countries = list(cmd.countries)
    after.claim_findings = frozen(judged.findings, judged.edition)
    touch(tx, trip, TripAction.REIMBURSE)
    tx.session.flush()
    meet_duty(tx, trip, REIMBURSEMENT, cmd.claimed_on)
    tx.record(
        ReimbursementRecorded(
            about=subject(trip),
            round=trip.round,
            claimed_on=cmd.claimed_on.isoformat(),
            amount_fen=int(cmd.amount * 100),
            days=cmd.days,
            persons=cmd.people,
            countries=" ".join(cmd.countries),
            late_days=max(_late(judged.findings, "PST-06"), default=0),
            reason=cmd.reason,
        )
    )
    return trip


@command
def close(tx: Tx, cmd: NumberedTrip) -> Trip:
    """Close the file. Raises `NotAllowedNow` until the return is confirmed, the claim settled, every duty done."""
    trip = open_trip(tx, cmd.number, TripAction.CLOSE, cmd.version)
    after = _after(tx, trip)
    if open_duties(tx, trip.id):
        raise NotAllowedNow("duties_open")
    if after.confirmed_at is None:
        raise NotAllowedNow("return_not_confirmed")
    if after.claimed_on is None:
        raise NotAllowedNow("claim_not_settled")
    trip.closed_at = tx.now
    touch(tx, trip, TripAction.CLOSE)
    tx.session.flush()
    tx.record(TripClosed(about=subject(trip), round=trip.round))
    return trip


def open_duties(tx: Tx, trip_id: UUID) -> Sequence[object]:
    """The duties after return that still run."""
    return deadline_queries.open_of(tx.session, trip_id, DUTIES)


def _judged(
    tx: Tx, trip: Trip, after: AfterTrip, point: EnforcementPoint, claim: ClaimFacts | None = None
) -> Judged:
    attached = files.of_owner(tx.session, queries.KIND, trip.id)
    return judge(tx.session, trip, attached, today=local_date(tx.now), at=point, after=after, claim=claim)


def _after(tx: Tx, trip: Trip) -> AfterTrip:
    found = queries.after_trip(tx.session, trip.id)
    assert found is not None
    return found


def _unconfirmed(tx: Tx, trip: Trip) -> AfterTrip:
    found = _after(tx, trip)
    if found.confirmed_at is not None:
        raise NotAllowedNow("return_confirmed_already")
    return found


def after_entry(tx: Tx, trip: Trip, field: str, on: date) -> None:
    not_future(tx, field, on)
    if trip.back_on is not None and on < trip.back_on:
        raise Invalid(fields={field: [gettext("日期早于入境日期。")]})
