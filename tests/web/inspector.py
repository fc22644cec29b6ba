"""Looks a page over for what it must never get from what somebody typed."""

import re
from html.parser import HTMLParser


class Inspector(HTMLParser):
    """What a page must never get from what somebody typed."""

    TAGS = frozenset(
        word
        for line in (
            "html head meta title link body header footer main nav aside section article div span p h1 h2 h3 h4",
            "ul ol li dl dt dd table caption thead tbody tfoot tr th td form label input select option optgroup",
            "textarea button fieldset legend details summary a b strong em small svg use path g circle rect line",
            "polyline polygon text script time pre code kbd br hr img output figure figcaption colgroup col abbr",
            "datalist noscript template meter progress defs mark wbr",
        )
        for word in line.split()
    )

    def __init__(self):
        super().__init__()
        self.faults = []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag not in self.TAGS:
            self.faults.append(f"<{tag}>")
        if tag == "script" and not (values.get("src") or "").startswith("/static/"):
            self.faults.append("an inline script")
        for name, value in attrs:
            target = re.sub(r"[\s\x00-\x1f]", "", value or "").lower()
            if name.startswith("on") or name in {"style", "srcdoc"}:
                self.faults.append(f"{tag} {name}=")
            if (
                name in {"href", "src", "action", "formaction"}
                and not target.startswith(("/", "#", "?", "mailto:", "http://127.0.0.1:8000/", "tel:"))
                and target
            ):
                self.faults.append(f"{tag} {name}={value}")


def faults_of(answer):
    if not answer.content_type.startswith("text/html"):
        return []
    inspector = Inspector()
    inspector.feed(answer.text)
    return inspector.faults
