"""A filled application for an official trip, as a careful clerk of 江海市 would make it."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from webapp.attachments.service import receive
from webapp.core.clock import local_date
from webapp.core.tx import Call
from webapp.demo.paper import letter
from webapp.rulebook import queries as rulebook
from webapp.rulebook.fees import FeeStandard
from webapp.rulebook.states import BudgetItem, Half, Rank
from webapp.trips import queries, sections, service_draft
from webapp.trips.commands import DraftTrip
from webapp.trips.commands_sections import (
    BudgetRow,
    DeclarationSection,
    DocumentType,
    ExplanationRow,
    InvitationRow,
    LegRow,
    MemberRole,
    MemberRow,
    SaveSection,
    Section,
    SlotRow,
    TaskSection,
    Transit,
    Values,
)
from webapp.trips.rules import marks

SURNAMES, GIVEN = (
    "周吴郑王冯陈褚卫蒋沈韩杨朱秦",
    ("一帆", "致远", "静怡", "文涛", "思齐", "若水", "明轩", "守正"),
)


@dataclass(frozen=True)
class Journey:
    """`rate` is yuan for one unit of the currency in which the country's standards are set; `fare` is in yuan."""

    title: str
    purpose: str
    country: str
    city: str
    inviter: str
    days: int
    members: int
    rate: str
    fare: int


def fill(clerk: Call, journey: Journey, exit_on: date) -> str:
    """Draft and fill an application; its reference."""
    entry_on = exit_on + timedelta(days=journey.days - 1)
    with clerk.read() as session:
        standard = rulebook.fee_rows(session, journey.country, journey.city, local_date(clerk.clock.now()))
    assert standard is not None, journey.country
    sheets: tuple[tuple[Section, Values], ...] = (
        (
            Section.TASK,
            TaskSection(
                title=journey.title,
                purpose=journey.purpose,
                fund_source="单位因公出国经费",
                contact="0000-0000",
            ),
        ),
        (Section.LEGS, tuple(_legs(journey, exit_on, entry_on))),
        (Section.SLOTS, tuple(half_days(exit_on, entry_on))),
        (Section.INVITATIONS, (_invitation(journey, exit_on, entry_on),)),
        (Section.MEMBERS, tuple(_members(journey))),
        (Section.BUDGET, tuple(_budget(journey, standard))),
    )
    papers = [
        (kind, name, letter(_invitation_lines(kind, journey, exit_on, entry_on)))
        for kind, name in (
            (DocumentType.INVITATION, "邀请函.pdf"),
            (DocumentType.TRANSLATION, "邀请函译文.pdf"),
        )
    ]
    return str(lay_down(clerk, journey.title, sheets, papers).ref)


def lay_down(
    clerk: Call,
    title: str,
    sheets: Iterable[tuple[Section, Values]],
    papers: Iterable[tuple[DocumentType, str, bytes]],
) -> Any:
    """A new application with its sheets, papers (kind, name, bytes) and declarations, ready to be submitted."""
    ref = service_draft.create(clerk, DraftTrip(title=title)).ref
    for section, values in sheets:
        save(clerk, ref, section, values)
    for kind, name, content in papers:
        received = receive(clerk, name, io.BytesIO(content))
        service_draft.add_file(clerk, ref, kind, received)
    return save(clerk, ref, Section.DECLARATIONS, DeclarationSection(*[True] * 5))


def _invitation_lines(kind: DocumentType, journey: Journey, exit_on: date, entry_on: date) -> list[str]:
    translated = kind is DocumentType.TRANSLATION
    return [
        "Translation of the invitation" if translated else "Letter of invitation",
        f"Destination: {journey.country}",
        f"Dates of the visit: {exit_on.isoformat()} to {entry_on.isoformat()}",
        f"Members of the delegation: {journey.members}",
        "",
        "Dear colleagues,",
        "we are glad to invite your delegation to working talks at our offices on the dates above.",
        "Board and lodging are borne by the delegation.",
        "",
        "An invented paper of the demo office.",
    ]


def explain(clerk: Call, ref: str, *rules: str) -> Any:
    """The applicant's words to findings that need them."""
    rows = tuple(ExplanationRow(rule, "年中新增任务，已列入调整计划报批。") for rule in rules)
    return save(clerk, ref, Section.EXPLANATIONS, rows)


def save(clerk: Call, ref: str, section: Section, values: Values) -> Any:
    """Save one section as its page would: with the marks of what was shown."""
    with clerk.read() as session:
        trip = queries.detail(session, clerk.actor, clerk.clock.now(), ref)
        base = marks(sections.stored(trip, section))
    return service_draft.save_section(clerk, SaveSection(ref, section, values, base))


def _legs(journey: Journey, exit_on: date, entry_on: date) -> Iterator[LegRow]:
    yield LegRow("out", exit_on, exit_on, "上海", journey.country, journey.city)
    yield LegRow("home", entry_on, entry_on, journey.city, "CN", "上海", transit=Transit.HOME)


def half_days(exit_on: date, entry_on: date) -> Iterator[SlotRow]:
    """Working days from morning to evening; the mornings of the first and the last day are spent on the way."""
    for number in range((entry_on - exit_on).days + 1):
        day = exit_on + timedelta(days=number)
        for half in Half:
            on_the_way = day in {exit_on, entry_on} and half is Half.AM
            yield SlotRow(
                f"s{number}{half.value}", day, half, "路途" if on_the_way else "会谈与考察", not on_the_way
            )


def _invitation(journey: Journey, exit_on: date, entry_on: date) -> InvitationRow:
    return InvitationRow(
        "i0",
        inviter=journey.inviter,
        countries=journey.country,
        profile="当地主管机构，与本市有多年合作。",
        signatory="M. Beispiel",
        purpose=journey.purpose[:20],
        dated_on=exit_on - timedelta(days=85),
        stay_from=exit_on,
        stay_until=entry_on,
    )


def _members(journey: Journey) -> Iterator[MemberRow]:
    start = sum(map(ord, journey.title))
    for number in range(journey.members):
        at = start + number * 5
        yield MemberRow(
            f"m{number}",
            name=SURNAMES[at % len(SURNAMES)] + GIVEN[at % len(GIVEN)],
            post="副局长" if number == 0 else "科长",
            rank=Rank.DIVISION if number == 0 else Rank.SECTION,
            role=MemberRole.HEAD if number == 0 else MemberRole.MEMBER,
        )


def _budget(journey: Journey, standard: FeeStandard) -> Iterator[BudgetRow]:
    daily = (
        (BudgetItem.LODGING, standard.lodging, journey.days - 1),
        (BudgetItem.MEALS, standard.meals, journey.days),
        (BudgetItem.INCIDENTALS, standard.incidentals, journey.days),
    )
    for item, claimed, quantity in daily:
        yield BudgetRow(
            f"b-{item.value}",
            item=item,
            country=journey.country,
            city=journey.city,
            currency=standard.currency,
            persons=journey.members,
            quantity=quantity,
            claimed=claimed,
            rate=Decimal(journey.rate),
        )
    fare = Decimal(journey.fare)
    yield BudgetRow("b-fare", item=BudgetItem.INTL_FARE, persons=journey.members, quantity=1, claimed=fare)
