"""Keep the English texts complete: what the code says in Chinese against every `translations/en.po`.

A text belongs to the feature that uses it; one used by several belongs to the first of them (the shared
templates and `core` before all). `check` is part of the tests about the code; `update` writes the missing
ones with an empty translation.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from babel.messages import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent
SHARED = ""
KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "N_": None, "gettext": None}
_PLACE = re.compile(r"%\((\w+)\)[sd]")
_CHINESE = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+")
QUOTED = 2  # a mark people have to type, such as 休, may be quoted in English


@dataclass
class Report:
    """What is wrong with the English texts; empty lists when nothing is."""

    missing: list[str] = field(default_factory=list)
    obsolete: list[str] = field(default_factory=list)
    wrong_places: list[str] = field(default_factory=list)
    conflicting: list[str] = field(default_factory=list)
    still_chinese: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not any(vars(self).values())

    def lines(self) -> Iterator[str]:
        for kind, found in vars(self).items():
            for text in found:
                yield f"{kind.replace('_', ' ')}: {text}"


def used() -> dict[str, str]:
    """Every text of the code, the templates and the routes → the feature it belongs to ('' for the shared ones)."""
    owner: dict[str, str] = {}
    for scope, path in sorted(_sources()):
        method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
        for _line, text, _comments, _context in extract_from_file(method, path, keywords=KEYWORDS):
            if isinstance(text, str) and text:
                owner.setdefault(text, scope)
    for path in sorted(ROOT.glob("*/routes/*.yaml")):
        for text in _titles(yaml.safe_load(path.read_text(encoding="utf-8"))):
            owner.setdefault(text, _scope(path))
    return owner


def _titles(part: object) -> Iterator[str]:
    """The titles in a shipped route: of the route, its clocks, stages and seats. People read them on every sheet."""
    if isinstance(part, list):
        for item in part:
            yield from _titles(item)
    elif isinstance(part, dict):
        for key, value in part.items():
            if key == "title":
                yield str(value)
            else:
                yield from _titles(value)


def check() -> Report:
    """Compare the texts in use with the English ones."""
    report = Report()
    owner = used()
    english: dict[str, str] = {}
    for scope in sorted({SHARED, *_scopes()}):
        for message in _read(scope):
            source, target = str(message.id), str(message.string or "")
            if not source:
                continue
            if source not in owner:
                report.obsolete.append(f"{scope or 'shared'}: {source}")
            if target and english.get(source, target) != target:
                report.conflicting.append(f"{source} → {english[source]} / {target}")
            english[source] = english.get(source) or target
    for source, scope in owner.items():
        target = english.get(source, "")
        if not target and _CHINESE.search(source):
            report.missing.append(f"{scope or 'shared'}: {source}")
        elif target and set(_PLACE.findall(source)) != set(_PLACE.findall(target)):
            report.wrong_places.append(f"{source} → {target}")
        elif any(len(word) > QUOTED or word not in source for word in _CHINESE.findall(target)):
            report.still_chinese.append(f"{source} → {target}")
    return report


def update() -> int:
    """Give every text in use its place in the catalogue of the feature it belongs to, the missing ones without a
    translation; drop the others. Returns how many are without a translation.
    """
    owner = used()
    scopes = {SHARED, *_scopes(), *owner.values()}
    held = {(scope, str(m.id)): str(m.string or "") for scope in scopes for m in _read(scope) if m.id}
    elsewhere = {source: target for (_scope, source), target in held.items() if target}
    missing = 0
    for scope in sorted(scopes):
        kept = Catalog(locale="en", project="waishi", fuzzy=False)
        for source, belongs in owner.items():
            if belongs == scope and (_CHINESE.search(source) or (scope, source) in held):
                target = held.get((scope, source)) or elsewhere.get(source, "")
                missing += not target
                kept.add(source, target)
        if len(kept):
            _write(scope, kept)
        else:
            _file(scope).unlink(missing_ok=True)
    return missing


def _sources() -> Iterator[tuple[str, Path]]:
    for path in ROOT.rglob("*"):
        in_template = path.suffix in {".html", ".txt"} and "templates" in path.parts
        if path.suffix == ".py" or in_template:
            yield _scope(path), path


def _scope(path: Path) -> str:
    top = path.relative_to(ROOT).parts[0]
    return SHARED if top in {"templates", "core"} or not (ROOT / top).is_dir() else top


def _scopes() -> Iterator[str]:
    for path in ROOT.glob("*/translations/en.po"):
        yield path.parent.parent.name


def _file(scope: str) -> Path:
    return ROOT / scope / "translations" / "en.po"


def _read(scope: str) -> Catalog:
    path = _file(scope)
    if not path.exists():
        return Catalog(locale="en")
    with path.open("rb") as source:
        return read_po(source, locale="en")


def _write(scope: str, catalog: Catalog) -> None:
    path = _file(scope)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as target:
        write_po(target, catalog, width=0, no_location=True, sort_output=True, omit_header=True)
