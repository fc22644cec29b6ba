"""Walk the application as one person does: from the landing page along every link, each kind of page once."""

import re
from urllib.parse import urlsplit

_VARIABLE = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{12,}|\d+")
_LINKS = "() => [...document.querySelectorAll('a[href]:not([download]):not([data-file])')].map(a => a.href)"


def kind_of(path: str) -> str:
    """An address with numbers and ids blotted out, without its query."""
    return _VARIABLE.sub("*", urlsplit(path).path)


def walk(someone, seen: set[str], start: str = "/"):
    """Yield (path, SQL statements) for each kind of page not in `seen`, the page being open."""
    waiting = [start]
    while waiting:
        path = waiting.pop(0)
        if kind_of(path) in seen and path != start:
            continue
        seen.add(kind_of(path))
        statements = someone.go(path)
        reached = urlsplit(someone.page.url).path
        if reached == path or kind_of(reached) not in seen:
            seen.add(kind_of(reached))
            yield reached, statements
        for link in someone.page.evaluate(_LINKS):
            if link.startswith(someone.address + "/") and "/static/" not in link:
                parts = urlsplit(link)
                waiting.append(parts.path + (f"?{parts.query}" if parts.query else ""))
