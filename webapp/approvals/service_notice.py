"""The notice of a delegation: put up by each unit, running for its working days, then confirmed."""

from datetime import date, timedelta

from webapp.approvals import events
from webapp.approvals.commands import PostNotice
from webapp.approvals.models import ApprovalRequest
from webapp.approvals.rules import PostNotice as PutUp
from webapp.approvals.rules import apply
from webapp.approvals.service_clocks import ends_after
from webapp.approvals.service_decide import right_to, standing_of
from webapp.approvals.service_moves import carry, load, settle, tell
from webapp.core.clock import local_date
from webapp.core.errors import Invalid, NotFound
from webapp.core.i18n import N_, gettext
from webapp.core.tx import Tx, command


@command
def post_notice(tx: Tx, cmd: PostNotice) -> ApprovalRequest:
    """A unit has put its notice up on a day, not a future one.

    It may be confirmed once the working days that must go by are over: from the day after the last of
    them. Raises `Invalid`, `NotFound` for a unit that takes no part, `Forbidden` for who may not.
    """
    loaded = load(tx, cmd.kind, cmd.subject_id)
    if cmd.posted_on > local_date(tx.now):
        raise Invalid(fields={"posted_on": [gettext(N_("不能是将来的日期。"))]})
    now = loaded.read_at
    rows = [
        row for row in loaded.rows.values() if row.unit_id == cmd.unit_id and row.key.startswith("notice:")
    ]
    if not rows:
        raise NotFound
    row = rows[0]
    right_to(tx, loaded, row.key, standing_of(tx, now), now)
    ready_on = ready_day(tx, cmd.posted_on, loaded.route.stage(row.stage).wait)
    after = apply(loaded.review, PutUp(row.key, ready_on))
    row.posted_on = cmd.posted_on
    changes = carry(tx, loaded, after, tx.now)
    tx.record(
        tell(
            events.ApprovalNoticePosted,
            loaded,
            tx.now,
            stage=row.stage,
            posted_on=cmd.posted_on.isoformat(),
            ready_on=ready_on.isoformat(),
        )
    )
    settle(tx, loaded, changes, tx.now)
    return loaded.request


def ready_day(tx: Tx, posted_on: date, wait: int) -> date:
    """The day after the n-th working day strictly after the day of posting."""
    return ends_after(tx, posted_on, wait)[0] + timedelta(days=1)
