"""The handbook and the list of changes, read from `webapp/docs` in the reader's language."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from webapp.core.errors import NotFound

DOCS = Path(__file__).resolve().parent.parent / "docs"


@dataclass(frozen=True)
class Chapter:
    """One page of the handbook: its file's name without the number, its first heading, the rest as a tree."""

    key: str
    title: str
    tree: SyntaxTreeNode


@cache
def chapters(locale: str) -> tuple[Chapter, ...]:
    """All chapters in the order of their files (`10-clerk.md`, `20-approver.md`, …)."""
    return tuple(_chapter(path) for path in sorted((DOCS / "handbook" / locale).glob("*.md")))


def chapter(locale: str, key: str) -> Chapter:
    """The chapter with this key, the first one for ''. Raises `NotFound`."""
    for found in chapters(locale):
        if key in {"", found.key}:
            return found
    raise NotFound


@cache
def changes(locale: str) -> SyntaxTreeNode:
    """What changed, version by version, newest first."""
    return _tree((DOCS / f"changes.{locale}.md").read_text(encoding="utf-8"))


def _chapter(path: Path) -> Chapter:
    first, _, rest = path.read_text(encoding="utf-8").partition("\n")
    return Chapter(key=path.stem.partition("-")[2], title=first.removeprefix("# ").strip(), tree=_tree(rest))


def _tree(text: str) -> SyntaxTreeNode:
    return SyntaxTreeNode(MarkdownIt("commonmark", {"html": False}).enable("table").parse(text))
