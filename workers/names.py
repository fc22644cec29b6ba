"""Names of tasks and queues: constants, never derived from where a function happens to live."""

from typing import Final

OUTBOX_RELAY: Final = "outbox.relay"
DEADLINES_SCAN: Final = "deadlines.scan"
HEARTBEAT_BEAT: Final = "heartbeat.beat"
SESSIONS_PURGE: Final = "sessions.purge"
DIGESTS_PLAN: Final = "digests.plan"
LOG_CHECK: Final = "log.check"
PREVIEWS_RENDER: Final = "previews.render"

MAIL: Final = "mail"
"""What somebody waits for: short tasks."""
OFFICE: Final = "office"
"""What may take its time: digests, checks, tidying."""

QUEUE_OF: Final[dict[str, str]] = {
    OUTBOX_RELAY: MAIL,
    DEADLINES_SCAN: MAIL,
    HEARTBEAT_BEAT: MAIL,
    SESSIONS_PURGE: OFFICE,
    DIGESTS_PLAN: OFFICE,
    LOG_CHECK: OFFICE,
    PREVIEWS_RENDER: OFFICE,
}
