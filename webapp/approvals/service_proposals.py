"""A new version of a route: handed in by one person, put in force from its day on by another."""

import hashlib
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.accounts import queries_authority as accounts
from webapp.approvals import events_routes, queries_routes, route_cases, route_text
from webapp.approvals.commands_routes import ProposeRoute, SettleRoute
from webapp.approvals.models import RouteProposal
from webapp.approvals.route import Route, RouteKind
from webapp.approvals.route_facts import STATED
from webapp.approvals.route_problem import RouteTextError
from webapp.approvals.service_routes import keep, keep_shipped
from webapp.approvals.states import SUBMITTED_KINDS, ProposalState
from webapp.core.clock import local_date
from webapp.core.errors import Invalid, NotAllowedNow, NotFound, sentences
from webapp.core.events import Subject
from webapp.core.i18n import N_, gettext
from webapp.core.permissions import Permission
from webapp.core.tx import Tx, command
from webapp.deadlines.queries_calendar import work_calendar

sentences(
    {
        "route_needs_another": N_("新路线要由另一个人复核启用，提出的人不能自己启用。"),
        "route_not_yours": N_("只有提出的人可以撤回。"),
        "route_settled": N_("这份路线已经处理过了。"),
    }
)


@command
def propose(tx: Tx, cmd: ProposeRoute) -> RouteProposal:
    """Keep a text that holds what it promises; nothing is in force until somebody else puts it there.

    Raises `Invalid` with a sentence for everything that is wrong: lines of the text, test cases that do not come
    true, facts, units and people this office does not have, a version that is not the next.
    """
    tx.require(Permission.ROUTES_PROPOSE)
    if cmd.valid_from < local_date(tx.now):
        raise Invalid(fields={"valid_from": [gettext(N_("启用日期不能早于今天。"))]})
    route = _read(tx, cmd.text)
    assert tx.actor.account_id is not None
    row = tx.add(
        RouteProposal(
            number=(tx.session.scalar(sa.select(sa.func.max(RouteProposal.number))) or 0) + 1,
            state=ProposalState.PROPOSED,
            code=route.code,
            route_version=route.version,
            title=route.title,
            text=cmd.text,
            valid_from=cmd.valid_from,
            reason=cmd.reason,
            proposed_by_id=tx.actor.account_id,
            proposed_by=tx.actor.name,
            proposed_at=tx.now,
        )
    )
    tx.session.flush()
    tx.record(
        events_routes.RouteProposed(**_told(row), valid_from=cmd.valid_from.isoformat(), reason=cmd.reason)
    )
    return row


@command
def settle(tx: Tx, cmd: SettleRoute) -> RouteProposal:
    """Put a proposed text in force, refuse it, or take one's own back.

    Raises `NotAllowedNow` when who proposed it wants to put it in force or it was settled before, `Invalid` when
    the office has changed so that the text does not hold any more.
    """
    tx.require(Permission.ROUTES_PROPOSE)
    row = tx.session.scalars(
        sa.select(RouteProposal).where(RouteProposal.number == cmd.number).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound
    tx.check_version(row, cmd.version)
    if row.state is not ProposalState.PROPOSED:
        raise NotAllowedNow("route_settled")
    own = row.proposed_by_id == tx.actor.account_id
    if own and cmd.state is not ProposalState.WITHDRAWN:
        raise NotAllowedNow("route_needs_another")
    if not own and cmd.state is ProposalState.WITHDRAWN:
        raise NotAllowedNow("route_not_yours")
    if not own:
        tx.require(Permission.ROUTES_ENACT)
    if cmd.state is ProposalState.REFUSED and not cmd.note.strip():
        raise Invalid(fields={"note": [gettext(N_("请写明理由。"))]})
    row.state, row.note = cmd.state, cmd.note
    row.settled_by_id, row.settled_by, row.settled_at = tx.actor.account_id, tx.actor.name, tx.now
    if cmd.state is ProposalState.APPLIED:
        _enact(tx, row)
    else:
        tx.record(events_routes.RouteRefused(**_told(row), state=cmd.state.value, reason=cmd.note))
    return row


def _enact(tx: Tx, row: RouteProposal) -> None:
    """The next version of its route; running requests stay with theirs."""
    route = _read(tx, row.text)
    valid_from = max(row.valid_from, local_date(tx.now))
    keep(
        tx,
        route,
        text=row.text,
        valid_from=valid_from,
        reason=row.reason,
        proposed_by=row.proposed_by,
        set_by_id=tx.actor.account_id,
        set_by=tx.actor.name,
    )
    tx.record(
        events_routes.RouteEnacted(
            **_told(row),
            valid_from=valid_from.isoformat(),
            proposed_by=row.proposed_by,
            reason=row.reason,
        )
    )


def _read(tx: Tx, text: str) -> Route:
    """The route of a text this office can use. Raises `Invalid`."""
    try:
        route = route_text.parse(text)
    except RouteTextError as error:
        raise Invalid(fields={"text": [problem.sentence() for problem in error.problems]}) from error
    keep_shipped(tx, route.code)
    wrong = [*_unfit(tx.session, route)]
    if wrong:
        raise Invalid(fields={"text": wrong})
    return route


def _unfit(session: Session, route: Route) -> Iterator[str]:
    """What stands against a text that reads well: this office, its other versions, its own cases."""
    newest = queries_routes.newest(session, route.code)
    next_version = newest.version + 1 if newest else 1
    if route.kind is not RouteKind.CONFIGURED or route.version != next_version:
        yield gettext(
            N_("下一版是第 %(n)s 版，文本里写的是第 %(version)s 版。"), n=next_version, version=route.version
        )
    if route.subject not in SUBMITTED_KINDS:
        yield gettext(N_("没有这种审批事项：%(what)s"), what=route.subject)
    stated = STATED.get(route.subject, {})
    for fact in route.facts:
        known = stated.get(fact.name)
        if known is None or known.kind != fact.kind or not set(fact.words) <= set(known.words or fact.words):
            yield gettext(N_("申请里没有这样的事实：%(what)s"), what=fact.name)
    yield from _strangers(session, route)
    for outcome in route_cases.run(route, work_calendar(session)):
        for sentence in outcome.wrong:
            yield gettext(N_("测试用例“%(case)s”：%(what)s"), case=outcome.case.name, what=sentence)


def _strangers(session: Session, route: Route) -> Iterator[str]:
    """Units and people the text names and this office does not have."""
    asked = route_cases.approvers(route)
    units = {who.unit for who in asked if who.unit}
    for code in sorted(units - accounts.paths_of(session, units).keys()):
        yield gettext(N_("没有这个单位：%(what)s"), what=code)
    people = accounts.named_accounts(
        session, {w.person for w in asked if w.person}, {w.post for w in asked if w.post}
    )
    for who in asked:
        if (who.person and who.person not in people.by_login) or (
            who.post and who.post not in people.by_post
        ):
            yield gettext(N_("没有这个人或这个职务：%(what)s"), what=who.person or who.post)


def _told(row: RouteProposal) -> dict[str, Any]:
    return {
        "about": Subject(kind="route_proposal", id=row.id, version=row.version or 1, number=str(row.number)),
        "route": row.code,
        "route_version": row.route_version,
        "text_sha256": hashlib.sha256(row.text.encode()).hexdigest(),
        "title": row.title,
    }
