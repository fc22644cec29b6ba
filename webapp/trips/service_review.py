"""From submission to the final decision: submit, withdraw, notice before the trip, exceptions to rules."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from webapp.accounts import queries as accounts
from webapp.approvals import service_end, service_notice, service_start
from webapp.approvals.commands import EndRequest, Findings, SubmitRequest
from webapp.approvals.commands import PostNotice as PostOnRoute
from webapp.attachments import queries as files
from webapp.attachments.service import StoredFile
from webapp.core.clock import local_date
from webapp.core.errors import Forbidden, Invalid, NotAllowedNow, RuleBroken, sentences
from webapp.core.i18n import N_, gettext
from webapp.core.ids import new_id
from webapp.core.series import next_number
from webapp.core.tx import Tx, command
from webapp.rulebook.rules import stopping
from webapp.rulebook.states import EnforcementPoint
from webapp.trips import queries, rules_routes, sections, service_holds, service_members
from webapp.trips.commands import NumberedTrip, PostNotice, WithdrawTrip
from webapp.trips.commands_sections import DECLARATIONS, MemberRole
from webapp.trips.events import NoticePosted, TripSubmitted
from webapp.trips.facts import Judged, judge
from webapp.trips.models import Notice, Round, Trip
from webapp.trips.pages import finding_lines, frozen
from webapp.trips.rules import content_hash, trip_number
from webapp.trips.service_draft import file_content, open_trip, subject, touch
from webapp.trips.service_rules import require_explained, require_met
from webapp.trips.states import TripAction, TripState

sentences({"not_complete": N_("申请还没有填完，不能提交。")})


@command
def submit(tx: Tx, cmd: NumberedTrip) -> Trip:
    """Send the application to its approvers: rules, quota, budget, number, round and route in one step.

    Raises `Invalid` while parts are missing; `RuleBroken` with the findings for an unmet blocker of this
    point that has no granted and no open request for an exception, and for findings that wait for the
    applicant's explanation; what quota or budget no longer hold is refused by the plans themselves.
    """
    trip = open_trip(tx, cmd.number, TripAction.SUBMIT, cmd.version)
    _require_complete(trip)
    service_members.link(tx, trip)  # people may have been registered since the list was saved
    today = local_date(tx.now)
    attached = files.of_owner(tx.session, queries.KIND, trip.id)
    judged = judge(tx.session, trip, attached, today=today, at=EnforcementPoint.SUBMISSION)
    require_met(trip, judged, EnforcementPoint.SUBMISSION, open_counts=True)
    require_explained(trip, judged)
    if trip.number is None:
        trip.number = trip_number(today.year, next_number(tx, f"trip {today.year}"))
    trip.round += 1
    trip.submitted_at = tx.now
    touch(tx, trip, TripAction.SUBMIT)
    kept = frozen(judged.findings, judged.edition)
    content = sections.content(trip, file_content(tx, trip)) | {"findings": content_hash(kept)}
    tx.add(
        Round(
            trip_id=trip.id,
            number=trip.round,
            submitted_at=tx.now,
            submitted_by=tx.actor.name,
            content=content,
            findings=kept,
        )
    )
    tx.session.flush()
    _reserve(tx, trip, attached)
    service_start.submit.within(tx, _request(tx, trip, judged, content))
    unmet, explain, passed = judged.counts()
    tx.record(
        TripSubmitted(
            about=subject(trip),
            round=trip.round,
            **journey_figures(trip),
            blockers=unmet,
            to_explain=explain,
            passed=passed,
            total_fen=int(trip.total_cny * 100),
            content=content_hash(content),
        )
    )
    return trip


def _reserve(tx: Tx, trip: Trip, attached: Sequence[StoredFile]) -> None:
    """Hold quota and budget; whoever was quicker is seen by the rules once the unit's year is locked."""
    try:
        service_holds.reserve(tx, trip)
    except RuleBroken as full:
        point = EnforcementPoint.SUBMISSION
        judged = judge(tx.session, trip, attached, today=local_date(tx.now), at=point)
        lines = finding_lines(trip, stopping(judged.findings, point), with_ways=True)
        raise RuleBroken(full.code, findings=lines, **full.details) from full


def journey_figures(trip: Trip) -> dict[str, Any]:
    """What digests count of a journey, asked for or permitted."""
    return {
        "persons": len(trip.members),
        "days": days_of(trip),
        "delegation_class": trip.delegation_class.value,
        "route_kind": trip.route_kind.value,
        "countries": " ".join(trip.countries),
        "title": trip.title,
    }


def _request(tx: Tx, trip: Trip, judged: Judged, content: dict[str, str]) -> SubmitRequest:
    units = {unit.code: unit.id for unit in accounts.units(tx.session)}
    unmet, explain, passed = judged.counts()
    return SubmitRequest(
        about=subject(trip),
        unit_id=trip.unit_id,
        unit_ids=tuple(dict.fromkeys(units[m.unit_code] for m in trip.members)),
        requester=tx.actor.account_id,
        drafters=() if trip.created_by_id is None else (trip.created_by_id,),
        travellers=service_members.recognise(tx, trip),  # anew: accounts come and go while a draft waits
        title=trip.title,
        lede=lede(trip),
        link=f"/trips/{trip.ref}",
        findings=Findings(unmet=unmet, explain=explain, passed=passed),
        content=content,
        facts=route_facts(tx.session, trip),
    )


def route_facts(session: Session, trip: Trip) -> dict[str, Any]:
    """What the routes may ask of this trip."""
    unit = accounts.unit(session, trip.unit_id)
    return rules_routes.stated(
        route_kind=trip.route_kind,
        delegation_class=trip.delegation_class,
        ranks=[member.rank for member in trip.members],
        unit_kind=unit.kind,
        unit_has_power=unit.has_delegated_power,
        is_urgent=trip.is_urgent,
        days=days_of(trip),
        persons=len(trip.members),
        money=trip.total_cny,
    )


def lede(trip: Trip) -> str:
    """The line under the title on an approver's card: people, dates, money."""
    head = next((m for m in trip.members if m.role is MemberRole.HEAD), None)
    return "，".join(
        part
        for part in (
            f"{len(trip.members)} 人",
            f"{trip.exit_on} 至 {trip.entry_on}，{days_of(trip)} 天",
            f"团长 {head.name}" if head else "",
            f"¥{trip.total_cny:,.2f}",
        )
        if part
    )


def days_of(trip: Trip) -> int:
    """Days abroad: the day of exit and the day of entry both count; 0 without dates."""
    return (trip.entry_on - trip.exit_on).days + 1 if trip.exit_on and trip.entry_on else 0


def _require_complete(trip: Trip) -> None:
    missing: dict[str, list[str]] = {}
    if trip.exit_on is None or not trip.countries:
        missing["legs"] = [gettext("行程还没有排好：要有去程、回程和日期。")]
    if not any(m.role is MemberRole.HEAD for m in trip.members):
        missing["members"] = [gettext("还没有团长。")]
    if not all(trip.declarations.get(name) for name in DECLARATIONS):
        missing["declarations"] = [gettext("五项声明还没有作完。")]
    if missing:
        raise Invalid("not_complete", fields=missing)


@command
def withdraw(tx: Tx, cmd: WithdrawTrip) -> Trip:
    """Take the request back before it is decided. The engine locks its request first, then the trip."""
    trip_id = queries.trip_id(tx.session, tx.actor, tx.now, cmd.number)
    trip = tx.session.get_one(Trip, trip_id)
    tx.check_version(trip, cmd.version)
    if TripAction.WITHDRAW not in queries.actions_of(trip, tx.actor, tx.now):
        if trip.state in (TripState.IN_REVIEW, TripState.RETURNED):
            raise Forbidden(action=TripAction.WITHDRAW.value)
        raise NotAllowedNow("action_not_now", state=trip.state.value, action=TripAction.WITHDRAW.value)
    service_end.withdraw.within(tx, EndRequest(kind=queries.KIND, subject_id=trip_id, reason=cmd.reason))
    return trip


@command
def post_notice(tx: Tx, cmd: PostNotice) -> Trip:
    """Record that a unit has put the notice up (DOC-02): organising and all sending units, each for itself.

    The engine counts the working days and lets the unit confirm when they are over.
    """
    trip = open_trip(tx, cmd.number, TripAction.POST_NOTICE)
    names = {m.unit_code: m.unit_name for m in trip.members} | {trip.unit_code: trip.unit_name}
    if cmd.unit_code not in names:
        raise Invalid(fields={"unit_code": [gettext("这个单位不参加团组，不用公示。")]})
    unit = accounts.unit_by_code(tx.session, cmd.unit_code)
    notice = next((n for n in trip.notices if n.unit_code == cmd.unit_code), None)
    published = content_hash(sections.published(trip))
    if notice is None:
        notice = Notice(
            id=new_id(tx.now), trip_id=trip.id, unit_code=cmd.unit_code, unit_name=names[cmd.unit_code]
        )
        trip.notices.append(notice)
    notice.posted_on, notice.place, notice.published = cmd.posted_on, cmd.place, published
    notice.has_objection, notice.objection_finding = cmd.has_objection, cmd.objection_finding
    notice.recorded_by, notice.recorded_at = tx.actor.name, tx.now
    touch(tx, trip, TripAction.POST_NOTICE)
    tx.session.flush()
    service_notice.post_notice.within(
        tx, PostOnRoute(kind=queries.KIND, subject_id=trip.id, unit_id=unit.id, posted_on=cmd.posted_on)
    )
    tx.record(
        NoticePosted(
            about=subject(trip),
            round=trip.round,
            posted_on=cmd.posted_on.isoformat(),
            posting_unit=cmd.unit_code,
            objection=int(cmd.has_objection),
            place=cmd.place,
            reason=cmd.objection_finding,
        )
    )
    return trip
