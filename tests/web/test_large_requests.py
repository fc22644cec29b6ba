"""A scan of some megabytes is taken wherever a file can be sent; a form of that size is not."""

from contextlib import suppress

import pytest
from flask import request
from werkzeug.exceptions import HTTPException

from webapp.attachments.rules import MAX_FILE_BYTES
from webapp.core.errors import DomainError
from webapp.core.permissions import Role

# What a request may weigh does not hang on the kind of database.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.mark.parametrize(
    "address",
    [
        "/trips/CG-2026-001/files",
        "/trips/CG-2026-001/report",
        "/approvals/trip/CG-2026-001/paper",
        "/incidents/2026-001/notes",
        "/incidents/2026-001/reports",
        "/incidents/2026-001/notices",
        "/incidents/2026-001/opt-outs",
    ],
)
def test_the_largest_file_is_taken_where_a_file_can_be_sent(app, database, address):
    with app.test_request_context(address, method="POST"):
        with suppress(HTTPException, DomainError):  # nobody is signed in: how much may come is asked before
            app.preprocess_request()
        assert request.max_content_length > MAX_FILE_BYTES


def test_anywhere_else_so_much_is_too_much(client):
    answer = client(Role.CLERK).post("/trips/CG-2026-001/publication", data={"place": "x" * 1_500_000})
    assert answer.status_code == 413
