"""Builds the demo office from the ground up, with dates relative to the day of building."""

from datetime import timedelta

from webapp.accounts import queries as accounts
from webapp.demo import incidents, people, stories
from webapp.demo.diary import Diary
from webapp.digests.commands import Subscribe
from webapp.digests.service import build_due, subscribe
from webapp.runtime import Runtime

# Far enough back for a trip to be planned, approved, made and reported on.
BEGINS_BEFORE = timedelta(days=100)
AUDITOR = "fanghui"


def build(runtime: Runtime) -> None:
    """Fill an empty database. The clock is moved by the script from the past to this moment."""
    diary = Diary(runtime, begins=runtime.clock.now() - BEGINS_BEFORE)
    people.settle(diary.system)
    with diary.system.read() as session:
        auditor = accounts.account_by_login(session, AUDITOR)
    subscribe(diary.system, Subscribe(account_id=auditor.id))
    stories.trips(diary)
    incidents.incidents(diary)
    diary.live()
    build_due(diary.system)
