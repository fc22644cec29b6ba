"""Where a form stands: an address that only takes a form leads there when it is opened or loaded again.

A refused form's page bears the address it was sent to. Loading that page again, or going back to it later, asks
for the address with GET; the answer is the page that holds the form, never "method not allowed".
"""

from typing import Any

from flask import current_app, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from webapp.core.security import SAFE_METHODS


def form_page() -> str | None:
    """The path to go to from the address of this request, or None where nothing is sent to it."""
    adapter = current_app.create_url_adapter(request)
    if adapter is None or request.method not in SAFE_METHODS or request.path.startswith("/api/"):
        return None
    found = _match(adapter, request.path, "POST")
    if found is None:
        return None
    endpoint, values = found
    page, fixed = getattr(current_app.view_functions[endpoint], "page", (None, {}))
    for name, view in current_app.view_functions.items():
        if view is page:
            wanted = {key for rule in current_app.url_map.iter_rules(name) for key in rule.arguments}
            return url_for(name, **{key: value for key, value in values.items() if key in wanted}, **fixed)
    return _nearest(adapter, request.path)


def _nearest(adapter: MapAdapter, path: str) -> str:
    """The first page on the way up: of a button without a form's page of its own that is where it stood."""
    above = path.rstrip("/")
    while above:
        above = above.rpartition("/")[0]
        if above and _match(adapter, above, "GET") is not None:
            return above
    return "/"


def _match(adapter: MapAdapter, path: str, method: str) -> tuple[str, dict[str, Any]] | None:
    try:
        endpoint, values = adapter.match(path, method=method)
    except HTTPException:
        return None
    return str(endpoint), dict(values)
