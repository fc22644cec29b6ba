"""Builds the demo office from the ground up, with dates relative to the day of building."""

from datetime import timedelta
from decimal import Decimal

from webapp.accounts import queries as accounts
from webapp.core.clock import local_date
from webapp.core.events import Subject
from webapp.core.ids import new_id
from webapp.core.tx import Tx, command
from webapp.demo import incidents, people, stories
from webapp.demo.diary import Diary
from webapp.demo.events import DemoBegun
from webapp.digests.commands import Subscribe
from webapp.digests.service import build_due, subscribe
from webapp.rulebook.commands import SetRate
from webapp.rulebook.service import set_rate
from webapp.runtime import Runtime

# Far enough back for a trip to be planned, approved, made and reported on.
BEGINS_BEFORE = timedelta(days=100)
AUDITOR, SECTION_CHIEF = "fanghui", "gaoyuan"
RATES = (("USD", "710"), ("EUR", "819.5"), ("GBP", "950"), ("JPY", "4.6"))


@command
def _begin(tx: Tx) -> None:
    tx.record(DemoBegun(about=Subject(kind="system", id=new_id(tx.now))))


def build(runtime: Runtime) -> None:
    """Fill an empty database. The clock is moved by the script from the past to this moment."""
    diary = Diary(runtime, begins=runtime.clock.now() - BEGINS_BEFORE)
    _begin(diary.system)
    people.settle(diary.system)
    with diary.system.read() as session:
        auditor = accounts.account_by_login(session, AUDITOR)
    subscribe(diary.system, Subscribe(account_id=auditor.id))
    stories.trips(diary)
    incidents.incidents(diary)
    diary.live()
    _rates(diary)
    build_due(diary.system)


def _rates(diary: Diary) -> None:
    """Yesterday's rates, invented: a visitor's first budget adds up without looking for any."""
    day = local_date(diary.clock.now()) - timedelta(days=1)
    for currency, per_100 in RATES:
        set_rate(
            diary.person(SECTION_CHIEF),
            SetRate(currency=currency, on_day=day, per_100=Decimal(per_100), source="演示数据"),
        )
