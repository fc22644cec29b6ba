"""The order of files inside a feature: what lies above may import what lies below, never the other way."""

import ast

import pytest

from tests.arch.sources import ROOT, name, tree, under

# The pure files are one layer: a command may carry a value type of the rules, rules may read a command.
ORDER = ("states", "rules", "models", "queries", "facts", "service", "notices", "schemas", "views")
SAME = {"api": "views", "cli": "views", "commands": "rules", "events": "rules", "policy": "rules"}
# A name that means something else in one feature, with the reason.
OTHERWISE = {("rulebook", "facts"): "states"}  # plain values its rules judge; trips and imports fill them
PURE = {"states", "rules"}
FRAMEWORKS = {"flask", "werkzeug", "sqlalchemy", "celery", "redis", "marshmallow", "smtplib", "flask_login"}
WEB = {"flask", "flask_login", "flask_wtf", "werkzeug", "celery"}
NOT_FEATURES = {"core", "supervisor", "operations", "demo"}
FEATURES = sorted(
    path.parent.name
    for path in (ROOT / "webapp").glob("*/__init__.py")
    if path.parent.name not in NOT_FEATURES
)


def kind(feature, stem):
    """The layer a file belongs to by its name: service_draft is a service. None for a name outside the vocabulary."""
    first = stem.split("_")[0]
    first = OTHERWISE.get((feature, stem)) or SAME.get(first, first)
    return first if first in ORDER else None


def imported(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("feature", FEATURES)
def test_files_of_a_feature_import_downwards_only(feature):
    found = []
    for path in under(f"webapp/{feature}/"):
        own = kind(feature, path.stem)
        for module in imported(path):
            parts = module.split(".")
            if own is None or parts[:2] != ["webapp", feature] or len(parts) < 3:
                continue
            other = kind(feature, parts[2])
            if other and ORDER.index(other) > ORDER.index(own):
                found.append(f"{name(path)} imports {module}")
    assert not found


@pytest.mark.parametrize("feature", FEATURES)
def test_plain_files_know_no_framework_and_services_no_web(feature):
    found = []
    for path in under(f"webapp/{feature}/"):
        own = kind(feature, path.stem)
        banned = (
            FRAMEWORKS
            if own in PURE
            else WEB
            if own in {"service", "queries", "models", "notices", "facts"}
            else ()
        )
        found += [
            f"{name(path)} imports {module}" for module in imported(path) if module.split(".")[0] in banned
        ]
    assert not found


def test_a_features_tables_are_its_own():
    """Others go through its service or its queries, so that its tables can change without theirs."""
    found = []
    for path in under("webapp/", "workers/"):
        home = name(path).split("/")[1]
        for module in imported(path):
            parts = module.split(".")
            if (
                len(parts) == 3
                and parts[0] == "webapp"
                and parts[2].split("_")[0] == "models"
                and parts[1] != home
            ):
                found.append(f"{name(path)} imports {module}")
    assert not found


def test_only_the_transaction_boundary_commits():
    places = {
        name(path)
        for path in under("webapp/", "workers/")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    }
    assert places == {"webapp/core/tx.py"}
