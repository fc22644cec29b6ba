"""The rulebook in the database: shipped rules, an office's own editions, fee tables, rates, treaty terms."""

import uuid
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from webapp import reference
from webapp.core.errors import Forbidden, Invalid, NotAllowedNow, NotFound, OutOfDate
from webapp.core.ledger import AuditEntry
from webapp.core.permissions import Role
from webapp.rulebook import queries, rules_params, service, service_treaties, shipped
from webapp.rulebook.commands import ChangeRule, ProposeTreaty, SetRate, SettleProposal
from webapp.rulebook.models import TreatyProposal
from webapp.rulebook.rules_itinerary import day_limit
from webapp.rulebook.states import Basis, Confidence, Counting, ProposalState, Severity

TODAY = date(2026, 3, 2)


@pytest.fixture
def chief(call, make_actor):
    reference.install(call)
    return call.as_actor(make_actor(Role.SECTION_CHIEF, unit="wb"))


@pytest.fixture
def director(call, make_actor):
    return call.as_actor(make_actor(Role.FAO_DIRECTOR, unit="wb"))


def edition(call, on=TODAY):
    with call.read() as session:
        return queries.edition(session, on)


def change(code="ITN-01", **more):
    ours = next(rule for rule in reversed(shipped.rules()) if rule.code == code)
    values = {
        "code": code,
        "params": dict(ours.params),
        "severity": ours.severity,
        "is_on": True,
        "citation": ours.citation,
        "confidence": ours.confidence,
        "valid_from": TODAY,
        "reason": "省外办来文",
        "basis": "江外发〔2026〕1号",
    }
    return ChangeRule(**{**values, **more})


def test_installing_twice_writes_once_and_gives_what_ships(call):
    before = edition(call)
    assert reference.install(call) > 300
    assert reference.install(call) == 0
    after = edition(call)
    assert after.rules == before.rules
    assert after.fees.rows == before.fees.rows
    assert len(shipped.fee_standards()) == 273


def test_every_rule_the_office_needs_is_there_with_citation_and_confidence(call):
    wanted = {
        *(f"ITN-0{n}" for n in range(1, 6)),
        *("DEL-01", "DEL-02", "DOC-01", "DOC-02", "DOC-06", "PLN-01", "PLN-02", "FIN-02", "FIN-03"),
        *("PST-01", "PST-02", "PST-04", "PST-05", "PST-06"),
        *("INC-01", "INC-03", "INC-04", "INC-06", "INC-07"),
    }
    rules = edition(call).rules
    assert wanted <= set(rules)
    assert all(rule.citation and rule.title and rule.enforced_at for rule in rules.values())
    assert not any("[S" in rule.citation for rule in rules.values())


def test_the_limits_of_before_2014_still_judge_what_was_asked_then(call):
    reference.install(call)
    assert day_limit(edition(call, date(2012, 6, 1)).rules["ITN-01"], 3) == 12
    assert day_limit(edition(call).rules["ITN-01"], 3) == 10


def test_the_offices_own_edition_holds_from_its_day_and_names_reason_and_document(chief):
    first = edition(chief)
    own = {"limits": {"1": 4, "2": 7, "3": 9}}
    row = service.change_rule(chief, change(params=own, valid_from=date(2026, 4, 1), seen=2))
    assert (row.edition, row.set_by != "", row.basis) == (3, True, "江外发〔2026〕1号")
    assert day_limit(edition(chief).rules["ITN-01"], 1) == 5
    later = edition(chief, date(2026, 4, 1))
    assert day_limit(later.rules["ITN-01"], 1) == 4
    assert later.code != first.code
    with chief.read() as session:
        entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "rule.changed")).one()
        assert len(queries.rule_history(session, "ITN-01")) == 3
    assert entry.public["figures"]["edition"] == 3


def test_two_people_change_one_rule_and_the_second_is_told(chief):
    service.change_rule(
        chief, change("DEL-01", params={"max_members": 5, "includes_interpreter": True}, seen=1)
    )
    with pytest.raises(OutOfDate):
        service.change_rule(chief, change("DEL-01", seen=1))


def test_a_rule_is_not_changed_backwards_or_without_a_document(chief):
    with pytest.raises(Invalid) as caught:
        service.change_rule(chief, change(valid_from=date(2026, 3, 1), reason=" ", basis=""))
    assert set(caught.value.fields) == {"valid_from", "reason", "basis"}


def test_a_rule_switched_off_is_not_asked(chief):
    service.change_rule(chief, change("ITN-04", is_on=False, severity=Severity.NOTICE))
    assert edition(chief).rule("ITN-04") is None


def test_only_those_who_keep_the_rules_change_them(chief, make_actor):
    with pytest.raises(Forbidden):
        service.change_rule(chief.as_actor(make_actor(Role.CLERK)), change())


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"limits": "1=5, 2=8, 3=10"}, False),
        ({"limits": "1=5, 2=8"}, True),
        ({"limits": "1=5, 2=0, 3=9"}, True),
        ({"limits": "viele"}, True),
    ],
)
def test_parameters_keep_their_form(typed, wrong):
    values, errors = rules_params.read({"limits": {"1": 6, "2": 9, "3": 11}}, typed)
    assert bool(errors) is wrong
    if not wrong:
        assert values == {"limits": {"1": 5, "2": 8, "3": 10}}


def test_every_parameter_of_every_rule_has_a_label_and_survives_its_own_form():
    for rule in shipped.rules():
        assert set(rule.params) <= set(rules_params.LABELS), rule.code
        typed = {name: rules_params.shown(value) for name, value in rule.params.items()}
        values, errors = rules_params.read(rule.params, typed)
        assert (values, errors) == (dict(rule.params), {})


def test_fee_standard_of_a_city_else_of_the_other_cities(call):
    with call.read() as session:
        berlin = queries.fee_rows(session, "DE", "柏林", TODAY)
        village = queries.fee_rows(session, "DE", "维尔茨堡", TODAY)
        assert (berlin.lodging, berlin.meals, berlin.incidentals, berlin.currency) == (150, 60, 38, "EUR")
        assert (village.lodging, village.cities) == (120, ("其他城市",))
        assert queries.fee_rows(session, "TV", "", TODAY) is None
        assert queries.fee_rows(session, "SK", "", TODAY).is_confirmed is False


def test_the_last_rate_before_the_day_counts(chief):
    for day, per_100 in ((1, "780.12"), (2, "781.50")):
        service.set_rate(
            chief,
            SetRate(
                currency="eur", on_day=date(2026, 3, day), per_100=Decimal(per_100), source="中国外汇交易中心"
            ),
        )
    with chief.read() as session:
        assert queries.rate(session, "EUR", date(2026, 3, 1)) == Decimal("7.8012")
        assert queries.rate(session, "EUR", date(2026, 6, 1)) == Decimal("7.8150")
        assert queries.rate(session, "EUR", date(2026, 2, 1)) is None
        assert queries.rates(session, TODAY) == {"CNY": 1, "EUR": Decimal("7.8150")}
    with pytest.raises(Invalid):
        service.set_rate(chief, SetRate(currency="CNY", on_day=TODAY, per_100=Decimal(100), source="x"))


def terms(call, code):
    with call.read() as session:
        return queries.treaty_terms(session, code, TODAY)


@pytest.mark.parametrize("installed", [True, False])
def test_treaty_terms_always_answer(call, installed):
    if installed:
        reference.install(call)
    japan, australia, france, russia = (terms(call, code) for code in ("JP", "AU", "FR", "RU"))
    assert (japan.notify_days, japan.mandatory, japan.opt_out) == (4, True, False)
    assert (australia.notify_days, australia.counting, australia.opt_out) == (3, Counting.HOURS, True)
    assert (france.code, france.basis, france.notify_days, france.opt_out) == ("FR", Basis.VCCR, 7, True)
    assert (russia.known, russia.notify_days, russia.opt_out) == (False, 3, False)
    assert russia.confidence is Confidence.UNVERIFIED
    assert terms(call, "PY").notify_days is None
    assert terms(call, "HK").notify_days is None


def test_confirmed_terms_hold_once_a_second_person_applied_them_and_both_are_logged(chief, director):
    with chief.read() as session:
        row = queries.treaty_row(session, "RU")
    confirmed = ProposeTreaty(
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
        version=row.version,
    )
    with pytest.raises(Invalid):
        service_treaties.propose(chief, replace(confirmed, opt_out=True))
    proposal = service_treaties.propose(chief, confirmed)
    with pytest.raises(NotAllowedNow):
        service_treaties.propose(chief, confirmed)
    with pytest.raises(NotAllowedNow) as own:
        settle_terms(chief, proposal)
    assert own.value.code == "proposal_needs_another"
    assert terms(chief, "RU").notify_days == 3
    settle_terms(director, proposal)
    assert (terms(chief, "RU").notify_days, terms(chief, "RU").known) == (4, True)
    with pytest.raises(OutOfDate):
        service_treaties.propose(chief, confirmed)
    with pytest.raises(NotAllowedNow):
        settle_terms(director, proposal)
    with chief.read() as session:
        entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "treaty.changed")).one()
    assert entry.actor_id == director.actor.account_id
    assert entry.body["details"]["proposed_by"] == chief.actor.name


def settle_terms(who, proposal, state=ProposalState.APPLIED):
    return service_treaties.settle(who, SettleProposal(number=proposal.number, state=state, note="已核对"))


def test_the_database_refuses_terms_put_in_force_by_who_proposed_them(chief, database):
    who = chief.actor.account_id
    values = {"number": 1, "reason": "x", "code": "RU", "terms": {}, "before": {}, "proposed_by": "x"}
    row = TreatyProposal(
        id=uuid.uuid4(),
        state=ProposalState.APPLIED,
        proposed_by_id=who,
        settled_by_id=who,
        proposed_at=chief.clock.now(),
        settled_at=chief.clock.now(),
        **values,
    )
    with database.write() as session:
        session.add(row)
        with pytest.raises(sa.exc.IntegrityError, match="applied_by_another"):
            session.flush()


def test_a_nationality_without_terms_of_its_own_gets_them_with_their_confidence(chief, director):
    own = ProposeTreaty(
        code="FR",
        basis=Basis.BILATERAL,
        instrument="中法领事协定",
        notify_days=5,
        counting=Counting.DAY_END,
        mandatory=False,
        opt_out=True,
        known=True,
        visit_days=None,
        source="省外办复函",
        confidence=Confidence.SECOND_HAND,
        reason="省外办来文",
    )
    refused = service_treaties.propose(chief, own)
    settle_terms(director, refused, ProposalState.REFUSED)
    assert terms(chief, "FR").notify_days == 7
    settle_terms(director, service_treaties.propose(chief, own))
    france = terms(chief, "FR")
    assert (france.basis, france.notify_days, france.confidence) == (
        Basis.BILATERAL,
        5,
        Confidence.SECOND_HAND,
    )
    assert terms(chief, "BE").notify_days == 7
    with pytest.raises(NotFound):
        service_treaties.propose(chief, replace(own, code="CN"))
