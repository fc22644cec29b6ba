"""A trip's way as users go it, for tests: an office with its people, a filled application, signatures."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar

from webapp.approvals import service_decide
from webapp.approvals.commands import DecideSlot
from webapp.approvals.states import Verdict
from webapp.core.permissions import Role
from webapp.core.tx import Call
from webapp.demo.application import explain, half_days, lay_down, save
from webapp.demo.trips import OFFICE_SIGNERS, UNIT_SIGNERS
from webapp.rulebook.states import BudgetItem, Rank
from webapp.trips import queries, service_review
from webapp.trips.commands import NumberedTrip, PostNotice
from webapp.trips.commands_sections import (
    BudgetRow,
    DocumentType,
    InvitationRow,
    LegRow,
    MemberRole,
    MemberRow,
    Section,
    TaskSection,
    Transit,
)

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
__all__ = ["explain", "save"]  # the demo office's own, for the stories that go on from here


@dataclass
class Plan:
    """What is asked for; the defaults are an ordinary one-country trip that breaks no rule (T01)."""

    title: str = "市商务局赴德国经贸洽谈团"
    countries: tuple[tuple[str, str], ...] = (("DE", "柏林"),)
    exit_on: date = date(2026, 5, 18)
    entry_on: date = date(2026, 5, 22)
    members: int = 4
    units: tuple[str, ...] = ()
    poor_connection: bool = False
    inviter: str = "柏林工商会"
    rate: Decimal = Decimal("8.195")
    currency: str = "EUR"
    transit: tuple[tuple[str, str, Transit], ...] = ()
    invited: tuple[str, ...] | None = None
    standard: dict[str, Decimal] = field(
        default_factory=lambda: {"lodging": Decimal(150), "meals": Decimal(60), "incidentals": Decimal(38)}
    )
    plan_item: str = ""


def draft(clerk: Call, plan: Plan | None = None):
    """A filled application of the clerk's unit, ready to be submitted."""
    plan = plan or Plan()
    task = TaskSection(
        title=plan.title,
        purpose="洽谈投资项目，签署合作备忘录一份。",
        is_poorly_connected=plan.poor_connection,
        plan_item=plan.plan_item,
        fund_source="单位因公出国经费",
        contact="0000-0000",
    )
    sheets = (
        (Section.TASK, task),
        (Section.LEGS, tuple(_legs(plan))),
        (Section.SLOTS, tuple(half_days(plan.exit_on, plan.entry_on))),
        (Section.INVITATIONS, (_invitation(plan),)),
        (Section.MEMBERS, tuple(_members(plan))),
        (Section.BUDGET, tuple(_budget(plan))),
    )
    papers = [
        (kind, name, PDF + name.encode() + b"%%EOF")
        for kind, name in ((DocumentType.INVITATION, "邀请函.pdf"), (DocumentType.TRANSLATION, "译文.pdf"))
    ]
    return lay_down(clerk, plan.title, sheets, papers)


def _legs(plan: Plan):
    days = (plan.entry_on - plan.exit_on).days
    share = max(1, days // len(plan.countries))
    here, at = "上海", plan.exit_on
    for number, (country, city, why) in enumerate(plan.transit):
        yield LegRow(f"t{number}", at, at, here, country, city, transit=why)
        here = city
    for number, (country, city) in enumerate(plan.countries):
        yield LegRow(f"c{number}", at, at, here, country, city)
        here, at = city, at + timedelta(days=share)
    yield LegRow("home", plan.entry_on, plan.entry_on, here, "CN", "上海", transit=Transit.HOME)


def _invitation(plan: Plan):
    countries = plan.invited or tuple(code for code, _ in plan.countries)
    return InvitationRow(
        "i0",
        inviter=plan.inviter,
        countries=" ".join(countries),
        profile="当地最大的工商团体。",
        signatory="M. Beispiel",
        purpose="经贸洽谈",
        dated_on=plan.exit_on - timedelta(days=90),
        stay_from=plan.exit_on,
        stay_until=plan.entry_on,
    )


def _members(plan: Plan):
    for number in range(plan.members):
        yield MemberRow(
            f"m{number}",
            name=f"成员{'甲乙丙丁戊己庚辛'[number]}",
            unit_code=plan.units[number] if number < len(plan.units) else "",
            post="副局长" if number == 0 else "科长",
            rank=Rank.DIVISION if number == 0 else Rank.SECTION,
            role=MemberRole.HEAD if number == 0 else MemberRole.MEMBER,
        )


def _budget(plan: Plan):
    nights = (plan.entry_on - plan.exit_on).days
    units = {"lodging": nights, "meals": nights + 1, "incidentals": nights + 1}
    country, city = plan.countries[0]
    for item, claimed in plan.standard.items():
        yield BudgetRow(
            f"b-{item}",
            item=BudgetItem(item),
            country=country,
            city=city,
            currency=plan.currency,
            persons=plan.members,
            quantity=units[item],
            claimed=claimed,
            rate=plan.rate,
        )
    yield BudgetRow(
        "b-fare", item=BudgetItem.INTL_FARE, persons=plan.members, quantity=1, claimed=Decimal(9600)
    )


class Office:
    """The people of route R1 and their signatures."""

    ROLES: ClassVar = {
        "clerk": (Role.CLERK, "swj"),
        "colleague": (Role.CLERK, "swj"),
        "lead": (Role.UNIT_FA_LEAD, "swj"),
        "finance": (Role.FINANCE, "swj"),
        "personnel": (Role.PERSONNEL, "swj"),
        "secrecy": (Role.SECRECY, "swj"),
        "head": (Role.UNIT_HEAD, "swj"),
        "counter": (Role.COUNTER_CLERK, "jh"),
        "officer": (Role.CASE_OFFICER, "jh"),
        "chief": (Role.SECTION_CHIEF, "jh"),
        "director": (Role.FAO_DIRECTOR, "jh"),
        "mayor": (Role.CITY_LEADER, "jh"),
    }

    def __init__(self, call: Call, make_actor) -> None:
        self.system = call
        self._make = make_actor

    def __getattr__(self, name: str) -> Call:
        """The person is employed when first asked for: most tests need few of them."""
        if name not in self.ROLES:
            raise AttributeError(name)
        role, unit = self.ROLES[name]
        person = self.system.as_actor(self._make(role, unit=unit))
        self.__dict__[name] = person
        return person

    def sign(self, who: Call, trip, verdict=Verdict.APPROVE, opinion=""):
        return service_decide.decide(
            who,
            DecideSlot(kind="trip", subject_id=trip.id, verdict=verdict, opinion=opinion, findings_seen=True),
        )

    def submit(self, trip):
        return service_review.submit(self.clerk, NumberedTrip(trip.ref))

    def notice(self, trip, posted_on: date, unit: str = "swj", who: Call | None = None):
        return service_review.post_notice(
            who or self.clerk, PostNotice(trip.ref, unit, posted_on, "一楼公示栏")
        )

    def confirm_notice(self, trip, who: Call | None = None):
        return self.sign(who or self.clerk, trip, Verdict.CONFIRM)

    def through_the_unit(self, trip):
        for seat in UNIT_SIGNERS:
            self.sign(getattr(self, seat), trip)

    def through_the_office(self, trip):
        for seat in OFFICE_SIGNERS:
            self.sign(getattr(self, seat), trip)

    def read(self, trip, who: Call | None = None):
        who = who or self.clerk
        with who.read() as session:
            return queries.detail(session, who.actor, who.clock.now(), trip.ref)
