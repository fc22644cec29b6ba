"""The dialogue with a mail server, one that takes envelopes ahead (RFC 2920) and one that does not."""

import email
import socket
import threading
from contextlib import suppress
from datetime import UTC, datetime
from email.policy import default

import pytest

from webapp.core.mail import Letter, Sender, SmtpAddress, Verdict, message
from webapp.core.smtp import SmtpMailer

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SENDER = Sender("waishi@jh.example", "江海市人民政府外事办公室")


def letter(to, number=1, subject="您有一件待签批", text="请于今日内处理。\n"):
    return Letter(f"<{number:032x}@jh.example>", f"{to}@example.invalid", subject, text, NOW)


class Server:
    """A server that does what the recipient's name says: fine, unknown, gone, busy, leaves, vanishes."""

    def __init__(self, *, pipelining, greedy=False):
        self.taken = []
        self.turns = 0
        self.connections = 0
        self._pipelining = pipelining
        self._greedy = greedy  # takes DATA although nobody is to be written to
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        with suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                self.connections += 1
                with connection, suppress(OSError):
                    self._serve(connection)

    def _serve(self, connection):
        connection.sendall(b"220 here\r\n")
        data, self._to, self._reading = b"", None, False
        while more := connection.recv(65536):
            self.turns += 1
            data += more
            while True:
                # An empty mail is a dot alone.
                end = b".\r\n" if data.startswith(b".\r\n") else b"\r\n.\r\n" if self._reading else b"\r\n"
                line, found, rest = data.partition(end)
                if not found:
                    break
                data = rest
                answer = self._end_of_mail(line) if self._reading else self._word(line)
                connection.sendall(answer)
                if answer[:3] in {b"", b"421"}:
                    return

    def _end_of_mail(self, raw):
        self._reading = False
        if self._to in {None, "busy"}:
            return b"451 later\r\n" if self._to else b"554 nobody\r\n"
        self.taken.append((self._to, raw))
        return b"" if self._to == "vanishes" else b"250 ok\r\n"

    def _word(self, line):
        word = line[:4].upper()
        if word == b"RCPT":
            name = line[9:].partition(b"@")[0].decode()
            answers = {"leaves": b"421 closing\r\n", "gone": b"", "unknown": b"550 no such person\r\n"}
            self._to = None if name in answers else name
            return answers.get(name, b"250 fine\r\n")
        if word == b"DATA":
            self._reading = self._to is not None or self._greedy
            return b"354 go on\r\n" if self._reading else b"503 nobody to write to\r\n"
        if word == b"EHLO" and self._pipelining:
            return b"250-here\r\n250 PIPELINING\r\n"
        return b"221 bye\r\n" if word == b"QUIT" else b"250 fine\r\n"


@pytest.fixture(params=[True, False], ids=["envelopes-ahead", "step-by-step"])
def server(request):
    made = Server(pipelining=request.param)
    yield made
    made._server.close()


def verdicts(server, *letters):
    mailer = SmtpMailer(SmtpAddress.parse(f"smtp://127.0.0.1:{server.port}"), SENDER, timeout=5)
    with mailer.line() as line:
        return [outcome.verdict for outcome in line.send(letters)]


def test_many_mails_go_over_one_line(server):
    letters = [letter("wang", number) for number in range(5)]
    assert verdicts(server, *letters) == [Verdict.TAKEN] * 5
    assert [raw + b"\r\n" for _, raw in server.taken] == [message(one, SENDER) for one in letters]
    assert server.connections == 1


def test_a_server_that_takes_envelopes_ahead_is_asked_once_a_mail():
    server = Server(pipelining=True)
    verdicts(server, *[letter("wang", number) for number in range(50)])
    assert server.turns <= 50 + 5  # greeting, first envelope, farewell


@pytest.mark.parametrize("greedy", [True, False])
@pytest.mark.parametrize("pipelining", [True, False])
def test_a_recipient_the_server_does_not_know_holds_up_nobody(pipelining, greedy):
    server = Server(pipelining=pipelining, greedy=greedy)
    letters = [letter(who, number) for number, who in enumerate(("wang", "unknown", "li", "unknown"))]
    assert verdicts(server, *letters) == [Verdict.TAKEN, Verdict.REFUSED, Verdict.TAKEN, Verdict.REFUSED]
    assert [to for to, _ in server.taken] == ["wang", "li"]
    assert server.connections == 1


def test_a_mail_the_server_has_no_time_for_waits_and_the_next_one_goes(server):
    assert verdicts(server, letter("busy"), letter("wang", 2)) == [Verdict.LATER, Verdict.TAKEN]


def test_a_server_that_closes_the_line_is_called_again_for_the_next_mail(server):
    letters = [letter("wang", 1), letter("leaves", 2), letter("li", 3)]
    assert verdicts(server, *letters) == [Verdict.TAKEN, Verdict.LATER, Verdict.TAKEN]
    assert server.connections == 2


def test_a_line_that_breaks_before_the_mail_was_handed_over_makes_no_copy(server):
    letters = [letter("wang", 1), letter("gone", 2), letter("li", 3)]
    assert verdicts(server, *letters) == [Verdict.TAKEN, Verdict.LATER, Verdict.TAKEN]
    assert [to for to, _ in server.taken] == ["wang", "li"]


def test_a_line_that_breaks_after_the_final_dot_leaves_only_that_mail_in_doubt(server):
    letters = [letter("wang", 1), letter("vanishes", 2), letter("li", 3)]
    assert verdicts(server, *letters) == [Verdict.TAKEN, Verdict.UNSURE, Verdict.TAKEN]
    assert [to for to, _ in server.taken] == ["wang", "vanishes", "li"]


def test_whoever_stops_asking_has_handed_over_nothing_more(server):
    mailer = SmtpMailer(SmtpAddress.parse(f"smtp://127.0.0.1:{server.port}"), SENDER, timeout=5)
    with mailer.line() as line:
        outcomes = line.send([letter("wang", 1), letter("li", 2)])
        assert next(outcomes).verdict is Verdict.TAKEN
        outcomes.close()
        # What was announced for Li is not what Zhao's mail is sent under.
        assert [outcome.verdict for outcome in line.send([letter("zhao", 3)])] == [Verdict.TAKEN]
    assert [to for to, _ in server.taken] == ["wang", "zhao"]


@pytest.mark.parametrize(
    "subject",
    [
        "plain words",
        "[待您签批] 赴日本经贸洽谈团 因公〔2026〕12号，请于今日下班前处理，逾期将自动升级至上级领导",
        "=?utf-8?b?looks encoded?=",
        "x" * 200,
        "两个  空格和\t制表符",
        "🙂" * 30,
    ],
)
def test_a_mail_reads_as_it_was_written(subject):
    text = "您好：\n\n.一行以点开头\n" + "很长的一行。" * 300 + "\n"
    raw = message(letter("wang", 1, subject, text), SENDER)
    read = email.message_from_bytes(raw, policy=default)
    assert read["Subject"] == " ".join(subject.split())
    assert read.get_content().replace("\r\n", "\n") == text
    assert read["From"].addresses[0].display_name == SENDER.name
    assert read["From"].addresses[0].addr_spec == SENDER.address
    assert (read["Auto-Submitted"], read["Date"].datetime) == ("auto-generated", NOW)
    assert raw.isascii()
    assert all(len(line) <= 78 for line in raw.split(b"\r\n"))
    assert b"\n." not in raw
