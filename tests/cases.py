"""Builders for incidents: the worked examples and what follows them, through the services."""

import io
from datetime import datetime

from tests import factories
from webapp.attachments import service as attachments
from webapp.core.clock import SHANGHAI
from webapp.core.permissions import Role
from webapp.core.tx import SYSTEM
from webapp.incidents import (
    queries,
    queries_duties,
    rules_clocks,
    service_close,
    service_handle,
    service_report,
)
from webapp.incidents.commands import EndHandling, FileReport, RecordNotice, Register, SetLevel, Step
from webapp.incidents.kinds import Category, DutyKind, Means, MeasureKind, Tile
from webapp.incidents.models import Incident
from webapp.incidents.states import Level, Secrecy
from webapp.rulebook import shipped

# The clocks of an office that changed nothing.
CLOCKS = rules_clocks.clocks(
    {
        rule.code: {"params": rule.params, "citation": rule.citation, "confidence": rule.confidence.value}
        for rule in shipped.rules()
        if rule.code in rules_clocks.RULES
    }
)

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def at(text: str) -> datetime:
    """A local time of the office."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def paper(call, name="声明.pdf", content=PDF):
    return attachments.receive(call, name, io.BytesIO(content))


def office(call):
    """The office's unit, without which no incident can be registered."""
    return factories.unit(call.as_actor(SYSTEM), "wb")


def registered(call, clock, *, now="2026-09-30T17:00", country="JP", started="2026-09-30T16:00", **more):
    """I01 unless told otherwise: a Japanese national, 刑事拘留 since 16:00, reported at 17:00."""
    office(call)
    clock.set(at(now))
    given = {
        "tile": Tile.DETAINED,
        "measure": MeasureKind.CRIMINAL_DETENTION,
        "place": "江海市云台区滨河路派出所",
        "reporter": "滨河路派出所 王警官",
        "reporter_phone": "0000-110",
        **more,
    }
    return service_report.register(call, Register(country=country, started_at=at(started), **given))


def current(call, number) -> Incident:
    with call.read() as session:
        return session.get(Incident, queries.id_of(session, call.actor, call.clock.now(), number))


def duties(call, number):
    """Kind → its running duty, or the last one that ran."""
    row = current(call, number)
    with call.read() as session:
        every = queries_duties.of_incident(session, row.id)
    return {duty.kind: duty for duty in sorted(every, key=lambda duty: duty.is_open)}


def level(call, number, wanted=Level.L4, *, secrecy=Secrecy.NORMAL, named=()):
    cmd = SetLevel(
        number=number,
        version=None,
        level=wanted,
        is_sensitive=False,
        secrecy=secrecy,
        category=Category.CRIMINAL_SUSPECT,
        reason="核实",
        named=named,
    )
    return service_handle.set_level(call, cmd)


def report(call, number, duty=DutyKind.FIRST_REPORT, sent=None):
    cmd = FileReport(
        number=number,
        version=None,
        duty=duty,
        sent_at=at(sent) if sent else call.clock.now(),
        told="省外办涉外安全处",
        means=Means.PHONE,
    )
    return service_handle.file_report(call, cmd)


def notice(call, number, kind, done=None, **more):
    cmd = RecordNotice(
        number=number,
        version=None,
        deadline_id=duties(call, number)[kind].id,
        done_at=at(done) if done else call.clock.now(),
        told=more.pop("told", "领事馆"),
        means=more.pop("means", Means.FAX),
        **more,
    )
    return service_handle.record_notice(call, cmd)


def ended(call, number, when=None):
    cmd = EndHandling(number=number, version=None, ended_at=at(when) if when else call.clock.now())
    return service_close.end_handling(call, cmd)


def closed(call, number, reason="全部办结"):
    return service_close.close(call, Step(number=number, version=None, reason=reason))


def as_somebody(call, *roles: Role, unit="wb", **more):
    """A call of a person with these roles in the office."""
    return call.as_actor(factories.actor(call, *roles, unit=unit, **more))
