"""What every office starts from: the working-day calendar, rules, fee standards and treaty terms."""

from webapp.core.tx import Call
from webapp.deadlines import service_calendar
from webapp.rulebook import service as rulebook


def install(call: Call) -> int:
    """Bring in what the database lacks, after every migration and at every start. Returns the rows written.

    Nothing the office changed is touched, so that running it again does nothing.
    """
    return service_calendar.fill(call) + rulebook.install(call)
