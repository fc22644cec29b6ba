"""Who the members of a delegation are: people of the register, and accounts that see it and never decide on it."""

from collections.abc import Iterable
from uuid import UUID

from webapp.accounts import queries as accounts
from webapp.accounts.queries_identity import Named, accounts_named
from webapp.core.errors import Invalid
from webapp.core.i18n import N_, gettext
from webapp.core.tx import Tx
from webapp.people import queries as people
from webapp.people.queries import Registered
from webapp.people.rules import bare
from webapp.rulebook.states import Rank
from webapp.trips.models import Member, Trip


def require_in_reach(tx: Tx, trip: Trip, chosen: Iterable[UUID]) -> None:
    """Refuse people of the register the actor may not know of: an id is not a key to other units' people."""
    wanted = set(chosen) - {member.person_id for member in trip.members}
    if not wanted:
        return
    known = people.registered(tx.session, wanted)
    reach = people.units_in_reach(tx.session, tx.actor, tx.now)
    if any(person not in known or known[person].unit_id not in reach for person in wanted):
        raise Invalid(fields={"members": [gettext(N_("登记册里没有这个人，请重新选择。"))]})


def fill_from_register(tx: Tx, trip: Trip) -> None:
    """A member chosen from the register without a name typed takes name, unit, post and rank from there."""
    unnamed = [member for member in trip.members if member.person_id is not None and not member.name]
    known = people.registered(tx.session, [m.person_id for m in unnamed if m.person_id is not None])
    codes = {unit.id: unit.code for unit in accounts.units(tx.session)} if known else {}
    for member in unnamed:
        person = known.get(member.person_id) if member.person_id is not None else None
        if person is None:
            continue
        member.name, member.unit_code = person.name, codes[person.unit_id]
        member.post = member.post or person.post
        member.rank = person.rank if member.rank is Rank.NONE else member.rank
        member.employment = person.employment


def link(tx: Tx, trip: Trip) -> None:
    """Find members typed by name in the register, where exactly one active person of the unit bears the name.

    Done while the application can be edited: the link is a part of what is signed.
    """
    units = {unit.code: unit.id for unit in accounts.units(tx.session)}
    loose = [member for member in trip.members if member.person_id is None and member.name]
    found = people.bearing(tx.session, [(member.name, units[member.unit_code]) for member in loose])
    taken = {member.person_id for member in trip.members}
    for member in loose:
        fitting = found.get((bare(member.name), units[member.unit_code]), [])
        if len(fitting) == 1 and fitting[0].id not in taken:
            member.person_id = fitting[0].id
            taken.add(member.person_id)


def recognise(tx: Tx, trip: Trip) -> tuple[UUID, ...]:
    """Fill in each member's account, and return every account that may be a member's.

    The register's own link goes first: where it names the account of a person and the list calls them by
    the register's name, nobody else is meant. Any other member is looked for by name and unit, as the list and
    as the register have them. Doubt counts against the account: an equal name in the unit bars it from
    deciding, so that nobody signs for a trip of their own (separation of duties, GB/T 22239-2019). Doubt
    gives no view: the member's own account is filled in only where a single account fits.
    """
    units = {unit.code: unit.id for unit in accounts.units(tx.session)}
    known = people.registered(tx.session, [m.person_id for m in trip.members if m.person_id is not None])
    persons = {
        member.id: known.get(member.person_id) for member in trip.members if member.person_id is not None
    }

    def said_to_be(member: Member) -> list[Named]:
        person = persons.get(member.id)
        if _is_certain(person, member):
            return []
        by_register = [(person.name, person.unit_id)] if person is not None else []
        return [*by_register, (member.name, units[member.unit_code])]

    found = accounts_named(tx.session, [named for m in trip.members for named in said_to_be(m)])
    travellers: list[UUID] = []
    for member in trip.members:
        person = persons.get(member.id)
        linked = (person.account_id,) if person is not None and person.account_id is not None else ()
        fitting = [linked, *(found[named] for named in said_to_be(member))]
        likeliest = next((ids for ids in fitting if ids), ())
        member.account_id = likeliest[0] if len(likeliest) == 1 else None
        travellers += [account_id for ids in fitting for account_id in ids]
    return tuple(dict.fromkeys(travellers))


def _is_certain(person: Registered | None, member: Member) -> bool:
    return person is not None and person.account_id is not None and bare(person.name) == bare(member.name)
