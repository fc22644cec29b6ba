"""That somebody who may sign has opened the sheet: from then on the signature before is not taken back any more."""

from uuid import UUID

from webapp.approvals import events_actions as events
from webapp.approvals.models import ApprovalStage
from webapp.approvals.service_moves import load, tell
from webapp.approvals.states import SlotState
from webapp.core.tx import Tx, command


@command
def see(tx: Tx, kind: str, subject_id: UUID, key: str) -> ApprovalStage | None:
    """Mark the slot as seen, once. None when it is no longer open or was seen before."""
    loaded = load(tx, kind, subject_id, slots_only=True)
    row = loaded.rows.get(key)
    if row is None or row.state is not SlotState.OPEN or row.seen_at is not None:
        return None
    row.seen_at = tx.now
    tx.record(tell(events.ApprovalSheetOpened, loaded, tx.now, stage=row.stage, seat=row.seat, slot=row.key))
    return row
