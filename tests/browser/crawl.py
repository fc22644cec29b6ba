"""Walk the application as one person does: from the landing page along every link, each kind of page once."""

from urllib.parse import urlsplit

from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

_LINKS = "() => [...document.querySelectorAll('a[href]:not([download]):not([data-file])')].map(a => a.href)"
# Parts of an address that choose another page, not another subject of the same page.
_PAGES = ("trips_edit.section",)


def kind_of(app, address: str) -> str:
    """The view an address leads to; with its parts where they choose the page, with the form it opens."""
    parts = urlsplit(address)
    try:
        endpoint, values = app.url_map.bind("localhost").match(parts.path)
    except (HTTPException, RequestRedirect):
        return parts.path
    if endpoint in _PAGES:
        endpoint += " " + str(values["name"])
    if parts.query.startswith("do="):
        endpoint += " " + parts.query.partition("&")[0]
    return str(endpoint)


def walk(app, someone, seen: set[str], starts=(), without=()):
    """Yield (path, SQL statements) for each kind of page not in `seen`, the page being open.

    The landing page and `starts` are opened even when another person has seen their kind; views in `without` are not.
    """
    waiting, unopened = ["/", *starts], {"/", *starts}
    while waiting:
        path = waiting.pop(0)
        if kind_of(app, path) in seen and path not in unopened:
            continue
        unopened.discard(path)
        seen.add(kind_of(app, path))
        statements = someone.go(path)
        reached = someone.page.url.removeprefix(someone.address)
        if path in starts or kind_of(app, reached) == kind_of(app, path) or kind_of(app, reached) not in seen:
            seen.add(kind_of(app, reached))
            yield reached, statements
        for link in someone.page.evaluate(_LINKS):
            if link.startswith(someone.address + "/") and "/static/" not in link:
                if kind_of(app, link) in without:
                    continue
                parts = urlsplit(link)
                waiting.append(parts.path + (f"?{parts.query}" if parts.query else ""))
