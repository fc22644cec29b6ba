"""From an event to a mail in somebody's hands: relay, claim, send, settle, and everything that goes wrong."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests import factories
from tests.sink import Sink
from webapp.core.ledger import AuditEntry, OutboxMessage
from webapp.core.mail import FolderMailer, Outcome, Sender, SmtpAddress, Verdict, mail_file
from webapp.core.permissions import Role
from webapp.core.smtp import SmtpMailer
from webapp.notifications import queries, service
from webapp.notifications.models import Mail
from webapp.notifications.notice import Notice
from webapp.notifications.notices import ROUTES
from webapp.notifications.render import Renderer
from webapp.notifications.rules import LEASE, MAX_ATTEMPTS, MAX_EXPIRED_LEASES
from webapp.notifications.service_claim import claim, claim_suspect
from webapp.notifications.service_deliver import deliver_due
from webapp.notifications.service_relay import Post, relay
from webapp.notifications.service_settle import Attempt, requeue, settle
from webapp.notifications.states import MailState
from webapp.torture.service import call_drill

SENDER = Sender("waishi@jh.example", "江海市外办")
TAKEN = Outcome(Verdict.TAKEN, "250")


def ring(call):
    """An event that only a drill knows."""
    call_drill(call, uuid.uuid4(), 118)


@pytest.fixture
def people(call):
    return [
        factories.account(call, "wang", Role.CLERK),
        factories.account(call, "smith", Role.CASE_OFFICER, unit="wb"),
    ]


@pytest.fixture
def post(people):
    def tell(session, message):
        for account in people:
            yield Notice(
                account_id=account.id,
                template="notifications/mail_failed",
                context={"number": message.payload["number"], "reply": "451"},
                link="/trips/CG-1",
            )

    routes = {**ROUTES, "drill.called": (tell,), "account.created": (), "role.granted": ()}
    return Post(routes, Renderer("http://127.0.0.1:8000", "江海市外办"), SENDER.domain)


@pytest.fixture
def quiet(call):
    """Forget what setting up the people wants to tell."""
    with call.db.write() as session:
        session.execute(sa.update(OutboxMessage).values(relayed_at=call.clock.now()))
        session.commit()


@pytest.fixture
def ready(call, people, quiet, post):
    """One event relayed: two mails wait."""
    ring(call)
    relay(call, post)


def mails(call):
    with call.read() as session:
        return session.scalars(sa.select(Mail).order_by(Mail.address)).all()


def labels(call):
    with call.read() as session:
        query = (
            sa.select(AuditEntry.action).where(AuditEntry.action.startswith("mail.")).order_by(AuditEntry.id)
        )
        return list(session.scalars(query))


def smtp(sink, **more):
    return SmtpMailer(SmtpAddress.parse(sink.url), SENDER, **more)


def test_an_event_becomes_one_message_and_one_mail_for_each_person_however_often_it_is_relayed(
    call, people, quiet, post
):
    ring(call)
    done = relay(call, post)
    assert (done.messages, done.items, done.failed) == (1, 2, 0)
    assert relay(call, post).messages == 0
    with call.read() as session:
        [item] = queries.inbox(session, people[0].id)
    assert item.title == "[发送失败] 有一封通知没有送达"
    assert item.link == "/trips/CG-1"
    assert f"http://127.0.0.1:8000/messages/{item.token}" in item.text
    assert [mail.address for mail in mails(call)] == ["smith@example.invalid", "wang@example.invalid"]


def test_each_person_reads_the_mail_in_their_own_language(call, people, quiet, post):
    with call.db.write() as session:
        session.get(type(people[1]), people[1].id).locale = "en"
        session.commit()
    ring(call)
    relay(call, post)
    with call.read() as session:
        [item] = queries.inbox(session, people[1].id)
    assert item.title == "[Not delivered] A notification could not be delivered"


def test_a_row_nobody_knows_a_route_for_stays_says_why_and_holds_nobody_up(call, people, quiet, post):
    ring(call)
    lame = replace(post, routes={name: told for name, told in post.routes.items() if name != "drill.called"})
    assert relay(call, lame).failed == 1
    assert relay(call, lame).messages == 0  # it waits
    with call.read() as session:
        [row] = queries.stuck_outbox(session)
    assert "drill.called" in row.problem
    call.clock.advance(timedelta(seconds=2))
    assert relay(call, post).items == 2
    with call.read() as session:
        assert queries.stuck_outbox(session) == []


def test_mails_reach_a_real_mail_server_marked_as_automatic_with_a_message_id_of_ours(call, ready):
    with Sink() as sink:
        assert deliver_due(call, smtp(sink)).taken == 2
        letters = sink.letters()
    letter = next(letter for letter in letters if letter["To"] == "wang@example.invalid")
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Message-ID"].endswith("@jh.example>")
    assert letter["Subject"] == "[发送失败] 有一封通知没有送达"
    assert "118" in letter.get_content()
    assert {mail.state for mail in mails(call)} == {MailState.SENT}
    assert labels(call) == []


def test_a_mail_server_that_is_busy_gets_the_same_mail_again_after_the_pause(call, ready):
    with Sink() as sink:
        sink.modes = {"wang@example.invalid": "4xx"}
        deliver_due(call, smtp(sink))
        later = mails(call)[1]
        assert (later.state, later.attempts) == (MailState.WAITING, 1)
        assert later.due_at == call.clock.now() + timedelta(seconds=30)
        assert later.reply.startswith("451")
        sink.modes = {}
        assert deliver_due(call, smtp(sink)).taken == 0
        call.clock.advance(timedelta(seconds=30))
        assert deliver_due(call, smtp(sink)).taken == 1
        assert set(sink.ids().values()) == {1}
    assert labels(call) == []


def test_a_refusal_for_good_is_a_dead_letter_at_once_and_the_administrator_hears_of_it_without_mail(
    call, ready, post
):
    admin = factories.actor(call, Role.SYSTEM_ADMIN, unit="wb")
    with Sink() as sink:
        sink.modes = {"wang@example.invalid": "5xx"}
        deliver_due(call, smtp(sink))
    dead = mails(call)[1]
    assert (dead.state, dead.reply[:3]) == (MailState.DEAD, "550")
    assert labels(call) == ["mail.failed"]
    relay(call, post)
    with call.read() as session:
        [item] = queries.inbox(session, admin.account_id)
    assert "550" in item.text
    assert len(mails(call)) == 2


def test_a_dead_letter_sent_again_by_a_person_keeps_its_message_id(call, ready):
    with Sink() as sink:
        sink.mode = "5xx"
        deliver_due(call, smtp(sink))
        sink.mode = "ok"
        before = {mail.id: mail.message_id for mail in mails(call)}
        for mail_id in before:
            requeue(call, mail_id)
        assert deliver_due(call, smtp(sink)).taken == 2
        assert sink.ids() == dict.fromkeys(before.values(), 1)


def test_a_line_that_breaks_after_the_final_dot_makes_a_copy_that_is_labelled(call, ready):
    with Sink() as sink:
        sink.modes = {"wang@example.invalid": "drop"}
        deliver_due(call, smtp(sink))
        assert [mail.maybe_twice for mail in mails(call)] == [False, True]
        sink.modes = {}
        call.clock.advance(timedelta(seconds=30))
        deliver_due(call, smtp(sink))
        assert sink.ids()[mails(call)[1].message_id] == 2
        assert sink.taken[-1] in sink.taken[:-1]  # byte for byte the same
    assert labels(call) == ["mail.possibly_sent_twice"]


def test_a_mail_server_that_never_answers_costs_the_time_limit_and_no_more(call, ready):
    with Sink() as sink:
        sink.modes = {"wang@example.invalid": "hole"}
        deliver_due(call, smtp(sink, timeout=0.5))
    assert [mail.state for mail in mails(call)] == [MailState.SENT, MailState.WAITING]


def test_when_no_mail_server_is_there_everything_waits_and_nothing_is_lost(call, ready):
    nobody = SmtpMailer(SmtpAddress.parse("smtp://127.0.0.1:1"), SENDER, timeout=0.5)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        deliver_due(call, nobody)
        assert {mail.attempts for mail in mails(call)} == {attempt}
        call.clock.advance(timedelta(hours=1))
    assert {mail.state for mail in mails(call)} == {MailState.DEAD}
    assert timedelta(hours=72) < MAX_ATTEMPTS * timedelta(hours=1) < timedelta(hours=80)


def test_a_worker_that_dies_with_a_mail_in_hand_leaves_it_to_the_next_one_labelled(call, ready):
    first = claim(call, 20)
    assert len(first) == 2
    assert claim(call, 20) == []
    call.clock.advance(LEASE)
    assert claim(call, 20) == []
    again = claim_suspect(call)
    assert len(again) == 1  # after an accident one at a time
    assert again[0].letter == first[0].letter or again[0].letter == first[1].letter
    assert labels(call) == ["mail.possibly_sent_twice"]


def test_whoever_lost_the_lease_cannot_settle_but_says_that_there_may_be_a_copy(call, ready):
    [late, *_] = claim(call, 1)
    with call.db.write() as session:
        session.execute(sa.update(Mail).where(Mail.id == late.mail_id).values(lease_token=uuid.uuid4()))
        session.commit()
    settle(call, [Attempt(late.mail_id, late.lease_token, TAKEN)])
    with call.read() as session:
        mail = session.get(Mail, late.mail_id)
    assert (mail.state, mail.maybe_twice) == (MailState.SENDING, True)


def test_a_mail_that_kills_its_workers_is_put_aside_after_five_leases_and_the_others_leave(call, ready):
    poison = "wang@example.invalid"
    for _round in range(20):
        batch = claim(call, 20) or claim_suspect(call)
        for mail in batch:
            if mail.letter.to == poison:
                break  # the worker dies here
            settle(call, [Attempt(mail.mail_id, mail.lease_token, TAKEN)])
        call.clock.advance(LEASE)
    assert [mail.state for mail in mails(call)] == [MailState.SENT, MailState.QUARANTINED]
    assert mails(call)[1].expired_leases == MAX_EXPIRED_LEASES
    assert labels(call)[-1] == "mail.quarantined"


def test_a_due_time_set_by_a_wrong_clock_holds_no_mail(call, ready):
    call.clock.advance(timedelta(days=3300))
    claim(call, 20)  # the worker dies while the clock is nine years ahead
    call.clock.advance(timedelta(days=-3300))
    with Sink() as sink:
        assert deliver_due(call, smtp(sink)).taken == 2


def test_the_folder_keeps_one_file_for_each_mail(call, ready, tmp_path):
    mailer = FolderMailer(tmp_path / "mail", SENDER)
    assert deliver_due(call, mailer).taken == 2
    for mail in mails(call):
        assert b"Auto-Submitted" in mail_file(tmp_path / "mail", mail.message_id).read_bytes()


def test_only_the_person_it_was_written_to_opens_a_message(call, ready, people):
    with call.read() as session:
        [item] = queries.inbox(session, people[0].id)
        assert queries.unread_count(session, people[0].id) == 1
        other = factories.accounts_actor(session, people[1].id)
        owner = factories.accounts_actor(session, people[0].id)
    with pytest.raises(queries.NotFound):
        service.open_item(call.as_actor(other), item.token)
    service.open_item(call.as_actor(owner), item.token)
    with call.read() as session:
        assert queries.unread_count(session, people[0].id) == 0
        assert queries.was_heeded(session, item.event_id, call.clock.now())


def test_how_late_the_oldest_obligation_is_can_be_asked(call, people, quiet, post):
    def late():
        with call.read() as session:
            return queries.oldest_due(session, call.clock.now())

    assert late() == timedelta()
    ring(call)
    call.clock.advance(timedelta(seconds=9))
    assert late() == timedelta(seconds=9)
    relay(call, post)
    assert late() == timedelta()
    call.clock.advance(timedelta(seconds=4))
    assert late() == timedelta(seconds=4)
