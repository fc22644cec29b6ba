"""States of a mail, with the words shown for them."""

from enum import StrEnum

from webapp.core.i18n import N_


class MailState(StrEnum):
    """WAITING and SENDING are live; the others rest until a person acts."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"
    QUARANTINED = "quarantined"


LABELS: dict[MailState, str] = {
    MailState.WAITING: N_("待发送"),
    MailState.SENDING: N_("发送中"),
    MailState.SENT: N_("已发送"),
    MailState.DEAD: N_("发送失败"),
    MailState.QUARANTINED: N_("已隔离"),
}

LIVE = (MailState.WAITING, MailState.SENDING)
STUCK = (MailState.DEAD, MailState.QUARANTINED)
