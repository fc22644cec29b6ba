"""How permits are numbered: proposed by one person of the office, confirmed by another (DOC-07)."""

from typing import Any

from webapp.core.clock import local_date
from webapp.core.errors import Forbidden, Invalid, NotAllowedNow, NotFound, sentences
from webapp.core.events import Subject
from webapp.core.i18n import N_, gettext
from webapp.core.permissions import Permission
from webapp.core.series import last_number, skip_to
from webapp.core.tx import Tx, command
from webapp.rulebook.states import RouteKind
from webapp.trips import queries_permits
from webapp.trips.commands import DecideTemplate, ProposeTemplate
from webapp.trips.events import TemplateConfirmed, TemplateProposed, TemplateRefused
from webapp.trips.models import PermitTemplate
from webapp.trips.rules import permit_series, template_fault
from webapp.trips.states import TemplateState

sentences(
    {
        "template_waits": N_("这个去向已有一个格式待确认，先处理它。"),
        "template_own": N_("自己提出的格式由另一人确认。"),
    }
)


@command
def propose(tx: Tx, cmd: ProposeTemplate) -> PermitTemplate:
    """Put another template before a second person; until then permits are numbered as before."""
    tx.require(Permission.RULES_KEEP)
    if queries_permits.waiting(tx.session, cmd.route_kind) is not None:
        raise NotAllowedNow("template_waits")
    _check(tx, cmd.route_kind, cmd.template, cmd.first_number)
    row = tx.add(
        PermitTemplate(
            route_kind=cmd.route_kind,
            authority=cmd.authority,
            template=cmd.template,
            first_number=cmd.first_number,
            reason=cmd.reason,
            state=TemplateState.PROPOSED,
            proposed_by_id=tx.actor.account_id,
            proposed_by=tx.actor.name,
            proposed_at=tx.now,
        )
    )
    tx.session.flush()
    tx.record(TemplateProposed(about=_about(row), reason=cmd.reason, **_which(row)))
    return row


@command
def decide(tx: Tx, cmd: DecideTemplate) -> PermitTemplate:
    """Confirm or refuse the proposal that waits. Raises `Forbidden` for the one who proposed it.

    What was possible when it was proposed is asked again: permits may have been issued since.
    """
    tx.require(Permission.RULES_KEEP)
    found = queries_permits.waiting(tx.session, cmd.route_kind)
    if found is None:
        raise NotFound
    row = tx.lock(PermitTemplate, found.id)
    tx.check_version(row, cmd.version)
    if row.state is not TemplateState.PROPOSED:
        raise NotFound
    if row.proposed_by_id == tx.actor.account_id:
        raise Forbidden("template_own")
    row.state = TemplateState.CONFIRMED if cmd.is_confirmed else TemplateState.REFUSED
    row.decided_by_id, row.decided_by, row.decided_at = tx.actor.account_id, tx.actor.name, tx.now
    if cmd.is_confirmed:
        _check(tx, row.route_kind, row.template, row.first_number)
        _skip(tx, row)
    tx.session.flush()
    if cmd.is_confirmed:
        tx.record(
            TemplateConfirmed(
                about=_about(row),
                reason=row.reason,
                skipped_from=row.skipped_from,
                skipped_until=row.skipped_until,
                **_which(row),
            )
        )
    else:
        tx.record(TemplateRefused(about=_about(row), **_which(row)))
    return row


def _check(tx: Tx, kind: RouteKind, template: str, first_number: int | None) -> None:
    others = [queries_permits.in_force(tx.session, other)[0] for other in RouteKind if other is not kind]
    fault = template_fault(template, others)
    if fault:
        raise Invalid(fields={"template": [gettext(fault)]})
    last = last_number(tx.session, permit_series(kind, local_date(tx.now).year))
    if first_number is not None and first_number <= last:
        raise Invalid(
            fields={"first_number": [gettext(N_("本年度已编到 %(n)s 号，只能从更大的号开始。"), n=last)]}
        )


def _skip(tx: Tx, row: PermitTemplate) -> None:
    """Leave out the numbers before the first one wanted, given out on paper; the row keeps which and why."""
    year = local_date(tx.now).year
    name = permit_series(row.route_kind, year)
    if row.first_number is None or row.first_number == last_number(tx.session, name) + 1:
        return
    row.skipped_from = skip_to(tx, name, row.first_number - 1)
    row.skipped_until, row.skipped_year = row.first_number - 1, year


def _which(row: PermitTemplate) -> dict[str, Any]:
    return {
        "route_kind": row.route_kind.value,
        "template": row.template,
        "first_number": row.first_number,
    }


def _about(row: PermitTemplate) -> Subject:
    return Subject(kind="permit_template", id=row.id, version=row.version, number=row.route_kind.value)
