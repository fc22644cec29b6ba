"""Walk the application as one person does: from the landing page along every link, each kind of page once.

The walk only asks and reads, without drawing anything: what is worth a browser's time is chosen from what it found.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

# Parts of an address that choose another page, not another subject of the same page.
_PARTS = {"trips_edit.section": "name", "console.handbook": "chapter"}
_QUERY = ("do", "tab")
HOST = "http://127.0.0.1:8000"  # what the walk calls the application


@dataclass(frozen=True)
class Answer:
    """What one person was told: the `path` after redirects, its `kind`, and the page it was named `by`."""

    path: str
    kind: str
    by: str
    status: int
    statements: int
    is_page: bool


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if tag == "a" and name == "href" and value:
                self.found.append(value)


def kind_of(app, address: str) -> str:
    """The view an address leads to; with its parts where they choose the page, with the form or tab it opens."""
    parts = urlsplit(address)
    try:
        endpoint, values = app.url_map.bind("localhost").match(parts.path)
    except (HTTPException, RequestRedirect):
        return parts.path
    asked = parse_qs(parts.query)
    words = [str(values[_PARTS[endpoint]])] if _PARTS.get(endpoint) in values else []
    return " ".join([str(endpoint), *words, *(asked[name][0] for name in _QUERY if name in asked)])


def walk(app, client, starts=()) -> Iterator[Answer]:
    """Every kind of address this person is shown, each asked for once; `starts` are opened whatever their kind."""
    waiting, seen = [("/", ""), *((start, "") for start in starts)], set()
    while waiting:
        path, by = waiting.pop(0)
        kind = kind_of(app, path)
        if kind in seen and by:
            continue
        seen.add(kind)
        answer = client.get(path, follow_redirects=True, base_url=HOST)
        reached = answer.request.full_path.rstrip("?")
        seen.add(kind_of(app, reached))
        is_page = answer.mimetype == "text/html"
        statements = int(answer.headers.get("X-Statements", "0"))
        yield Answer(reached, kind_of(app, reached), by, answer.status_code, statements, is_page)
        if not is_page or answer.status_code >= 400:
            continue
        links = _Links()
        links.feed(answer.get_data(as_text=True))
        for link in links.found:
            parts = urlsplit(urljoin(reached, link))
            if parts.netloc in ("", urlsplit(HOST).netloc) and not parts.path.startswith("/static/"):
                waiting.append((parts.path + (f"?{parts.query}" if parts.query else ""), reached))
