"""A request put aside with a reason, all its clocks standing, and taken up again where it stood (挂起, 唤醒)."""

from datetime import timedelta

from webapp.approvals import events_actions as events
from webapp.approvals import queries_record
from webapp.approvals.commands import Act
from webapp.approvals.models import ApprovalRequest, ApprovalStage
from webapp.approvals.rules import Plain, apply
from webapp.approvals.service_acts import Scene, enter, need_words
from webapp.approvals.service_moves import carry, settle, tell, turn
from webapp.approvals.service_pauses import go_on, stand
from webapp.approvals.states import Move, SlotState
from webapp.core.i18n import N_
from webapp.core.tx import Tx, command


@command
def suspend(tx: Tx, cmd: Act) -> ApprovalRequest:
    """Nobody signs and no clock runs until it goes on. A reason is required."""
    need_words(cmd, N_("请写明挂起的原因。"))
    scene = enter(tx, cmd, Move.SUSPEND)
    loaded = scene.loaded
    rows = _open_rows(scene)
    stand(rows, tx.now)
    turn(tx, loaded, Move.SUSPEND, cmd.reason, tx.now)
    changes = carry(tx, loaded, apply(loaded.review, Plain(Move.SUSPEND)), tx.now)
    changes.paused += rows
    tx.record(tell(events.ApprovalSuspended, loaded, tx.now, reason=cmd.reason))
    settle(tx, loaded, changes, tx.now)
    return loaded.request


@command
def resume(tx: Tx, cmd: Act) -> ApprovalRequest:
    """It goes on where it stood; what waits for an answer goes on waiting."""
    scene = enter(tx, cmd, Move.CONTINUE)
    loaded = scene.loaded
    rows = _open_rows(scene)
    go_on(tx, rows, tx.now)
    since = queries_record.last_turn(tx.session, loaded.request.id, Move.SUSPEND)
    turn(tx, loaded, Move.CONTINUE, cmd.reason, tx.now)
    changes = carry(tx, loaded, apply(loaded.review, Plain(Move.CONTINUE)), tx.now)
    changes.continued += rows
    minutes = (tx.now - since) // timedelta(minutes=1) if since else 0
    tx.record(tell(events.ApprovalContinued, loaded, tx.now, minutes=minutes, reason=cmd.reason))
    settle(tx, loaded, changes, tx.now)
    return loaded.request


def _open_rows(scene: Scene) -> list[ApprovalStage]:
    return [row for row in scene.loaded.rows.values() if row.state is SlotState.OPEN]
