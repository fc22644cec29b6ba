"""Which accounts a person on paper may be: a name and a unit, nothing more is known of them."""

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.accounts.models import Account
from webapp.accounts.states import AccountState

Named = tuple[str, UUID]  # a name as written, and the unit it is said to belong to


def accounts_named(session: Session, wanted: Iterable[Named]) -> dict[Named, tuple[UUID, ...]]:
    """The accounts of exactly that unit that bear exactly that name, in one statement; () where none does.

    Spaces within a name do not count (张 三 is 张三). An account not yet activated or locked counts too:
    it may sign tomorrow; a disabled one and one made for imported history never sign. Namesakes of one
    unit cannot be told apart and are all returned: who keeps parties from deciding bars them all.
    """
    pairs = set(wanted)
    bare_names = {_bare(name) for name, _unit in pairs} - {""}
    if not bare_names:
        return dict.fromkeys(pairs, ())
    written = sa.func.replace(sa.func.replace(Account.name, " ", ""), "\u3000", "")
    rows = session.execute(
        sa.select(Account.id, Account.name, Account.unit_id)
        .where(
            Account.unit_id.in_({unit for _name, unit in pairs}),
            written.in_(bare_names),
            Account.state != AccountState.DISABLED,
            Account.is_imported.is_(False),
        )
        .order_by(Account.id)
    )
    found: dict[Named, list[UUID]] = {}
    for account_id, name, unit_id in rows:
        found.setdefault((_bare(name), unit_id), []).append(account_id)
    return {(name, unit): tuple(found.get((_bare(name), unit), ())) for name, unit in pairs}


def accounts_fitting(session: Session, name: str, unit_id: UUID, held: UUID | None) -> list[tuple[UUID, str]]:
    """Accounts that may be this person's, with name and sign-in name, and the one held already."""
    fitting = accounts_named(session, [(name, unit_id)])[name, unit_id]
    rows = session.execute(
        sa.select(Account.id, Account.name, Account.login)
        .where(Account.id.in_({*fitting, *([held] if held else [])}))
        .order_by(Account.login)
    )
    return [(row.id, f"{row.name} ({row.login})") for row in rows]


def _bare(name: str) -> str:
    return name.replace(" ", "").replace("\u3000", "")
