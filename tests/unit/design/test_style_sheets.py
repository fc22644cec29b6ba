"""The style sheets: contrast in both themes, nothing the offices' browsers (Chromium 86) lack."""

import re
from pathlib import Path

import pytest

import webapp

STATIC = Path(webapp.__file__).parent / "static"
SHEETS = sorted((STATIC / "css").glob("*.css"))
SCRIPTS = sorted((STATIC / "js").glob("*.js"))
TOKENS = (STATIC / "css" / "tokens.css").read_text(encoding="utf-8")
_PAIR = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{3,6})")

TEXT, GRAPHIC = 4.5, 3.0
PAIRS = [
    *((ink, ground, TEXT) for ink in ("ink", "ink-2", "ink-3", "link") for ground in ("surface", "paper")),
    *((ink, ground, TEXT) for ink in ("ink-2", "ink-3") for ground in ("surface-2", "sunken", "mute-wash")),
    *((tone, ground, TEXT) for tone in ("ok", "warn", "bad") for ground in ("surface", f"{tone}-wash")),
    *(("ink-2", f"{tone}-wash", TEXT) for tone in ("ok", "warn", "bad", "brand")),
    ("link", "brand-wash", TEXT),
    ("on-brand", "brand", TEXT),
    ("on-bad", "bad", TEXT),
    ("seal", "surface-2", TEXT),
    ("on-lv3", "lv3", TEXT),
    *(("on-lv", f"lv{n}", TEXT) for n in (1, 2, 4)),
    *((mark, "surface", GRAPHIC) for mark in ("control", "focus", "c1", "c2", "c3", "c4", "c5")),
    ("focus", "paper", GRAPHIC),
]


def themes():
    light, by_system, by_choice = re.findall(r":root[^{]*\{(.*?)\n\}", TOKENS, re.DOTALL)[:3]
    return dict(_PAIR.findall(light)), dict(_PAIR.findall(by_system)), dict(_PAIR.findall(by_choice))


def luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_everything_written_can_be_read_in_both_themes(ink, ground, least):
    light, dark, _ = themes()
    assert contrast(light[ink], light[ground]) >= least
    dark = light | dark
    assert contrast(dark[ink], dark[ground]) >= least


def test_dark_by_system_and_dark_by_choice_are_the_same():
    _, by_system, by_choice = themes()
    assert by_system == by_choice
    assert by_system


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_nothing_newer_than_chromium_86(sheet):
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    newer = re.findall(
        r":has\(|:is\(|:where\(|@layer|@container|@scope|color-mix|oklch|light-dark\(|\binset\s*:|aspect-ratio|"
        r"\d(?:dvh|svh|lvh)\b|(?:margin|padding)-(?:inline|block)|:not\([^)]*[ ,>]|accent-color\s*:\s*auto",
        text,
    )
    assert not newer
    assert not re.search(r"^\s*&", text, re.MULTILINE), "nesting"
    assert not re.search(r"url\(\s*['\"]?(?:https?:|data:)", text)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_parse_in_old_browsers_and_write_no_markup(script):
    text = script.read_text(encoding="utf-8")
    assert not re.search(
        r"\?\.(?!\d)|\?\?|\|\|=|replaceAll|structuredClone|\.at\(|innerHTML|\beval\b|new Function", text
    )


def test_our_own_scripts_stay_small():
    assert sum(script.stat().st_size for script in SCRIPTS) <= 12_000


# Joined in macros from a word and a tone, a number or a state: 'banner-' ~ tone, 'w' ~ wide.
JOINED = re.compile(r"(?:banner|btn|mk|lv|depth)-[\w-]+|w\d")


def test_every_class_of_the_sheets_stands_in_a_page():
    rules = "".join(re.sub(r"/\*.*?\*/", "", s.read_text(encoding="utf-8"), flags=re.DOTALL) for s in SHEETS)
    heads = re.findall(r"([^{}]+)\{", rules)
    styled = {name for head in heads for name in re.findall(r"\.([a-zA-Z][\w-]*)", head)}
    root = Path(webapp.__file__).parent
    sources = [*root.rglob("*.html"), *root.rglob("*.py"), *SCRIPTS]
    written = set(re.findall(r"[\w-]+", "".join(s.read_text(encoding="utf-8") for s in sources)))
    assert sorted(name for name in styled - written if not JOINED.fullmatch(name)) == []
