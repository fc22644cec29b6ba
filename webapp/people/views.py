"""Travellers and their passports: the list, and one person's page. What goes out for a journey is the trips' affair."""

from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.accounts.queries_identity import accounts_fitting
from webapp.core.clock import local_date
from webapp.core.errors import DomainError
from webapp.core.http import current_call, form_version, load, perform, policy, redisplay
from webapp.core.permissions import Permission
from webapp.people import queries, queries_custody, service, service_custody
from webapp.people.models import Passport
from webapp.people.schemas import CheckInSchema, GoneSchema, PassportSchema, PersonSchema
from webapp.people.states import LABELS, PassportKind
from webapp.rulebook import places
from webapp.rulebook.states import EMPLOYMENT_LABELS, RANK_LABELS

bp = Blueprint("people", __name__, url_prefix="/people", template_folder="templates")
RANKS = [(rank.value, words) for rank, words in RANK_LABELS.items()]
EMPLOYMENTS = [(kind.value, words) for kind, words in EMPLOYMENT_LABELS.items()]
KINDS = [(kind.value, LABELS[kind]) for kind in PassportKind]


@bp.get("")
@policy(Permission.PEOPLE_SEE)
def index(error: DomainError | None = None) -> ResponseReturnValue:
    call = current_call()
    now = call.clock.now()
    after = request.args.get("after", "")[:9]
    with call.read() as session:
        return render_template(
            "people/people.html",
            rows=queries.page(
                session,
                call.actor,
                now,
                local_date(now),
                text=request.args.get("q", "").strip()[:40],
                after=int(after) if after.isascii() and after.isdigit() else 0,
            ),
            units=list(queries.units_in_reach(session, call.actor, now, Permission.PEOPLE_KEEP).items()),
            page_size=queries.PAGE,
            ranks=RANKS,
            employments=EMPLOYMENTS,
            error=error,
        )


@bp.post("")
@policy(Permission.PEOPLE_KEEP)
@redisplay(index)
def add_person() -> ResponseReturnValue:
    cmd = load(PersonSchema)
    return perform(service.keep_person, cmd, then=lambda row: url_for(".person", number=row.number))


@bp.get("/<int:number>")
@policy(Permission.PEOPLE_SEE)
def person(
    number: int, error: DomainError | None = None, shown: tuple[UUID, str] | None = None
) -> ResponseReturnValue:
    call = current_call()
    now = call.clock.now()
    with call.read() as session:
        row = queries.by_number(session, call.actor, now, number)
        held = queries.passports(session, row.id)
        reach = queries.units_in_reach(session, call.actor, now)
        keep = queries.units_in_reach(session, call.actor, now, Permission.PEOPLE_KEEP)
        custody = queries.units_in_reach(session, call.actor, now, Permission.PASSPORTS_KEEP)
        unmask_in = queries.units_in_reach(session, call.actor, now, Permission.PASSPORTS_UNMASK)
        return render_template(
            "people/person.html",
            person=row,
            unit=reach[row.unit_id],
            passports=held,
            moves=queries_custody.moves(session, [passport.id for passport in held]),
            journeys=queries.journeys(session, row.id),
            accounts=accounts_fitting(session, row.name, row.unit_id, row.account_id),
            units=list(keep.items()),
            may_keep=row.unit_id in keep,
            may_custody=row.unit_id in custody,
            may_unmask=row.unit_id in unmask_in,
            today=local_date(now),
            ranks=RANKS,
            employments=EMPLOYMENTS,
            kinds=KINDS,
            labels={**LABELS, **RANK_LABELS, **EMPLOYMENT_LABELS},
            places=places,
            shown=shown,
            error=error,
        )


@bp.post("/<int:number>")
@policy(Permission.PEOPLE_KEEP)
@redisplay(person)
def keep_person(number: int) -> ResponseReturnValue:
    cmd = load(PersonSchema, person_id=str(_id_of(number)), version=form_version())
    return perform(service.keep_person, cmd, then=lambda row: url_for(".person", number=row.number))


@bp.post("/<int:number>/passports")
@policy(Permission.PEOPLE_KEEP)
@redisplay(person)
def keep_passport(number: int) -> ResponseReturnValue:
    cmd = load(PassportSchema, person_id=str(_id_of(number)))
    return perform(service.keep_passport, cmd, then=lambda _row: url_for(".person", number=number))


@bp.post("/<int:number>/passports/<int:place>/in")
@policy(Permission.PASSPORTS_KEEP)
@redisplay(person)
def check_in(number: int, place: int) -> ResponseReturnValue:
    cmd = load(CheckInSchema, passport_id=str(_passport(number, place).id), version=form_version())
    return perform(service_custody.check_in, cmd, then=lambda _row: url_for(".person", number=number))


@bp.post("/<int:number>/passports/<int:place>/gone")
@policy(Permission.PASSPORTS_KEEP)
@redisplay(person)
def mark_gone(number: int, place: int) -> ResponseReturnValue:
    cmd = load(GoneSchema, passport_id=str(_passport(number, place).id), version=form_version())
    return perform(service_custody.mark_gone, cmd, then=lambda _row: url_for(".person", number=number))


@bp.post("/<int:number>/passports/<int:place>/number")
@policy(Permission.PASSPORTS_UNMASK)
def unmask(number: int, place: int) -> ResponseReturnValue:
    """The page itself answers with the whole number, once; every look is logged."""
    row = _passport(number, place)
    return person(number, shown=(row.id, service_custody.unmask(current_call(), row.id)))


def _id_of(number: int) -> UUID:
    call = current_call()
    with call.read() as session:
        return queries.by_number(session, call.actor, call.clock.now(), number).id


def _passport(number: int, place: int) -> Passport:
    """The passport at a place of the person's list, as the page numbers them. Raises `NotFound`."""
    with current_call().read() as session:
        return queries.passport_at(session, _id_of(number), place)
