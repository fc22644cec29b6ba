"""The project's own files, as the tests about the code see them."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TOP = ("webapp", "workers", "migrations", "tests", ".ci")
LOOSE = ("config.py", "run", "Procfile", "pyproject.toml", "README.md", "README.zh-CN.md", ".gitignore")
NOT_OURS = ("__pycache__", "vendor", ".mypy_cache")


@cache
def files(*suffixes: str) -> tuple[Path, ...]:
    """All files of the project with one of these endings (all of them without any), in a stable order."""
    found = [ROOT / name for name in LOOSE if (ROOT / name).exists()]
    for folder in TOP:
        found += [path for path in sorted((ROOT / folder).rglob("*")) if path.is_file() and _ours(path)]
    return tuple(path for path in found if not suffixes or path.suffix in suffixes)


def _ours(path: Path) -> bool:
    return not any(part in NOT_OURS for part in path.parts)


def name(path: Path) -> str:
    """The path as a person reads it: from the checkout's root."""
    return path.relative_to(ROOT).as_posix()


def under(*folders: str, suffix: str = ".py") -> list[Path]:
    """Files of one ending below these folders of the root, or these very files."""
    return [path for path in files(suffix) if name(path).startswith(tuple(folders))]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every call in a file with the last word of what is called: `a.b.c(…)` gives `c`."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            target = node.func
            if isinstance(target, ast.Attribute):
                yield target.attr, node
            elif isinstance(target, ast.Name):
                yield target.id, node
