"""The cast of an imported history: one account per role of the log, which nobody can sign in to."""

from dataclasses import replace
from uuid import UUID

from webapp.accounts import queries, service_setup
from webapp.accounts.commands import CreateAccount, KeepUnit
from webapp.accounts.states import UnitKind
from webapp.core.errors import NotFound
from webapp.core.tx import SYSTEM, Tx

UNIT_CODE = "history"


class Cast:
    """Transactions in the name of each role, all of them the one transaction under way."""

    def __init__(self, tx: Tx, kind: str, origin: str) -> None:
        self._tx = tx
        self._kind = kind
        self._origin = origin
        self._of_role: dict[str, Tx] = {}

    def tx_of(self, role: str) -> Tx:
        """The transaction with the role's imported account as its actor."""
        if role not in self._of_role:
            actor = queries.actor_of(self._tx.session, self._account(role))
            self._of_role[role] = self._tx.as_actor(replace(actor, origin=self._origin))
        return self._of_role[role]

    @property
    def unit_id(self) -> UUID:
        try:
            return queries.unit_by_code(self._tx.session, UNIT_CODE).id
        except NotFound:
            made = service_setup.keep_unit.within(
                self._tx.as_actor(SYSTEM),
                KeepUnit(
                    code=UNIT_CODE, name="历史导入", name_en="Imported history", kind=UnitKind.DEPARTMENT
                ),
            )
            return made.id

    def _account(self, role: str) -> UUID:
        login = f"imported-{self._kind}-{role}"[:60]
        try:
            return queries.account_by_login(self._tx.session, login).id
        except NotFound:
            made = service_setup.create_account.within(
                self._tx.as_actor(SYSTEM),
                CreateAccount(login=login, name=role, unit_id=self.unit_id, is_imported=True),
            )
            return made.id
