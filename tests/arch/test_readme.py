"""What the README says of settings, commands and pictures is what there is."""

import re

import pytest

import config
from tests.arch.sources import ROOT
from webapp.cli import main

READMES = ("README.md", "README.zh-CN.md")


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", READMES)
def test_the_table_of_settings_is_the_settings(name):
    rows = re.findall(r"^\| `([A-Z_]+)` \|", text(name), re.MULTILINE)
    assert sorted(rows) == sorted(config.NAMES)
    assert set(config.SOURCES) == set(config.Settings.__dataclass_fields__)


@pytest.mark.parametrize("name", READMES)
def test_every_command_it_names_exists(name):
    named = set(re.findall(r"python -m webapp ([a-z0-9-]+)", text(name)))
    assert len(named) >= 5
    known = set(main.list_commands(None))
    assert named <= known


@pytest.mark.parametrize("name", READMES)
def test_every_file_it_points_to_is_there(name):
    pointed = re.findall(r"\]\((?!http)([^)#]+)\)", text(name)) + re.findall(
        r"`((?:webapp|workers|tests)/[\w/.]+)`", text(name)
    )
    assert len(pointed) >= 5
    assert not [path for path in pointed if not (ROOT / path).exists()]


def test_both_languages_say_the_same_things_in_the_same_order():
    shape = [re.findall(r"^(#+|```|\||\*|!)", text(name), re.MULTILINE) for name in READMES]
    assert shape[0] == shape[1]
