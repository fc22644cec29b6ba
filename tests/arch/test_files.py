"""Files are short, well named, and carry nothing of the machine they were written on."""

import ast
import re

from tests.arch.sources import calls, files, name, tree, under

LIMIT = 300
# One file of the standard library alone, handed to auditors: it cannot be split.
LARGER = {"webapp/audit/verify.py": 400}
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "stuff"}
MACHINE_PATHS = re.compile(r"(?<![\w.$}])/(work|opt|root|home|Users)/\w")
# A placeholder instead of work; spelled in two halves so that this file does not find itself.
OPEN_WORK = re.compile("TO" + "DO|FIX" + "ME|XX" + "X")
OUTSIDE_WORDS = re.compile(r"pypi\.org|files\.pythonhosted|registry\.npmjs|deb\.debian|\[S\d+\]")


def test_no_file_is_longer_than_300_lines():
    long = {
        name(path): lines
        for path in files(".py", ".html", ".txt", ".js")
        if not name(path).startswith("migrations/versions/")  # written by Alembic, one table after the other
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > LARGER.get(name(path), LIMIT)
    }
    assert not long


def test_no_file_is_named_after_nothing_in_particular():
    assert not [name(path) for path in files(".py") if set(re.split(r"[_.]", path.stem)) & BANNED_NAMES]


def test_no_file_names_a_place_of_one_machine_or_an_outside_address_of_packages():
    found = []
    for path in files(".py", ".html", ".md", ".toml", ".txt", ".js", ".css", ".po", ".yaml", ".typ", ""):
        text = path.read_text(encoding="utf-8")
        found += [
            f"{name(path)}: {match[0]}"
            for pattern in (MACHINE_PATHS, OUTSIDE_WORDS)
            for match in pattern.finditer(text)
        ]
    assert not [line for line in found if not line.startswith("tests/arch/test_files.py")]


def test_no_file_holds_a_note_about_work_left_open():
    assert not [
        name(path)
        for path in files(".py", ".html", ".js", ".css")
        if OPEN_WORK.search(path.read_text(encoding="utf-8"))
    ]


def test_only_the_settings_read_the_environment():
    readers = set()
    for path in under("webapp/", "workers/", "migrations/"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb"}:
                readers.add(name(path))
    assert not readers


def test_every_module_says_in_one_sentence_what_it_is_for():
    silent = [
        name(path)
        for path in under("webapp/", "workers/", "config.py")
        if path.read_text(encoding="utf-8").strip() and not ast.get_docstring(tree(path))
    ]
    assert not silent


def test_no_handler_swallows_an_error_in_silence():
    silent = []
    for path in under("webapp/", "workers/", "migrations/", "config.py"):
        silent += [
            f"{name(path)}:{node.lineno}"
            for node in ast.walk(tree(path))
            if isinstance(node, ast.ExceptHandler) and all(isinstance(step, ast.Pass) for step in node.body)
        ]
    assert not silent


def test_nothing_unsafe_is_called():
    """No unpickling, no template or SQL from text put together, no shell, no weak randomness."""
    banned = {"Markup", "render_template_string", "eval", "exec", "system", "popen", "getoutput"}
    found = []
    for path in under("webapp/", "workers/", "config.py"):
        for called, node in calls(path):
            where = f"{name(path)}:{node.lineno} {called}"
            if called in banned and not (called == "exec" and isinstance(node.func, ast.Attribute)):
                found.append(where)
            if called == "text" and node.args and isinstance(node.args[0], ast.JoinedStr | ast.BinOp):
                found.append(where)
            if any(word.arg == "shell" for word in node.keywords):
                found.append(where)
        for node in ast.walk(tree(path)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [
                f"{name(path)} imports {word}"
                for word in names
                if word in {"pickle", "random", "marshal", "shelve"}
            ]
    assert not found


def test_no_template_switches_escaping_off_or_carries_script_or_style():
    pattern = re.compile(
        r"\|\s*safe\b|autoescape false|<style|<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=|javascript:",
        re.IGNORECASE,
    )
    found = [
        f"{name(path)}: {match[0]}"
        for path in files(".html")
        for match in pattern.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not found
