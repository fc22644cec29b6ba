"""What every template promises: both languages, one frame, macros that exist."""

import re
from pathlib import Path

import pytest

import webapp

ROOT = Path(webapp.__file__).parent
TEMPLATES = sorted(ROOT.rglob("templates/**/*.html"))
CHINESE = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+")
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_MARKED = re.compile(r"""\b(?:_|gettext)\(\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")


def plain(path):
    return _MARKED.sub("_(", _COMMENT.sub("", path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_chinese_word_of_a_template_can_be_translated(path):
    text = re.sub(r'<[^>]*\blang="zh-CN"[^>]*>[^<]*<', "<", plain(path))
    bare = [word for word in CHINESE.findall(text) if word.strip("\u3000 ")]
    assert [word for word in bare if word != "中文"] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_template_reaches_outside(path):
    text = _COMMENT.sub("", path.read_text(encoding="utf-8"))
    assert not re.search(r"""(?:src|href|action)=["']https?://""", text)
