"""Who could be asked: what the slots of a round are laid from, read for a submission, a preview or a dry run."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.accounts import queries_authority as accounts
from webapp.approvals import queries, queries_routes
from webapp.approvals.route import Approver, Route
from webapp.approvals.route_cases import approvers
from webapp.approvals.rules_laying import Ground
from webapp.approvals.states import SUPERIOR
from webapp.core.errors import NotAllowedNow, sentences
from webapp.core.i18n import N_
from webapp.core.permissions import Role

sentences({"no_route": N_("没有一条审批路线适用于这份申请，不能送审。")})


@dataclass(frozen=True)
class Asking:
    """Who asks for what: paths of the asking unit and of all that take part, facts, and who must not decide."""

    unit: str
    units: tuple[str, ...]
    facts: Mapping[str, Any]
    travellers: frozenset[UUID] = frozenset()
    others_barred: frozenset[UUID] = frozenset()


def choose(session: Session, subject: str, facts: Mapping[str, Any], today: date) -> Route:
    """The first route in force, in the order of their ranks, whose condition the facts meet.

    Raises `NotAllowedNow` where none does, or a fact is not stated.
    """
    for route in queries_routes.in_force_for(session, subject, today):
        if route.takes is None or route.takes.holds(facts):
            return route
    raise NotAllowedNow("no_route")


def ground(
    session: Session, now: datetime, asking: Asking, route: Route, kept: frozenset[str] = frozenset()
) -> Ground:
    """Three statements at most: holders of all posts that could be asked, named people, named units."""
    asked = approvers(route)
    places = accounts.paths_of(session, {who.unit for who in asked if who.unit})
    paths = {
        above for unit in (*asking.units, asking.unit, *places.values()) for above in (unit, *ancestors(unit))
    }
    holders = frozenset(accounts.holders_at(session, _roles(route, asked), paths, now))
    travelling = frozenset(
        (role, at) for role, at, person in holders if at == asking.unit and person in asking.travellers
    )
    return Ground(
        unit=asking.unit,
        units=asking.units,
        facts=asking.facts,
        travelling=travelling,
        higher=_higher(asking, holders),
        kept=kept,
        holders=holders,
        barred=asking.travellers | asking.others_barred,
        absent=asking.travellers,
        people=_people(session, asked, asking.facts),
        places=places,
    )


def _higher(
    asking: Asking, holders: Iterable[tuple[Role, str, UUID]]
) -> tuple[tuple[str, frozenset[Role]], ...]:
    staying = [(role, at) for role, at, person in holders if person not in asking.travellers]
    return tuple(
        (above, frozenset(role for role, at in staying if at == above)) for above in ancestors(asking.unit)
    )


def _roles(route: Route, asked: Sequence[Approver]) -> set[Role]:
    """Every role the route may come to, next higher ones included."""
    found = {who.role for who in asked if who.role}
    found |= {seat.passes_to for stage in route.stages for seat in stage.seats if seat.passes_to}
    while more := {SUPERIOR[role] for role in found if role in SUPERIOR} - found:
        found |= more
    return found


def _people(session: Session, asked: Sequence[Approver], facts: Mapping[str, Any]) -> dict[Approver, UUID]:
    named = [who for who in asked if who.role is None]
    logins = {who.person or str(facts.get(who.fact, "")) for who in named if who.person or who.fact}
    known = accounts.named_accounts(session, logins, {who.post for who in named if who.post})
    found = {
        who: known.by_post.get(who.post)
        if who.post
        else known.by_login.get(who.person or str(facts.get(who.fact)))
        for who in named
    }
    return {who: account for who, account in found.items() if account is not None}


def ancestors(path: str) -> list[str]:
    """Paths above a unit's, nearest first: '/a/b/c/' → '/a/b/', '/a/'."""
    parts = path.strip("/").split("/")[:-1]
    return ["/" + "/".join(parts[:count]) + "/" for count in range(len(parts), 0, -1)]


def asking_of(row: queries.RequestRow) -> Asking:
    """A request as it asked the last time."""
    parties = queries.parties_of(row)
    others = parties.drafters | ({parties.requester} if parties.requester else set())
    return Asking(
        unit=row.unit_path,
        units=tuple(row.parties.get("units", (row.unit_path,))),
        facts=row.facts,
        travellers=parties.travellers,
        others_barred=frozenset(others),
    )
