"""Authority and separation of duties through the service, read from the database at the moment of signing."""

from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from tests import factories
from tests.service.approvals.office import NOTICE, SEATS
from webapp.accounts import service_setup, service_substitutes
from webapp.accounts.commands import RevokeRole, SetAccountState, SetSubstitute
from webapp.accounts.models import RoleGrant
from webapp.accounts.states import AccountState
from webapp.approvals import queries, service_end, service_notice
from webapp.approvals.commands import EndRequest, PostNotice
from webapp.approvals.models import ApprovalDecision
from webapp.approvals.states import RequestState, SlotState, Verdict
from webapp.core.clock import local_date
from webapp.core.errors import Forbidden, NotAllowedNow
from webapp.core.permissions import Role

LEAD, FINANCE = "unit_opinion.lead", "unit_finance.finance"


def grants_of(office, actor):
    with office.call.read() as session:
        return session.scalars(sa.select(RoleGrant.id).where(RoleGrant.account_id == actor.account_id)).all()


def decisions(office, subject_id):
    with office.call.read() as session:
        row = queries.request(session, "trip", subject_id)
        return session.scalars(sa.select(ApprovalDecision).where(ApprovalDecision.request_id == row.id)).all()


@pytest.mark.parametrize("seat", [key for key in SEATS if key not in (LEAD, FINANCE)])
def test_nobody_signs_before_their_turn(office, at_review, seat):
    with pytest.raises(NotAllowedNow, match="stage_not_open"):
        office.decide(at_review, office.people[seat], slot=seat)


@pytest.mark.parametrize("seat", [key for key in SEATS if key != FINANCE])
def test_nobody_signs_in_the_seat_of_another(office, at_review, seat):
    with pytest.raises(Forbidden, match="not_your_stage"):
        office.decide(at_review, office.people[seat], slot=FINANCE)


def test_the_second_to_sign_hears_who_signed_first_and_when(office, at_review, make_actor):
    other = make_actor(Role.FINANCE)
    first = office.people[FINANCE]
    office.decide(at_review, first, slot=FINANCE)
    with pytest.raises(NotAllowedNow, match="already_decided") as refused:
        office.decide(at_review, other, slot=FINANCE, version=1)
    assert refused.value.details["who"] == first.name
    assert refused.value.details["at"]
    assert len(decisions(office, at_review)) == 2  # the notice and finance


def test_after_a_return_the_others_hear_who_sent_it_back(office, at_review):
    office.decide(at_review, office.people[LEAD], Verdict.RETURN, opinion="请补充")
    with pytest.raises(NotAllowedNow, match="already_decided") as refused:
        office.decide(at_review, office.people[FINANCE], slot=FINANCE)
    assert refused.value.details["who"] == office.people[LEAD].name


def test_a_revoked_role_signs_nothing_although_the_page_was_open(office, at_review):
    finance = office.people[FINANCE]
    service_setup.revoke_role(office.call, RevokeRole(grant_id=grants_of(office, finance)[0], reason="调岗"))
    with pytest.raises(Forbidden, match="not_your_stage"):
        office.decide(at_review, finance, slot=FINANCE)


def test_a_locked_account_signs_nothing(office, at_review):
    finance = office.people[FINANCE]
    service_setup.set_account_state(
        office.call,
        SetAccountState(account_id=finance.account_id, state=AccountState.LOCKED, reason="x", version=None),
    )
    with pytest.raises(Forbidden, match="not_your_stage"):
        office.decide(at_review, finance, slot=FINANCE)


def test_a_person_with_two_roles_signs_once_a_round(office, clock):
    both = factories.actor(office.call, Role.UNIT_FA_LEAD, Role.FINANCE, unit="swj")
    subject_id = office.submit()
    office.confirm_notice(subject_id, clock)
    office.decide(subject_id, both, slot=LEAD)
    with pytest.raises(NotAllowedNow, match="signed_this_round_already"):
        office.decide(subject_id, both, slot=FINANCE)
    office.decide(subject_id, office.people[FINANCE], slot=FINANCE)


@pytest.mark.parametrize("party", ["requester", "drafters", "travellers"])
def test_a_party_to_the_request_never_signs_it(office, clock, party):
    lead = office.people[LEAD].account_id
    subject_id = office.submit(**{party: lead if party == "requester" else (lead,)})
    office.confirm_notice(subject_id, clock)
    with pytest.raises(Forbidden, match="never_decides"):
        office.decide(subject_id, office.people[LEAD], slot=LEAD)
    assert LEAD in office.open_keys(subject_id)


def substitute(office, clock, principal, stand_in, days=5):
    return service_substitutes.set_substitute(
        office.as_(principal),
        SetSubstitute(
            substitute_login=stand_in,
            valid_from=clock.now(),
            valid_until=clock.now() + timedelta(days=days),
            reason="出差",
        ),
    )


def test_a_substitute_signs_with_both_names_on_record(office, clock, at_review):
    deputy = factories.actor(office.call, unit="swj", login="deputy")
    substitute(office, clock, office.people[FINANCE], "deputy")
    office.decide(at_review, deputy, slot=FINANCE)
    signed = next(d for d in decisions(office, at_review) if d.person_id == deputy.account_id)
    assert signed.principal_id == office.people[FINANCE].account_id
    with office.call.read() as session:
        entry = session.execute(
            sa.text(
                "SELECT public FROM audit_entry WHERE action = 'approval.decided' ORDER BY id DESC LIMIT 1"
            )
        ).scalar_one()
    assert str(office.people[FINANCE].account_id) in str(entry)


def test_a_substitution_ends_with_its_last_day(office, clock, at_review):
    deputy = factories.actor(office.call, unit="swj", login="deputy")
    substitute(office, clock, office.people[FINANCE], "deputy", days=2)
    office.pass_days(clock, 2)
    with pytest.raises(Forbidden, match="not_your_stage"):
        office.decide(at_review, deputy, slot=FINANCE)


@pytest.mark.parametrize("roles", [(Role.UNIT_HEAD,), ()])
def test_a_substitute_of_a_traveller_signs_nothing_also_in_their_own_right(office, clock, roles):
    traveller = factories.actor(office.call, Role.UNIT_HEAD, unit="swj", login="head2")
    substitute(office, clock, traveller, office_login(FINANCE), days=30)
    if not roles:
        grant = grants_of(office, traveller)[0]
        service_setup.revoke_role(office.call, RevokeRole(grant_id=grant, reason="调岗"))
    subject_id = office.submit(travellers=(traveller.account_id,))
    office.confirm_notice(subject_id, clock)
    with pytest.raises(Forbidden, match="substitute_of_a_party"):
        office.decide(subject_id, office.people[FINANCE], slot=FINANCE)


def office_login(seat):
    return SEATS[seat].value


def test_when_the_unit_head_travels_a_city_leader_decides_in_their_place(office, clock, make_actor):
    head = office.people["unit_leader.leader"]
    subject_id = office.submit(travellers=(head.account_id,))
    office.confirm_notice(subject_id, clock)
    office.agree_until(subject_id, "unit_leader.leader")
    with pytest.raises(Forbidden):
        office.decide(subject_id, head, slot="unit_leader.leader")
    higher = make_actor(Role.CITY_LEADER, unit="wb", scope="jh")
    office.decide(subject_id, higher, slot="unit_leader.leader")
    assert office.open_keys(subject_id) == ["acceptance.counter"]


def test_every_unit_that_takes_part_confirms_its_own_notice(office, clock):
    second = factories.actor(office.call, Role.CLERK, unit="jyj")
    units = (office.unit_id("swj"), office.unit_id("jyj"))
    subject_id = office.submit(unit_ids=units)
    office.confirm_notice(subject_id, clock)
    theirs = "notice:notice.unit@/jh/jyj/"
    assert office.open_keys(subject_id) == [theirs]
    with pytest.raises(Forbidden):
        office.decide(subject_id, office.clerk, Verdict.CONFIRM, slot=theirs)
    service_notice.post_notice(
        office.as_(second),
        PostNotice(kind="trip", subject_id=subject_id, unit_id=units[1], posted_on=local_date(clock.now())),
    )
    office.pass_days(clock, 8)
    office.decide(subject_id, second, Verdict.CONFIRM, slot=theirs)
    assert office.open_keys(subject_id) == [LEAD, FINANCE]


def test_the_director_who_is_a_party_does_not_revoke(office, clock):
    director = office.people["office_sign_off.director"]
    second = factories.actor(office.call, Role.FAO_DIRECTOR, unit="wb", scope="jh")
    subject_id = office.submit(travellers=(director.account_id,))
    office.confirm_notice(subject_id, clock)
    office.people["office_sign_off.director"] = second
    office.agree_until(subject_id)
    revoke = EndRequest(kind="trip", subject_id=subject_id, reason="x")
    with pytest.raises(Forbidden, match="traveller_never_decides"):
        service_end.revoke(office.as_(director), revoke)
    service_end.revoke(office.as_(second), revoke)
    assert office.state(subject_id) is RequestState.REVOKED


def test_the_database_itself_refuses_a_second_standing_decision(office, at_review):
    office.decide(at_review, office.people[LEAD], slot=LEAD)
    first = next(d for d in decisions(office, at_review) if d.once_id)
    copied = {c.name: getattr(first, c.name) for c in ApprovalDecision.__table__.columns}
    for change in (
        {"once_id": None, "person_id": office.clerk.account_id},
        {"stage_id": other_stage(office, at_review, FINANCE)},
    ):
        with office.call.db.engine.connect() as connection, pytest.raises(sa.exc.IntegrityError):
            connection.execute(sa.insert(ApprovalDecision).values(**copied | change | {"id": uuid4()}))


def other_stage(office, subject_id, key):
    with office.call.read() as session:
        row = queries.request(session, "trip", subject_id)
        return next(s.id for s in queries.slots(session, row.id, row.round) if s.key == key)


def test_skipped_and_signed_slots_are_told_apart(office, at_review):
    with office.call.read() as session:
        row = queries.request(session, "trip", at_review)
        states = {s.key: s.state for s in queries.slots(session, row.id, row.round)}
    assert states["background.discipline"] is SlotState.SKIPPED
    assert states[NOTICE] is SlotState.SIGNED
