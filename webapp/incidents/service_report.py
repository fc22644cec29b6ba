"""Registering an incident, its persons and the measures against them: all duties start in the same action."""

from datetime import datetime

from webapp.accounts import queries as accounts
from webapp.accounts.states import UnitKind
from webapp.core.clock import local_date
from webapp.core.errors import Invalid
from webapp.core.i18n import N_, gettext
from webapp.core.permissions import Permission
from webapp.core.series import next_number
from webapp.core.tx import Tx, command
from webapp.incidents import events, facts, policy, queries_clocks, rules, service_duties
from webapp.incidents.commands import AddMeasure, AddPerson, CorrectMeasure, Register
from webapp.incidents.kinds import (
    FAMILIES,
    OWN_PEOPLE_ABROAD,
    TILE_CATEGORIES,
    Category,
    DutyKind,
    Family,
    MeasureKind,
    Tile,
)
from webapp.incidents.models import Incident, Measure, Participant, Person
from webapp.incidents.service_case import Asked, Line, not_later_than_now, opened, person_of, told, write
from webapp.incidents.states import Action, EntryKind, IncidentState, Part


@command
def register(tx: Tx, cmd: Register) -> Incident:
    """Write the case down and start every clock at once: first report, 48-hour report, consular notice.

    Whoever registers is named in it and leads it until somebody else does, where their role works
    incidents. Raises `Invalid` for times in the future or a detention without its measure.
    """
    tx.require(Permission.INCIDENTS_REPORT)
    received_at = cmd.received_at or tx.now
    not_later_than_now(tx, "received_at", received_at)
    not_later_than_now(tx, "started_at", cmd.started_at)
    if cmd.tile is Tile.DETAINED and cmd.measure is None:
        raise Invalid(fields={"measure": [gettext(N_("请选采取了什么措施。"))]})
    incident = tx.add(_new_incident(tx, cmd, received_at))
    _name(tx, incident)
    tx.session.flush()
    tx.record(
        events.IncidentRegistered(
            **told(incident),
            occurred_at=received_at,
            category=incident.category.value,
            country=incident.country,
            persons=incident.person_count,
            place=incident.place,
            reporter=f"{incident.reporter} {incident.reporter_phone}".strip(),
            account=incident.account,
            rules=", ".join(f"{code}:{rule['edition']}" for code, rule in (incident.rules or {}).items()),
        )
    )
    write(
        tx,
        incident,
        Line(
            kind=EntryKind.FACT,
            heading=N_("接报并登记"),
            occurred_at=received_at,
            values={},
            text=incident.account,
            source=incident.reporter,
        ),
    )
    first = policy.first_report(received_at, None, queries_clocks.clocks(tx.session, incident))
    service_duties.start(tx, incident, (first,))
    person = tx.add(
        Person(incident_id=incident.id, name=cmd.person_name, country=cmd.country, added_at=tx.now)
    )
    if cmd.measure is not None:
        _start_measure(tx, incident, person, cmd.measure, cmd.started_at)
    return incident


def _new_incident(tx: Tx, cmd: Register, received_at: datetime) -> Incident:
    units = accounts.units(tx.session)
    offices = {unit.path: unit for unit in units if unit.kind is UnitKind.FAO and unit.is_active}
    if not offices:
        raise Invalid("no_office_unit")
    office = offices[rules.office_for(offices, tx.actor.unit_path)]
    works = tx.actor.may(Permission.INCIDENTS_WORK, tx.now, office.path)
    year = local_date(tx.now).year
    return Incident(
        number=f"{year}-{next_number(tx, f'incident-{year}'):03d}",
        state=IncidentState.REGISTERED,
        tile=cmd.tile,
        category=_category(cmd),
        country=cmd.country,
        person_count=cmd.person_count,
        place=cmd.place,
        reporter=cmd.reporter,
        reporter_phone=cmd.reporter_phone,
        account=cmd.account,
        occurred_at=cmd.started_at,
        received_at=received_at,
        rules=queries_clocks.rules_of(tx.session, local_date(received_at)),
        registered_at=tx.now,
        registered_by_id=tx.actor.account_id,
        lead_unit_id=office.id,
        lead_unit_path=office.path,
        lead_unit_code=office.code,
        lead_id=tx.actor.account_id if works else None,
        version=1,
    )


def _category(cmd: Register) -> Category:
    if cmd.measure is None:
        return TILE_CATEGORIES[cmd.tile]
    if cmd.measure is MeasureKind.DEATH:
        return Category.DEATH_UNNATURAL if cmd.tile is Tile.VICTIM else Category.DEATH_NATURAL
    return Category.CRIMINAL_SUSPECT if FAMILIES[cmd.measure] is Family.CRIMINAL else Category.PUBLIC_SECURITY


def _name(tx: Tx, incident: Incident) -> None:
    if tx.actor.account_id is None:
        return
    tx.add(
        Participant(
            incident_id=incident.id,
            account_id=tx.actor.account_id,
            part=Part.LEAD if incident.lead_id else Part.REGISTRAR,
            added_at=tx.now,
            added_by_id=tx.actor.account_id,
        )
    )


@command
def add_person(tx: Tx, cmd: AddPerson) -> Person:
    """One more person, with the measure against them if there is one; its clocks start."""
    incident = opened(tx, Asked(cmd.number, cmd.version, Action.ADD_PERSON))
    person = tx.add(
        Person(
            incident_id=incident.id,
            name=cmd.name,
            country=cmd.country,
            host_unit=cmd.host_unit,
            added_at=tx.now,
        )
    )
    if cmd.passport_no:
        person.passport_sealed = tx.call.ports.need_vault().seal(cmd.passport_no, person.passport_place)
        person.passport_mask = rules.masked_number(cmd.passport_no)
    tx.record(
        events.PersonAdded(
            **told(incident), country=cmd.country, person_name=cmd.name, passport_no=cmd.passport_no
        )
    )
    write(
        tx,
        incident,
        Line(
            kind=EntryKind.SYSTEM,
            heading=N_("加了一名当事人：%(country)s"),
            occurred_at=tx.now,
            values={"country": cmd.country},
        ),
    )
    if cmd.measure is not None:
        if cmd.started_at is None:
            raise Invalid(fields={"started_at": [gettext(N_("请填写。"))]})
        _start_measure(tx, incident, person, cmd.measure, cmd.started_at, cmd.authority)
    return person


@command
def add_measure(tx: Tx, cmd: AddMeasure) -> Measure:
    """A further measure against a person (an arrest after a detention): its own clocks start."""
    incident = opened(tx, Asked(cmd.number, cmd.version, Action.ADD_MEASURE))
    person = person_of(tx, incident, cmd.person_id)
    return _start_measure(tx, incident, person, cmd.measure, cmd.started_at, cmd.authority)


def _start_measure(
    tx: Tx,
    incident: Incident,
    person: Person,
    kind: MeasureKind,
    started_at: datetime,
    authority: str = "",
) -> Measure:
    not_later_than_now(tx, "started_at", started_at)
    tx.session.flush()  # the person's row goes first, the mapper knows no order between the tables
    terms = facts.treaty_terms(tx.session, person.country, local_date(started_at))
    clocks = queries_clocks.clocks(tx.session, incident)
    measure = tx.add(
        Measure(
            incident_id=incident.id,
            person_id=person.id,
            kind=kind,
            started_at=started_at,
            authority=authority,
            terms=rules.frozen_terms(terms),
            added_at=tx.now,
        )
    )
    tx.record(
        events.MeasureAdded(
            **told(incident),
            occurred_at=started_at,
            measure=kind.value,
            country=person.country,
            notify_days=rules.notice_days(terms, clocks),
            started_at=started_at,
        )
    )
    write(
        tx,
        incident,
        Line(
            kind=EntryKind.FACT,
            heading=N_("%(measure)s，%(country)s"),
            occurred_at=started_at,
            values={"measure": kind.value, "country": person.country},
            source=authority,
        ),
    )
    if incident.category not in OWN_PEOPLE_ABROAD:
        hosted = bool(person.host_unit)
        specs = policy.owed_for_measure(kind, started_at, terms, clocks, has_host_unit=hosted)
        service_duties.start(tx, incident, specs, str(measure.id))
    return measure


@command
def correct_measure(tx: Tx, cmd: CorrectMeasure) -> Measure:
    """The measure began at another time: its running clocks are computed anew, with the reason on record."""
    incident = opened(tx, Asked(cmd.number, cmd.version, Action.CORRECT_MEASURE))
    not_later_than_now(tx, "started_at", cmd.started_at)
    measure = tx.lock(Measure, cmd.measure_id)
    if measure.incident_id != incident.id:
        raise Invalid(fields={"measure_id": [gettext(N_("请从列出的选项中选择。"))]})
    before, measure.started_at = measure.started_at, cmd.started_at
    person = person_of(tx, incident, measure.person_id)
    specs = {
        spec.kind: spec
        for spec in policy.owed_for_measure(
            measure.kind,
            cmd.started_at,
            rules.thawed_terms(measure.terms),
            queries_clocks.clocks(tx.session, incident),
            has_host_unit=bool(person.host_unit),
        )
    }
    for duty in service_duties.running(tx, incident):
        if duty.item == str(measure.id) and duty.kind in specs and duty.kind is not DutyKind.CONSULAR_VISIT:
            service_duties.replace(tx, incident, duty, specs[duty.kind], cmd.reason)
    tx.record(
        events.MeasureCorrected(
            **told(incident),
            measure=measure.kind.value,
            reason=cmd.reason,
            changes={"started_at": (before, cmd.started_at)},
        )
    )
    write(
        tx,
        incident,
        Line(
            kind=EntryKind.SYSTEM,
            heading=N_("更正措施时间：%(measure)s"),
            occurred_at=tx.now,
            values={"measure": measure.kind.value},
            text=cmd.reason,
        ),
    )
    return measure
