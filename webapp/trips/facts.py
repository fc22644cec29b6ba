"""Fills the rulebook's `TripFacts` from a trip as it stands, and has it judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.accounts import queries as accounts
from webapp.approvals import queries as approvals
from webapp.attachments.service import StoredFile
from webapp.core.i18n import N_
from webapp.deadlines.queries_calendar import work_calendar
from webapp.people import queries_custody as custody
from webapp.people.states import Custody
from webapp.plans import queries as plans
from webapp.rulebook import facts as seen
from webapp.rulebook import queries as rulebook
from webapp.rulebook.edition import Edition, Finding
from webapp.rulebook.rules import check
from webapp.rulebook.states import BudgetItem, EnforcementPoint
from webapp.trips import queries
from webapp.trips.commands_sections import DocumentType, MemberRole, Transit
from webapp.trips.models import AfterTrip, Trip
from webapp.trips.states import PASSPORT_DUTY


@dataclass(frozen=True)
class Judged:
    """What the rules say of a trip, by which edition."""

    findings: tuple[Finding, ...]
    edition: str
    facts: seen.TripFacts | None = None

    def counts(self) -> tuple[int, int, int]:
        """Unmet, to be explained (notices with them), met."""
        unmet = sum(f.stops for f in self.findings)
        met = sum(f.verdict.value == "ok" for f in self.findings)
        return unmet, len(self.findings) - unmet - met, met


def judge(
    session: Session,
    trip: Trip,
    files: Sequence[StoredFile],
    *,
    today: date,
    at: EnforcementPoint | None = None,
    after: AfterTrip | None = None,
    claim: seen.ClaimFacts | None = None,
) -> Judged:
    """Run the rules in force today over the trip (`at` None: everything that can be judged now).

    `claim` is the one on the desk, in place of what `after` keeps of a settled one.
    """
    edition = rulebook.edition(session, today)
    calendar = work_calendar(session)
    collected = collect(session, trip, files, edition=edition, today=today, after=after, claim=claim)
    if collected is None:
        return Judged((), edition.code)
    return Judged(check(collected, edition, at, today, calendar), edition.code, collected)


def collect(
    session: Session,
    trip: Trip,
    files: Sequence[StoredFile],
    *,
    edition: Edition,
    today: date,
    after: AfterTrip | None = None,
    claim: seen.ClaimFacts | None = None,
) -> seen.TripFacts | None:
    """The facts, or None while the trip has no dates."""
    if trip.exit_on is None or trip.entry_on is None:
        return None
    year = trip.exit_on.year
    split = edition.rule("DEL-02")
    near = timedelta(days=int(split.params["window_days"]) if split is not None else 0)
    kinds = {row.document_type for row in files}
    sending = _sending(session, trip)
    # What this trip itself holds must not count against it.
    standings = plans.standings(session, {trip.unit_id, *sending}, year, without=trip.id)
    return seen.TripFacts(
        number=trip.ref,
        organizing_unit=trip.unit_code,
        organizing_unit_name=trip.unit_name,
        exit_on=trip.exit_on,
        entry_on=trip.entry_on,
        delegation_class=trip.delegation_class,
        route_kind=trip.route_kind,
        has_poor_connection=trip.is_poorly_connected,
        is_urgent=trip.is_urgent,
        has_academic_task=bool(trip.purpose),
        legs=stays(trip),
        members=_members(trip),
        slots=tuple(
            seen.Slot(day=slot.on_day, half=slot.half, is_official=slot.is_official, row=row)
            for row, slot in enumerate(trip.slots, start=1)
            if slot.on_day is not None
        ),
        budget=_budget(trip),
        has_free_transport=any(line.car_hired for line in trip.budget),
        meals_are_provided=_hosted(trip, BudgetItem.MEALS),
        lodging_is_provided=_hosted(trip, BudgetItem.LODGING),
        invitations=_invitations(trip, kinds),
        notices=_notices(session, trip),
        plan_item=plans.plan_item(session, trip.unit_id, year, trip.plan_item) if trip.plan_item else None,
        quotas=_quotas(sending, standings),
        delegation_quota=standings[trip.unit_id].delegations,
        unit_budget=standings[trip.unit_id].budget,
        other_requests=queries.others_near(session, trip, trip.exit_on - near, trip.entry_on + near),
        overdue_passports=_overdue(session, trip),
        submitted_on=today,
        permit_issued_on=trip.permit_on,
        permit_number=trip.permit_no or "",
        left_on=trip.left_on,
        travel=_travel(session, trip, after, claim),
    )


def _notices(session: Session, trip: Trip) -> tuple[seen.NoticePost, ...]:
    """When each unit put the notice up, as the approval engine has it; objections as the trip has them."""
    request = approvals.find(session, queries.KIND, trip.id) if trip.round else None
    if request is None:
        return ()
    units = {m.unit_path: (m.unit_code, m.unit_name) for m in trip.members}
    units[trip.unit_path] = (trip.unit_code, trip.unit_name)
    kept = {notice.unit_code: notice for notice in trip.notices}
    found = []
    for slot in approvals.slots(session, request.id, request.round):
        if slot.posted_on is None or slot.unit_path not in units:
            continue
        code, name = units[slot.unit_path]
        mine = kept.get(code)
        found.append(
            seen.NoticePost(
                unit_code=code,
                unit_name=name,
                posted_on=slot.posted_on,
                missing=_not_published(trip),
                has_open_objection=mine is not None and mine.has_objection and not mine.objection_finding,
            )
        )
    return tuple(found)


def _sending(session: Session, trip: Trip) -> list[UUID]:
    """The units that send members, in the order of the tree."""
    codes = {member.unit_code for member in trip.members}
    return [unit.id for unit in accounts.units(session) if unit.code in codes]


def _not_published(trip: Trip) -> tuple[str, ...]:
    """What the notice must say (DOC-02) and the application does not, so that no unit can have posted it."""
    missing = [] if trip.purpose else [N_("出访任务")]
    missing += [] if trip.fund_source else [N_("经费来源")]
    missing += [] if trip.slots else [N_("日程安排")]
    missing += [] if trip.budget else [N_("经费预算")]
    missing += [] if all(letter.profile for letter in trip.invitations) else [N_("邀请单位情况")]
    return tuple(missing)


def _quotas(sending: Sequence[UUID], standings: Mapping[UUID, plans.Standing]) -> tuple[seen.QuotaFacts, ...]:
    """Person-times of every sending unit that has a quota."""
    found = (standings[unit_id].quota for unit_id in sending)
    return tuple(quota for quota in found if quota is not None)


def stays(trip: Trip) -> tuple[seen.Leg, ...]:
    """Arrivals become stays that last until the next departure."""
    found = []
    for row, leg in enumerate(trip.legs, start=1):
        arrived = leg.arrive_on or leg.depart_on
        if arrived is None or leg.transit is Transit.HOME or not leg.to_country:
            continue
        following = trip.legs[row].depart_on if row < len(trip.legs) else trip.entry_on
        found.append(
            seen.Leg(
                row=row,
                country=leg.to_country,
                city=leg.to_city,
                arrive_on=arrived,
                leave_on=max(arrived, following or arrived),
                is_business=leg.transit is Transit.BUSINESS,
                is_airside=leg.transit is Transit.AIRSIDE,
            )
        )
    return tuple(found)


def _members(trip: Trip) -> tuple[seen.Member, ...]:
    return tuple(
        seen.Member(
            row=row,
            name=member.name,
            unit_code=member.unit_code,
            unit_name=member.unit_name,
            rank=member.rank,
            is_head=member.role is MemberRole.HEAD,
            is_interpreter=member.role is MemberRole.INTERPRETER,
            employment=member.employment,
        )
        for row, member in enumerate(trip.members, start=1)
    )


def _budget(trip: Trip) -> tuple[seen.BudgetRow, ...]:
    found = []
    for row, line in enumerate(trip.budget, start=1):
        amount = line.claimed * line.persons * line.quantity
        standard = line.item in (BudgetItem.LODGING, BudgetItem.MEALS, BudgetItem.INCIDENTALS)
        found.append(
            seen.BudgetRow(
                row=row,
                item=line.item,
                amount=amount,
                currency=line.currency,
                cny=None if line.rate is None else amount * line.rate,
                country=line.country,
                city=line.city,
                units=line.quantity,
                people=line.persons,
                rate=line.claimed if standard else None,
            )
        )
    return tuple(found)


def _hosted(trip: Trip, item: BudgetItem) -> bool:
    return any(line.host_provides for line in trip.budget if line.item is item)


def _invitations(trip: Trip, kinds: set[str]) -> tuple[seen.Invitation, ...]:
    return tuple(
        seen.Invitation(
            row=row,
            countries=tuple(letter.countries.split()),
            inviter=letter.inviter,
            signatory=letter.signatory,
            purpose=letter.purpose,
            dated_on=letter.dated_on,
            stay_from=letter.stay_from,
            stay_until=letter.stay_until,
            cost_bearer=letter.cost_bearer.value,
            has_original=DocumentType.INVITATION.value in kinds,
            has_translation=DocumentType.TRANSLATION.value in kinds,
            is_via_intermediary=letter.is_via_intermediary,
        )
        for row, letter in enumerate(trip.invitations, start=1)
    )


def _overdue(session: Session, trip: Trip) -> tuple[seen.OverduePassport, ...]:
    """Passports of the organising unit that are not back, each with the last day in time (PST-01)."""
    return tuple(
        seen.OverduePassport(holder=row.holder, trip_number=row.number, due_on=row.due_on)
        for row in queries.unreturned_passports(session, trip.unit_code, PASSPORT_DUTY)
    )


def claim_kept(after: AfterTrip) -> seen.ClaimFacts | None:
    """The settled claim; its papers were there, else it would not have been settled (PST-06)."""
    if after.claimed_on is None:
        return None
    return seen.ClaimFacts(
        claimed_on=after.claimed_on,
        days=after.claimed_days or 0,
        people=after.claimed_people or 0,
        countries=tuple(after.claimed_countries or ()),
    )


def _travel(
    session: Session, trip: Trip, after: AfterTrip | None, claim: seen.ClaimFacts | None
) -> seen.TravelFacts | None:
    if trip.left_on is None or trip.back_on is None or after is None:
        return None
    documents = custody.handovers(session, [member.id for member in trip.members])
    gone = (Custody.LOST, Custody.CANCELLED)
    passports = []
    for row, member in enumerate(trip.members, start=1):
        held = documents.get(member.id)
        if held is not None and held.custody in gone:
            continue  # what is lost cannot be handed back; its duty ended with the report of the loss
        returned_on = None if held is None else held.ended_on
        passports.append(seen.PassportBack(row=row, holder=member.name, returned_on=returned_on))
    return seen.TravelFacts(
        exit_on=trip.left_on,
        entry_on=trip.back_on,
        passports=tuple(passports),
        countries=tuple(after.visited or ()),
        is_red_eye=bool(after.is_red_eye),
        reported_on=after.reported_on,
        published_on=after.published_on,
        claim=claim or claim_kept(after),
    )
