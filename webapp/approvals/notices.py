"""Who is told of an approval: those whose turn it is, and the applicant of every result."""

from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.accounts import queries_authority
from webapp.approvals import queries
from webapp.approvals.models import ApprovalRequest, ApprovalStage
from webapp.approvals.states import RequestState, SlotState
from webapp.core.ledger import OutboxMessage
from webapp.core.permissions import ROLE_PERMISSIONS, Permission
from webapp.notifications.notice import Notice, Routes


def tell_approvers(session: Session, message: OutboxMessage) -> Iterator[Notice]:
    """Holders of the open slots and who stands in for them; nobody when it was signed before the relay came."""
    request = _request(session, message)
    if request.state is not RequestState.IN_REVIEW or request.round != message.payload["figures"]["round"]:
        return
    parties = queries.parties_of(request)
    barred = parties.travellers | parties.drafters | {parties.requester}
    told: set[UUID] = set()
    for slot, holder in _holders(session, message, _open_slots(session, request, message)):
        is_notice = slot.key.startswith("notice:")
        if holder in told or (holder in barred and not is_notice):
            continue
        told.add(holder)
        yield Notice(
            account_id=holder,
            template="approvals/notice_turn" if is_notice else "approvals/turn",
            context=_context(request) | {"stage": slot.title},
            link=request.link,
        )


def tell_applicant(session: Session, message: OutboxMessage) -> Iterator[Notice]:
    """The applicant and those who drafted, of a return, refusal, approval or revocation."""
    request = _request(session, message)
    parties = queries.parties_of(request)
    context = _context(request) | {
        "stage": _stage_title(session, request, message.payload["figures"].get("stage", "")),
        "reason": message.payload["reason"],
    }
    template = f"approvals/{message.event.partition('.')[2]}"
    applicants = {*parties.drafters, *([parties.requester] if parties.requester else [])}
    for account_id in sorted(applicants):
        if str(account_id) != message.payload["actor"]:
            yield Notice(account_id=account_id, template=template, context=context, link=request.link)


def tell_approvers_it_is_off(session: Session, message: OutboxMessage) -> Iterator[Notice]:
    """Those who had it before them when it was withdrawn need not look any more."""
    request = _request(session, message)
    slots = queries.slots(session, request.id, message.payload["figures"]["round"])
    had_it = [slot for slot in slots if slot.state is SlotState.VOID and slot.opened_at is not None]
    for holder in dict.fromkeys(holder for _slot, holder in _holders(session, message, had_it)):
        yield Notice(
            account_id=holder,
            template="approvals/withdrawn",
            context=_context(request) | {"reason": message.payload["reason"]},
            link=request.link,
            by_mail=False,
        )


def tell_of_moved_notice(session: Session, message: OutboxMessage) -> Iterator[Notice]:
    """Those who confirm the notice, while it waits for them."""
    request = _request(session, message)
    for _slot, holder in _holders(session, message, _open_slots(session, request, message)):
        yield Notice(
            account_id=holder,
            template="approvals/notice_moved",
            context=_context(request)
            | {
                "before": message.payload["details"]["before"],
                "after": message.payload["figures"]["ready_on"],
                "reason": message.payload["reason"],
            },
            link=request.link,
        )


def tell_confirmer(session: Session, message: OutboxMessage) -> Iterable[Notice]:
    """Colleagues who may confirm a paper entry: everybody of the office who may enter one, but its author."""
    request = _request(session, message)
    for holder in queries.paper_confirmers(session, request.unit_path, message.created_at):
        if str(holder) != message.payload["actor"]:
            yield Notice(
                account_id=holder,
                template="approvals/paper",
                context=_context(request) | {"signer": message.payload["details"]["signer"]},
                link=f"/approvals/{request.subject_kind}/{request.number}/paper",
            )


def _open_slots(session: Session, request: ApprovalRequest, message: OutboxMessage) -> list[ApprovalStage]:
    """The slots an event names, those that still wait."""
    named = set(message.payload["details"]["slots"])
    slots = queries.slots(session, request.id, message.payload["figures"]["round"])
    return [slot for slot in slots if slot.key in named and slot.state is SlotState.OPEN]


def _holders(
    session: Session, message: OutboxMessage, slots: Sequence[ApprovalStage]
) -> Iterator[tuple[ApprovalStage, UUID]]:
    """Who may sign each of the slots, slot by slot; one statement for all of them."""
    pools = [slot for slot in slots if slot.role is not None and slot.person_id is None]
    wanted = [(slot.role, slot.unit_path) for slot in pools if slot.role is not None]
    found = queries_authority.holders_of(session, wanted, message.created_at)
    for slot in slots:
        if slot.person_id is not None:
            yield slot, slot.person_id
        elif slot.role is not None:
            for holder in found[slot.role, slot.unit_path]:
                yield slot, holder.id


def tell_waiting(session: Session, message: OutboxMessage) -> Iterator[Notice]:
    """Whoever may sign what is open: they are urged."""
    request = _request(session, message)
    parties = queries.parties_of(request)
    barred = parties.travellers | parties.drafters | {parties.requester}
    holders = _holders(session, message, _open_slots(session, request, message))
    for holder in dict.fromkeys(holder for _slot, holder in holders if holder not in barred):
        yield _said(request, message, holder, "urged")


def tell_named(session: Session, message: OutboxMessage) -> Iterator[Notice]:
    """The person a slot was forwarded to, or a copy was sent to, or who need not sign any more."""
    request = _request(session, message)
    template = message.event.partition(".")[2]
    if message.payload["details"]["to"]:
        yield _said(request, message, UUID(message.payload["details"]["to"]), template)


def tell_it_went_on(session: Session, message: OutboxMessage) -> Iterator[Notice]:
    """Colleagues who had the slot before them, too, need not look any more."""
    request = _request(session, message)
    slots = [s for s in queries.slots(session, request.id, request.round) if s.role is not None]
    mine = [s for s in slots if s.key == message.payload["details"]["slot"]]
    wanted = [(s.role, s.unit_path) for s in mine if s.role is not None]
    found = queries_authority.holders_of(session, wanted, message.created_at)
    told = {message.payload["actor"], message.payload["details"]["to"]}
    for holder in (holder for holders in found.values() for holder in holders):
        if str(holder.id) not in told:
            yield _said(request, message, holder.id, "forwarded_off", by_mail=False)


def tell_next_it_was_taken_back(session: Session, message: OutboxMessage) -> Iterator[Notice]:
    """Those whose turn it had been for a moment."""
    request = _request(session, message)
    named = set(message.payload["details"]["slots"])
    slots = queries.slots(session, request.id, message.payload["figures"]["round"])
    had_it = [slot for slot in slots if slot.key in named and slot.state is SlotState.WAITING]
    for holder in dict.fromkeys(holder for _slot, holder in _holders(session, message, had_it)):
        yield _said(request, message, holder, "taken_back", by_mail=False)


def tell_involved(session: Session, message: OutboxMessage) -> Iterator[Notice]:
    """Of a comment: the applicant's side and whoever has the request before them, in the in-app inbox."""
    request = _request(session, message)
    parties = queries.parties_of(request)
    slots = queries.slots(session, request.id, request.round)
    open_now = [slot for slot in slots if slot.state in (SlotState.OPEN, SlotState.ASKED)]
    holders = [holder for _slot, holder in _holders(session, message, open_now)]
    people = [*parties.drafters, *([parties.requester] if parties.requester else []), *holders]
    for person in dict.fromkeys(people):
        if str(person) != message.payload["actor"]:
            yield _said(request, message, person, "commented", by_mail=False)


def _said(
    request: ApprovalRequest, message: OutboxMessage, to: UUID, template: str, *, by_mail: bool = True
) -> Notice:
    context = _context(request) | {"reason": message.payload["reason"]}
    return Notice(
        account_id=to,
        template=f"approvals/{template}",
        context=context,
        link=request.link or f"/approvals/{request.subject_kind}/{request.number}",
        by_mail=by_mail,
    )


def _request(session: Session, message: OutboxMessage) -> ApprovalRequest:
    return queries.request(session, message.subject_kind, message.subject_id)


def _context(request: ApprovalRequest) -> dict[str, str]:
    return {"number": request.number, "title": request.title}


def _stage_title(session: Session, request: ApprovalRequest, code: str) -> str:
    if not code:
        return ""
    return queries.route_of(session, request.route_id).stage(code).title


def tell_directors(session: Session, message: OutboxMessage) -> Iterator[Notice]:
    """Those who may put a route in force, but who proposed it."""
    roles = [role for role, given in ROLE_PERMISSIONS.items() if Permission.ROUTES_ENACT in given]
    posts = queries_authority.holders_of(session, [(role, None) for role in roles], message.created_at)
    figures, details = message.payload["figures"], message.payload["details"]
    for account_id in dict.fromkeys(holder.id for holders in posts.values() for holder in holders):
        if str(account_id) != message.payload["actor"]:
            yield Notice(
                account_id=account_id,
                template="approvals/route_proposed",
                context={
                    "route": figures["route"],
                    "version": figures["route_version"],
                    "title": details["title"],
                },
                link=f"/routes/proposals/{message.payload['number']}",
            )


ROUTES: Routes = {
    "approval_route.proposed": (tell_directors,),
    "approval_route.enacted": (),
    "approval_route.refused": (),
    "approval.outside_result_entered": (),
    "approval.started": (),
    "approval.stage_opened": (tell_approvers,),
    "approval.notice_posted": (),
    "approval.notice_moved": (tell_of_moved_notice,),
    "approval.decided": (),
    "approval.returned": (tell_applicant,),
    "approval.rejected": (tell_applicant,),
    "approval.concluded": (tell_applicant,),
    "approval.withdrawn": (tell_approvers_it_is_off,),
    "approval.resumed": (),
    "approval.acknowledged": (),
    "approval.revoked": (tell_applicant,),
    "approval.content_changed": (),
    "approval.paper_entered": (tell_confirmer,),
    "approval.paper_refused": (),
    "approval.sheet_opened": (),
    "approval.taken_back": (tell_next_it_was_taken_back,),
    "approval.sent_back": (tell_applicant,),
    "approval.forwarded": (tell_named, tell_it_went_on),
    "approval.signer_added": (),
    "approval.signer_removed": (tell_named,),
    "approval.urged": (tell_waiting,),
    "approval.information_asked": (tell_applicant,),
    "approval.information_given": (),
    "approval.question_cancelled": (),
    "approval.copied": (tell_named,),
    "approval.commented": (tell_involved,),
    "approval.suspended": (tell_applicant,),
    "approval.continued": (tell_applicant,),
}
