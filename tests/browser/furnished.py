"""An office with work on its desks: what the pages of detail are about, made through the services."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tests import cases, factories
from tests.trip_stories import Office, Plan, draft, explain
from webapp import reference
from webapp.approvals import route_text, service_proposals
from webapp.approvals.commands_routes import ProposeRoute
from webapp.approvals.states import Verdict
from webapp.core.clock import SHANGHAI
from webapp.core.permissions import Role
from webapp.digests import service as digests
from webapp.incidents.kinds import DutyKind
from webapp.incidents.states import Secrecy
from webapp.notifications.service_relay import relay
from webapp.people import service as people
from webapp.people.commands import KeepPerson
from webapp.rulebook import service_fees, service_treaties
from webapp.rulebook.commands import ProposeFees, ProposeTreaty
from webapp.rulebook.fees import FeeStandard
from webapp.rulebook.states import Confidence, Counting, Employment, Rank
from webapp.runtime import make_post

TOO_MANY = Plan(title="市商务局赴法国考察团", members=8)


@dataclass(frozen=True)
class Desk:
    """A person and the addresses the person's walk begins at, after the landing page."""

    name: str
    account_id: object
    starts: tuple[str, ...]


def _signed_up_to_the_last(office, clock, title):
    trip = draft(office.clerk, Plan(title=title))
    explain(office.clerk, trip.ref, "PLN-01", "DEL-02")
    trip = office.submit(trip)
    clock.set(datetime(2026, 3, 2, 9, 30, tzinfo=SHANGHAI))
    office.notice(trip, date(2026, 3, 2))
    clock.set(datetime(2026, 3, 10, 9, 0, tzinfo=SHANGHAI))
    office.confirm_notice(trip)
    return trip


def desks(call, clock, make_actor, settings) -> list[Desk]:
    """Trips in every stage, an incident with a running clock, a digest and mails; the people who see them.

    It is 17:00 on 2026-04-01 afterwards.
    """
    reference.install(call)
    office = Office(call, make_actor)
    blocked = draft(office.clerk, TOO_MANY)
    permitted = _signed_up_to_the_last(office, clock, "市商务局赴德国经贸洽谈团")
    office.through_the_unit(permitted)
    office.through_the_office(permitted)
    clock.set(datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI))
    waiting = _signed_up_to_the_last(office, clock, "市商务局赴德国回访团")
    fresh = draft(office.clerk, Plan(title="市商务局赴德国参展团"))
    explain(office.clerk, fresh.ref, "PLN-01", "DEL-02")
    fresh = office.submit(fresh)
    returned = _signed_up_to_the_last(office, clock, "市商务局赴德国研修团")
    office.sign(office.lead, returned, Verdict.RETURN, "请补充邀请方简介。")
    clock.set(datetime(2026, 4, 1, 9, 0, tzinfo=SHANGHAI))
    digests.build(call, "2026-03")
    service_treaties.propose(
        office.chief,
        ProposeTreaty(
            code="RU",
            instrument="中俄领事条约",
            notify_days=4,
            counting=Counting.DAY_END,
            mandatory=True,
            opt_out=False,
            known=True,
            visit_days=4,
            source="省外办复函",
            confidence=Confidence.VERIFIED,
            reason="省外办确认",
        ),
    )
    service_fees.propose(
        office.chief,
        ProposeFees(
            document="财行〔2026〕1号",
            valid_from=date(2026, 7, 1),
            standards=(
                FeeStandard(
                    country="DE",
                    country_zh="德国",
                    cities=(),
                    currency="EUR",
                    lodging=Decimal(160),
                    meals=Decimal(65),
                    incidentals=Decimal(40),
                ),
            ),
            reason="新标准",
        ),
    )
    _propose_the_next_r1(office)
    incident = cases.registered(call, clock, now="2026-04-01T17:00", started="2026-04-01T16:00")
    cases.level(call, incident.number)
    cases.notice(call, incident.number, DutyKind.CONSULAR_NOTICE, file=cases.paper(call, "回执.pdf"))
    chief = cases.as_somebody(call, Role.SECTION_CHIEF)
    hidden = cases.registered(chief, clock, now="2026-04-01T17:00", started="2026-04-01T15:00")
    cases.level(chief, hidden.number, secrecy=Secrecy.EXISTENCE_ONLY)
    while relay(call, make_post(settings)).more:
        continue

    def desk(name, starts=(), role=None, unit="jh"):
        who = make_actor(role, unit=unit) if role else getattr(office, name).actor
        return Desk(name, who.account_id, tuple(starts))

    last, case = f"/trips/{permitted.ref}", f"/incidents/{incident.number}"
    return [
        desk(
            "clerk",
            [
                f"/trips/{blocked.ref}/edit/task",
                f"/trips/{blocked.ref}/check",
                f"/trips/{blocked.ref}/waivers/DEL-01",
                f"/trips/{fresh.ref}/submitted",
                f"/trips/{fresh.ref}/notice",
                f"/trips/{returned.ref}",
                f"{last}/after",
                f"{last}/permit",
                "/rules/treaties/JP",
                "/rules/treaties/proposals/1",
                "/rules/calendar/2026",
            ],
        ),
        desk("lead", [f"/trips/{waiting.ref}", "/inbox?tab=done"]),
        desk("finance"),
        desk("personnel"),
        desk("secrecy"),
        desk("head"),
        desk("counter", [f"/approvals/trip/{waiting.ref}/paper", f"/approvals/trip/{waiting.ref}"]),
        desk("officer"),
        desk("chief", ["/routes/proposals/1"]),
        desk("director", [last, f"/approvals/trip/{permitted.ref}/revoke"]),
        desk("mayor", ["/inbox"]),
        desk("traveller", role=Role.TRAVELLER, unit="swj"),
        desk("duty_officer", role=Role.DUTY_OFFICER, unit="wb"),
        desk("incident_officer", [f"/incidents/{hidden.number}"], Role.INCIDENT_OFFICER, "wb"),
        desk(
            "incident_lead",
            [case, *(f"{case}?do={form}#do" for form in ("person", "report", "close"))],
            Role.INCIDENT_LEAD,
            "wb",
        ),
        desk("custodian", [f"/people/{_person(call, office).number}"], Role.PASSPORT_CUSTODIAN),
        desk("auditor", ["/audit/digests/2026-03", "/api/docs"], Role.AUDITOR),
        desk("system_admin", ["/mail?show=live", "/clock"], Role.SYSTEM_ADMIN),
        desk("security_admin", [f"/settings/accounts/{_login(call)}"], Role.SECURITY_ADMIN),
        desk("audit_admin", (), Role.AUDIT_ADMIN),
    ]


def _propose_the_next_r1(office):
    text = route_text.shipped_texts()["R1"].replace("\nversion: 2\n", "\nversion: 3\n")
    service_proposals.propose(
        office.chief, ProposeRoute(text=text, valid_from=date(2026, 7, 1), reason="与新规一致")
    )


def _person(call, office):
    return people.keep_person(
        office.clerk,
        KeepPerson(
            unit_id=factories.unit(call).id,
            name="林致远",
            post="对外贸易处处长",
            rank=Rank.DIVISION,
            employment=Employment.SERVING,
        ),
    )


def _login(call) -> str:
    return factories.account(call, "lizy", Role.CLERK).login
