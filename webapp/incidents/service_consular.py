"""What the person and the mission ask for: that the consulate be not told, a visit."""

from typing import Any
from uuid import UUID

from webapp.attachments.commands import Received
from webapp.core.errors import Invalid, NotAllowedNow
from webapp.core.i18n import N_, gettext
from webapp.core.tx import Tx, command
from webapp.incidents import events, policy, queries_clocks, rules, service_duties
from webapp.incidents.commands import RecordOptOut, RequestVisit
from webapp.incidents.kinds import DutyKind
from webapp.incidents.models import Incident, Measure, OptOut
from webapp.incidents.queries_duties import Duty
from webapp.incidents.rules import OptOutRefusal
from webapp.incidents.service_case import (
    Asked,
    Line,
    filed,
    not_later_than_now,
    opened,
    person_of,
    told,
    write,
)
from webapp.incidents.states import Action, EntryKind


@command
def record_opt_out(tx: Tx, cmd: RecordOptOut) -> OptOut:
    """The person asks in writing that the consulate be not told.

    Where the law follows the wish, the person's open consular notices are waived; where a treaty makes the
    notice mandatory or its terms are unknown, the statement is kept, the refusal recorded, and the notice
    stays owed. Raises `Invalid` without the signed statement, `NotAllowedNow` when no notice is open.
    """
    incident = opened(tx, Asked(cmd.number, cmd.version, Action.RECORD_OPT_OUT))
    person = person_of(tx, incident, cmd.person_id)
    not_later_than_now(tx, "signed_at", cmd.signed_at)
    statement = _statement(cmd.statement)
    owed = [
        (duty, measure)
        for duty in service_duties.running(tx, incident, DutyKind.CONSULAR_NOTICE)
        if (measure := tx.session.get(Measure, _measure_id(duty))) and measure.person_id == person.id
    ]
    if not owed:
        raise NotAllowedNow("duty_not_open")
    refusal: OptOutRefusal | None = None
    for duty, measure in owed:
        refused = rules.opt_out_refusal(rules.thawed_terms(measure.terms), statement_on_file=True)
        if refused is None:
            service_duties.waive(tx, incident, duty, gettext(N_("本人书面要求不通知")))
        refusal = refusal or refused
    attachment_id = filed(tx, incident, "opt_out", statement)
    assert attachment_id is not None
    row = tx.add(
        OptOut(
            incident_id=incident.id,
            person_id=person.id,
            signed_at=cmd.signed_at,
            refusal=refusal,
            attachment_id=attachment_id,
            entered_by_id=tx.actor.account_id,
            entered_at=tx.now,
        )
    )
    figures: dict[str, Any] = {"country": person.country, "statement": statement.sha256}
    if refusal is None:
        tx.record(events.OptOutAccepted(**told(incident), occurred_at=cmd.signed_at, **figures))
    else:
        tx.record(
            events.OptOutRefused(
                **told(incident),
                occurred_at=cmd.signed_at,
                result="refused",
                refusal=refusal.value,
                **figures,
            )
        )
    heading = (
        N_("本人要求不通知领馆，依法免办") if refusal is None else N_("本人要求不通知领馆，依法仍须通知")
    )
    line = Line(
        kind=EntryKind.NOTICE,
        heading=heading,
        occurred_at=cmd.signed_at,
        values={"refusal": refusal.value if refusal else ""},
        attachment_id=attachment_id,
    )
    write(tx, incident, line)
    return row


def _statement(file: Received | None) -> Received:
    if file is None:
        raise Invalid(fields={"statement": [gettext(rules.OPT_OUT_REFUSALS[OptOutRefusal.NO_STATEMENT])]})
    return file


def _measure_id(duty: Duty) -> UUID:
    return UUID(duty.item)


@command
def request_visit(tx: Tx, cmd: RequestVisit) -> Incident:
    """A mission asks to visit: the clock of the visit starts with the request."""
    incident = opened(tx, Asked(cmd.number, cmd.version, Action.REQUEST_VISIT))
    not_later_than_now(tx, "requested_at", cmd.requested_at)
    measure = tx.lock(Measure, cmd.measure_id)
    person = person_of(tx, incident, measure.person_id)
    terms = rules.thawed_terms(measure.terms)
    spec = policy.visit(cmd.requested_at, terms, queries_clocks.clocks(tx.session, incident))
    service_duties.start(tx, incident, (spec,), str(measure.id))
    tx.record(events.VisitRequested(**told(incident), occurred_at=cmd.requested_at, country=person.country))
    line = Line(
        kind=EntryKind.NOTICE,
        heading=N_("领馆要求探视：%(country)s"),
        occurred_at=cmd.requested_at,
        values={"country": person.country},
    )
    write(tx, incident, line)
    return incident
