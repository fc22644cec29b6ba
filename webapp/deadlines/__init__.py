"""Clocks that ring: what must be done by when, who answers, and who is told before and after (时限)."""
