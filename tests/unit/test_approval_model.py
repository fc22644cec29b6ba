"""Thousands of random steps of the machine against a model written apart from it, from the office's rules.

The model keeps no slots: it keeps who has signed, counts groups, and answers what a clerk with the route's
text in hand would answer.
"""

import contextlib
from datetime import date, timedelta
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from webapp.approvals.route_text import shipped
from webapp.approvals.rules import Decide, Plain, PostNotice, Resume, apply, begin
from webapp.approvals.rules_laying import Ground, lay
from webapp.approvals.rules_moves import OfSlot, TakeBack
from webapp.approvals.states import Move, SlotState, Verdict
from webapp.core.errors import NotAllowedNow

ROUTE = shipped()["R1"]
NOTICE = "notice:notice.unit@c/jh/"
GROUPS = [
    {NOTICE},
    {"unit_opinion.lead", "unit_finance.finance"},
    {"background.personnel", "background.secrecy", "background.discipline"},
    {"unit_leader.leader"},
    {"acceptance.counter"},
    {"review.officer"},
    {"review.chief"},
    {"office_sign_off.director"},
    {"approval.leader"},
]
KEYS = sorted(set().union(*GROUPS))
PEOPLE = [UUID(int=n) for n in range(1, 15)]
FIRST_DAY = date(2026, 3, 10)


class Model:
    """What the office's rules say, in a few lines."""

    def __init__(self, *, discipline):
        self.groups = [group if discipline else group - {"background.discipline"} for group in GROUPS]
        self.state, self.round = "in_review", 1
        self.signed, self.hands, self.posted = set(), {}, False
        self.asked = set()

    def due(self):
        """What the running round waits for: signatures of the first group that is not complete."""
        return next((group - self.signed for group in self.groups if group - self.signed), set())

    def wanted(self):
        """What may be signed now."""
        return self.due() - self.asked if self.state == "in_review" else set()

    def decide(self, key, verdict, person, today):
        if key not in self.wanted() or (verdict == "confirm") != (key == NOTICE) or verdict == "advise":
            return False
        if key == NOTICE:
            if not self.posted or today < FIRST_DAY:
                return False
        elif person in {who for seat, who in self.hands.items() if seat != NOTICE}:
            return False
        if verdict in {"return", "reject"}:
            self.state = {"return": "returned", "reject": "rejected"}[verdict]
            return True
        self.signed.add(key)
        self.hands[key] = person
        if not self.due():
            self.state = "approved"
        return True

    def take_back(self, key, person, minutes):
        """One's own, within ten minutes, while nobody of a later group has signed or asked."""
        if self.state != "in_review" or self.hands.get(key) != person or minutes > 10:
            return False
        place = next(number for number, group in enumerate(self.groups) if key in group)
        if (self.signed | self.asked) & set().union(*self.groups[place + 1 :]):
            return False
        self.signed.remove(key)
        del self.hands[key]
        return True

    def ask(self, key):
        if key not in self.wanted() or key == NOTICE:
            return False
        self.asked.add(key)
        return True

    def answer(self, key):
        if self.state != "in_review" or key not in self.asked:
            return False
        self.asked.remove(key)
        return True

    def post(self, key):
        if key != NOTICE or NOTICE not in self.wanted():
            return False
        self.posted = True
        return True

    def turn(self, move):
        after = {
            ("in_review", "withdraw"): "withdrawn",
            ("in_review", "suspend"): "suspended",
            ("suspended", "continue"): "in_review",
            ("suspended", "withdraw"): "withdrawn",
            ("returned", "withdraw"): "withdrawn",
            ("returned", "acknowledge"): "returned",
            ("revoked", "acknowledge"): "revoked",
            ("approved", "revoke"): "revoked",
        }.get((self.state, move))
        self.state = after or self.state
        return after is not None

    def resume(self, *, notice_changed):
        if self.state not in {"returned", "withdrawn", "revoked"}:
            return False
        keeps = NOTICE in self.signed and not notice_changed
        self.signed, self.hands, self.asked = ({NOTICE} if keeps else set()), {}, set()
        self.posted = False
        self.state, self.round = "in_review", self.round + 1
        return True


class AgainstTheModel(RuleBasedStateMachine):
    @initialize(discipline=st.booleans())
    def start(self, discipline):
        self.facts = {"needs_discipline": discipline}
        self.model = Model(discipline=discipline)
        self.machine = begin(lay(ROUTE, self.ground()))

    def ground(self, kept=frozenset()):
        return Ground(unit="c/jh/", units=("c/jh/",), facts=self.facts, kept=kept)

    def both(self, action, allowed):
        after = None
        with contextlib.suppress(NotAllowedNow):
            after = apply(self.machine, action)
        assert (after is not None) is allowed, f"the model says {allowed} to {action}"
        self.machine = after or self.machine

    @rule(
        key=st.sampled_from(KEYS),
        verdict=st.sampled_from(list(Verdict)),
        person=st.sampled_from(PEOPLE),
        today=st.sampled_from([date(2026, 3, 9), FIRST_DAY]),
    )
    def anybody_tries_anything(self, key, verdict, person, today):
        self.both(Decide(key, verdict, person, today), self.model.decide(key, verdict.value, person, today))

    @rule(pick=st.integers(0, 5), person=st.sampled_from(PEOPLE))
    def somebody_whose_turn_it_may_be_agrees(self, pick, person):
        wanted = sorted(self.model.wanted())
        if not wanted:
            return
        key = wanted[pick % len(wanted)]
        verdict = Verdict.CONFIRM if key == NOTICE else Verdict.APPROVE
        self.both(
            Decide(key, verdict, person, FIRST_DAY), self.model.decide(key, verdict.value, person, FIRST_DAY)
        )

    @rule(key=st.sampled_from([NOTICE, "unit_opinion.lead"]))
    def a_notice_is_put_up(self, key):
        self.both(PostNotice(key, FIRST_DAY), self.model.post(key))

    @rule(key=st.sampled_from(KEYS), person=st.sampled_from(PEOPLE), minutes=st.sampled_from([1, 10, 11]))
    def anybody_tries_to_take_back(self, key, person, minutes):
        action = TakeBack(key, person, timedelta(minutes=minutes))
        self.both(action, self.model.take_back(key, person, minutes))

    @rule(pick=st.integers(0, 9))
    def whoever_signed_takes_back(self, pick):
        signed = sorted(self.model.hands)
        if signed:
            key = signed[pick % len(signed)]
            person = self.model.hands[key]
            self.both(TakeBack(key, person, timedelta(0)), self.model.take_back(key, person, 0))

    @rule(key=st.sampled_from(KEYS))
    def somebody_asks(self, key):
        self.both(OfSlot(Move.ASK, key), self.model.ask(key))

    @rule(key=st.sampled_from(KEYS), move=st.sampled_from([Move.ANSWER, Move.CALL_OFF]))
    def a_question_is_closed(self, key, move):
        self.both(OfSlot(move, key), self.model.answer(key))

    @rule(move=st.sampled_from([Move.WITHDRAW, Move.ACKNOWLEDGE, Move.REVOKE, Move.SUSPEND, Move.CONTINUE]))
    def the_whole_request_turns(self, move):
        self.both(Plain(move), self.model.turn(move.value))

    @rule(changed=st.booleans())
    def it_is_submitted_again(self, changed):
        good = self.machine.slot(NOTICE).state in (SlotState.SIGNED, SlotState.KEPT)
        kept = frozenset({"notice"}) if good and not changed else frozenset()
        slots = lay(ROUTE, self.ground(kept), from_stage=ROUTE.resume_at)
        self.both(Resume(slots), self.model.resume(notice_changed=changed))

    @invariant()
    def they_agree(self):
        assert self.machine.state.value == self.model.state
        assert self.machine.round == self.model.round
        assert {slot.key for slot in self.machine.open} == self.model.wanted()


AgainstTheModel.TestCase.settings = settings(
    max_examples=50,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
TestTheMachineAgainstAnIndependentModel = AgainstTheModel.TestCase
