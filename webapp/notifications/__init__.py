"""From an obligation in the outbox to a mail that was taken and a message in the in-app inbox (通知)."""
