"""What the journeys share: filling forms by their names, and the worker's part with a real mail server."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.sink import Sink
from webapp.core.mail import Sender, SmtpAddress
from webapp.core.smtp import SmtpMailer
from webapp.notifications.service_deliver import deliver_due
from webapp.notifications.service_relay import relay
from webapp.runtime import make_post

SENDER = Sender("waishi@jh.example", "江海市外办")


def fill(page, values):
    """Type into, choose in, or tick the fields with these names."""
    for name, value in values.items():
        field = page.locator(f'[name="{name}"]').first
        kind = field.evaluate("e => e.tagName === 'INPUT' ? e.type : e.tagName")
        if kind == "SELECT":
            field.select_option(value)
        elif kind == "radio":
            page.locator(f'[name="{name}"][value="{value}"]').check(force=True)
        elif kind == "checkbox":
            field.set_checked(bool(value))
        elif kind == "file":
            field.set_input_files(value)
        else:
            field.fill(str(value))


def press(page, words):
    """Press the button or link that says this, and wait for the next page."""
    page.get_by_role("button", name=words, exact=True).first.click()
    page.wait_for_load_state("load")


def path_of(page):
    return urlsplit(page.url).path


@dataclass
class PostOffice:
    """The worker's relay and delivery, done when the test says so, to a real SMTP server."""

    call: object
    settings: object
    sink: Sink

    def deliver(self):
        """Hand over everything that waits; the mails so far as (recipient, subject)."""
        post = make_post(self.settings)
        done = relay(self.call, post)
        while done.more:
            done = relay(self.call, post)
        assert done.failed == 0, "an event cannot be told"
        mailer = SmtpMailer(SmtpAddress.parse(self.sink.url), SENDER)
        while deliver_due(self.call, mailer).taken:
            continue
        return [(letter["To"], letter["Subject"]) for letter in self.sink.letters()]
