"""A person at a page: follows links by their words, fills fields by their labels, presses buttons. Knows no address."""

import io
import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

VOID = {"input", "br", "img", "meta", "link", "hr", "source", "use", "path"}
FIELDS = {"input", "select", "textarea"}


class Node:
    """One element of a page."""

    def __init__(self, tag, attrs, parent):
        self.tag, self.attrs, self.parent, self.inner = tag, dict(attrs), parent, []

    def all(self, *tags):
        for child in self.inner:
            if isinstance(child, Node):
                if not tags or child.tag in tags:
                    yield child
                yield from child.all(*tags)

    @property
    def text(self):
        words = (child.text if isinstance(child, Node) else child for child in self.inner)
        return re.sub(r"\s+", " ", "".join(words)).strip()

    def above(self, tag):
        node = self.parent
        while node is not None and node.tag != tag:
            node = node.parent
        return node

    def get(self, name):
        return self.attrs.get(name) or ""


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.root = self.at = Node("page", {}, None)

    def handle_starttag(self, tag, attrs):
        node = Node(tag, attrs, self.at)
        self.at.inner.append(node)
        if tag not in VOID:
            self.at = node

    def handle_startendtag(self, tag, attrs):
        self.at.inner.append(Node(tag, attrs, self.at))

    def handle_endtag(self, tag):
        node = self.at
        while node is not None and node.tag != tag:
            node = node.parent
        if node is not None and node.parent is not None:
            self.at = node.parent

    def handle_data(self, data):
        self.at.inner.append(data)


def read(html):
    reader = _Reader()
    reader.feed(html)
    return reader.root


class Person:
    """Somebody with a browser of their own. Every step fails, showing the page, when the words are not there."""

    def __init__(self, app, name):
        self.name = name
        self.browser = app.test_client()
        self.path = "/"
        self.page = None

    def __repr__(self):
        return self.name

    def open(self, address):
        """An address somebody was handed: a link in a mail or on paper."""
        parts = urlsplit(address)
        return self._arrive(self.browser.get(parts.path + (f"?{parts.query}" if parts.query else "")))

    def follow(self, words, near=""):
        """The link that says this; with `near` the one in the row, item or card where that stands."""
        found = [node for node in self.page.all("a") if self._says(node, words) and _near(node, near)]
        assert found, f"{self} finds no link “{words}” {near}\n{self.main}\nlinks: {self._links()}"
        return self.open(urljoin(self.path, found[0].get("href")))

    def choose(self, words):
        """The card that tells of this; the whole card is the link."""
        found = [node for node in self.page.all("a") if words in node.text]
        assert found, f"{self} finds no card with “{words}”\n{self.main}"
        return self.open(urljoin(self.path, found[0].get("href")))

    def press(self, words, values=None, near="", refused=False):
        """Fill the form this button belongs to, each field by its label, and press it."""
        button = self._button(words, near, values or {})
        form = self._form_of(button)
        sent = self._values(form)
        for label, value in (values or {}).items():
            self._put(form, label, value, sent)
        if button.get("name"):
            sent.append((button.get("name"), button.get("value")))
        action = urljoin(self.path, button.get("formaction") or form.get("action") or self.path)
        data = {}
        for name, value in sent:
            data.setdefault(name, []).append(value)
        if form.get("method").lower() == "get":
            return self._arrive(self.browser.get(action, query_string=data))
        data = {name: values if len(values) > 1 else values[0] for name, values in data.items()}
        return self._arrive(self.browser.post(action, data=data), refused=refused)

    @property
    def main(self):
        """What the page says, without its frame."""
        return next(iter(self.page.all("main")), self.page).text

    def sees(self, *words):
        for word in words:
            assert word in self.main, f"{self} does not see “{word}”\n{self.main}"
        return self

    def value(self, label):
        """What stands in a field."""
        for form in self.page.all("form"):
            for field in form.all(*FIELDS):
                if self.label_of(field) == label:
                    return dict(self._values(form)).get(field.get("name"), "")
        raise AssertionError(f"{self} finds no field “{label}”\n{self.main}")

    def _arrive(self, response, *, refused=False):
        hops = 0
        while response.status_code in (301, 302, 303):
            hops += 1
            assert hops < 6
            parts = urlsplit(urljoin(self.path, response.location))
            response = self.browser.get(parts.path + (f"?{parts.query}" if parts.query else ""))
        self.path = response.request.path
        self.page = read(response.get_data(as_text=True))
        wanted = range(400, 500) if refused else range(200, 300)
        assert response.status_code in wanted, f"{self} at {self.path}: {response.status_code}\n{self.main}"
        return self

    @staticmethod
    def _says(node, words):
        counted = re.sub(r"\s*\d+\s*项?$", "", node.text)  # a place of the navigation with what waits there
        return words in (node.text, counted, node.get("aria-label"), node.get("title"))

    def _links(self):
        return [node.text for node in self.page.all("a")][:80]

    def _button(self, words, near, values):
        found = [n for n in self.page.all("button") if self._says(n, words) and _near(n, near)]
        fitting = [n for n in found if all(self._fields(self._form_of(n), label) for label in values)]
        assert found, f"{self} finds no button “{words}” {near}\n{self.main}\nbuttons: " + str(
            [n.text for n in self.page.all("button")]
        )
        form = self._form_of(found[0])
        missing = [label for label in values if not self._fields(form, label)]
        assert fitting, f"{self} finds no field {missing} for “{words}”; there are {self._labels(form)}"
        return fitting[0]

    def _form_of(self, button):
        name = button.get("form")
        form = (
            next((f for f in self.page.all("form") if f.get("id") == name), None)
            if name
            else button.above("form")
        )
        assert form is not None, f"the button “{button.text}” belongs to no form"
        return form

    def _members(self, form):
        own = [field for field in form.all(*FIELDS) if not field.get("form")]
        outside = [f for f in self.page.all(*FIELDS) if form.get("id") and f.get("form") == form.get("id")]
        return own + outside

    def _labels(self, form):
        return [self.label_of(field) for field in self._members(form) if field.get("type") != "hidden"]

    def label_of(self, field):
        if field.get("aria-label"):
            return field.get("aria-label")
        wrap = field.above("label")
        if field.get("type") == "radio":
            group = field.above("fieldset")
            legend = next(iter(group.all("legend")), None) if group else None
            return legend.text if legend else ""
        labels = [n for n in self.page.all("label") if field.get("id") and n.get("for") == field.get("id")]
        node = labels[0] if labels else wrap
        if node is None:
            return ""
        return node.text.removesuffix("选填").strip()

    def _fields(self, form, label):
        return [
            field
            for field in self._members(form)
            if field.get("type") != "hidden" and self._named(field, label)
        ]

    def _named(self, field, label):
        words = self.label_of(field)
        return words == label or (field.get("type") == "checkbox" and words.startswith(label))

    def _values(self, form):
        sent = []
        for field in self._members(form):
            name, kind = field.get("name"), field.get("type")
            if not name or kind in ("submit", "file") or "disabled" in field.attrs:
                continue
            if field.tag == "select":
                options = list(field.all("option"))
                chosen = next((o for o in options if "selected" in o.attrs), options[0] if options else None)
                sent.append((name, chosen.get("value") if chosen else ""))
            elif field.tag == "textarea":
                sent.append((name, "".join(c for c in field.inner if isinstance(c, str)).strip("\n")))
            elif kind in ("checkbox", "radio"):
                if "checked" in field.attrs:
                    sent.append((name, field.get("value") or "on"))
            else:
                sent.append((name, field.get("value")))
        return sent

    def _put(self, form, label, value, sent):
        field = self._fields(form, label)[0]
        name = field.get("name")
        while any(known == name for known, _ in sent):
            sent.remove(next(pair for pair in sent if pair[0] == name))
        if field.get("type") == "file":
            sent.append((name, (io.BytesIO(value[1]), value[0])))
        elif field.get("type") == "checkbox":
            if value:
                sent.append((name, field.get("value") or "on"))
        elif field.get("type") == "radio":
            sent.append((name, self._option(self._radios(form, label), value)))
        elif field.tag == "select":
            options = [(o.get("value"), o.text) for o in field.all("option")]
            sent.append((name, self._option(options, value)))
        else:
            sent.append((name, str(value)))

    def _radios(self, form, label):
        return [(f.get("value"), f.above("label").text) for f in self._fields(form, label)]

    def _option(self, options, words):
        exact = [value for value, text in options if text.strip("　 ") == words]
        close = exact or [value for value, text in options if words in text]
        assert close, f"{self} finds no choice “{words}” among {[text for _, text in options]}"
        return close[0]


def _near(node, words):
    """Whether the row, item or section a node stands in says this."""
    if not words:
        return True
    while node is not None:
        if node.tag in ("tr", "li", "section", "article", "form") and words in node.text:
            return True
        node = node.parent
    return False
