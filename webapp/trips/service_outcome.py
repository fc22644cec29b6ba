"""What the approval engine tells a trip, inside the engine's own transaction."""

from uuid import UUID

from webapp.approvals import service_results
from webapp.attachments import queries as files
from webapp.core.clock import local_date
from webapp.core.errors import NotAllowedNow, sentences
from webapp.core.i18n import N_
from webapp.core.series import next_number
from webapp.core.tx import Tx
from webapp.rulebook.states import EnforcementPoint
from webapp.trips import queries, queries_permits, service_holds
from webapp.trips.events import PermitIssued, PermitRevoked, TripRefused, TripReturned, TripWithdrawn
from webapp.trips.facts import judge
from webapp.trips.models import Trip
from webapp.trips.rules import permit_number, permit_series
from webapp.trips.service_draft import subject, touch
from webapp.trips.service_review import journey_figures
from webapp.trips.service_rules import require_granted, require_met
from webapp.trips.states import TripAction

sentences({"permit_number_taken": N_("文号 %(number)s 已经用在另一个团组上。")})

# The stage whose approval means that the office takes the application up (受理).
ACCEPTANCE = "acceptance"
APPROVE = "approve"


class TripSubject:
    """The trips' answers to the engine. Raising refuses the engine's whole action."""

    def stage_opened(self, tx: Tx, subject_id: UUID, stage: str) -> None:
        """Nothing changes for the trip; the engine keeps the stages."""

    def before_decision(self, tx: Tx, subject_id: UUID, stage: str, verdict: str) -> None:
        """Rules of acceptance bite when the office accepts: the notice has run its working days (DOC-02)."""
        if stage == ACCEPTANCE and verdict == APPROVE:
            self._require(
                tx, tx.session.get_one(Trip, subject_id), EnforcementPoint.ACCEPTANCE, granted=False
            )

    def returned(self, tx: Tx, subject_id: UUID, stage: str, reason: str) -> None:
        trip = self._ended(tx, subject_id, TripAction.SEND_BACK, reason)
        tx.record(
            TripReturned(about=subject(trip), round=trip.round, stage=stage, reason=reason, title=trip.title)
        )

    def rejected(self, tx: Tx, subject_id: UUID, stage: str, reason: str) -> None:
        trip = self._ended(tx, subject_id, TripAction.REFUSE, reason)
        tx.record(
            TripRefused(
                about=subject(trip),
                round=trip.round,
                persons=len(trip.members),
                reason=reason,
                result="refused",
                stage=stage,
                title=trip.title,
            )
        )

    def withdrawn(self, tx: Tx, subject_id: UUID, reason: str) -> None:
        trip = self._ended(tx, subject_id, TripAction.WITHDRAW, reason)
        tx.record(
            TripWithdrawn(about=subject(trip), round=trip.round, persons=len(trip.members), reason=reason)
        )

    def revoked(self, tx: Tx, subject_id: UUID, reason: str) -> None:
        trip = self._ended(tx, subject_id, TripAction.REVOKE, reason)
        tx.record(
            PermitRevoked(
                about=subject(trip),
                round=trip.round,
                persons=len(trip.members),
                permit_no=trip.permit_no or "",
                reason=reason,
                title=trip.title,
            )
        )

    def concluded(self, tx: Tx, subject_id: UUID, decision_id: UUID) -> None:
        """The final signature: exceptions must be granted by now; number, quota and state follow at once."""
        trip = tx.lock(Trip, subject_id)
        require_granted(trip)
        self._require(tx, trip, EnforcementPoint.ACCEPTANCE, granted=True)
        self._require(tx, trip, EnforcementPoint.PERMIT, granted=True)
        self._number(tx, trip, decision_id)
        service_holds.use(tx, trip)
        self._close_round(tx, trip, "approved", "")
        touch(tx, trip, TripAction.APPROVE)
        tx.session.flush()
        tx.record(
            PermitIssued(
                about=subject(trip),
                round=trip.round,
                **journey_figures(trip),
                permit_no=trip.permit_no or "",
                waivers=sum(waiver.state == "granted" for waiver in trip.waivers),
            )
        )

    def _number(self, tx: Tx, trip: Trip, decision_id: UUID) -> None:
        """The permit's number: the authority's own where it was decided outside, else the next of the series."""
        outside = service_results.of_decision(tx.session, decision_id)
        if outside is not None:
            if queries_permits.is_taken(tx.session, outside.document_no):
                raise NotAllowedNow("permit_number_taken", number=outside.document_no)
            trip.permit_no, trip.permit_authority = outside.document_no, outside.authority
            trip.permit_on = outside.decided_on
            return
        today = local_date(tx.now)
        template, authority = queries_permits.in_force(tx.session, trip.route_kind)
        # One series per authority and year: unique, and without a gap that no entry explains (DOC-07).
        sequence = next_number(tx, permit_series(trip.route_kind, today.year))
        trip.permit_no = permit_number(template, today.year, sequence)
        trip.permit_authority, trip.permit_on = authority, today

    def _ended(self, tx: Tx, subject_id: UUID, action: TripAction, reason: str) -> Trip:
        """Any end but approval: the state moves, quota and budget are free again, the round says why."""
        trip = tx.lock(Trip, subject_id)
        service_holds.release(tx, trip)
        self._close_round(tx, trip, action.value, reason)
        touch(tx, trip, action)
        tx.session.flush()
        return trip

    def _close_round(self, tx: Tx, trip: Trip, outcome: str, reason: str) -> None:
        last = trip.rounds[-1]
        last.outcome, last.outcome_reason, last.outcome_at = outcome, reason, tx.now

    def _require(self, tx: Tx, trip: Trip, point: EnforcementPoint, *, granted: bool) -> None:
        attached = files.of_owner(tx.session, queries.KIND, trip.id)
        judged = judge(tx.session, trip, attached, today=local_date(tx.now), at=point)
        require_met(trip, judged, point, open_counts=not granted)
