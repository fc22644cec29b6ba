"""Who of a delegation has an account here: they see the trip and never decide on it."""

from uuid import UUID

from webapp.accounts import queries as accounts
from webapp.accounts.queries_identity import Named, accounts_named
from webapp.core.tx import Tx
from webapp.people import queries as people
from webapp.trips.models import Member, Trip


def recognise(tx: Tx, trip: Trip) -> tuple[UUID, ...]:
    """Fill in each member's account, and return every account that may be a member's.

    The member list holds names, not accounts. A member taken from the register of people is looked for by
    the register's name and unit as well as by what the list says; any other by the name in the sending
    unit. Doubt counts against the account: an equal name in the unit bars it from deciding, so that
    nobody signs for a trip of their own (separation of duties, GB/T 22239-2019). Doubt gives no view: the
    member's own account is filled in only where a single account fits.
    """
    units = {unit.code: unit.id for unit in accounts.units(tx.session)}
    registered = people.named(tx.session, [m.person_id for m in trip.members if m.person_id is not None])

    def said_to_be(member: Member) -> list[Named]:
        by_register = [registered[member.person_id]] if member.person_id in registered else []
        return [*by_register, (member.name, units[member.unit_code])]

    found = accounts_named(tx.session, [named for m in trip.members for named in said_to_be(m)])
    travellers: list[UUID] = []
    for member in trip.members:
        fitting = [found[named] for named in said_to_be(member)]
        likeliest = next((ids for ids in fitting if ids), ())
        member.account_id = likeliest[0] if len(likeliest) == 1 else None
        travellers += [account_id for ids in fitting for account_id in ids]
    return tuple(dict.fromkeys(travellers))
