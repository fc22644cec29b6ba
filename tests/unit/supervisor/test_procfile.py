import sys

import pytest

from webapp.supervisor import procfile


def test_a_line_becomes_the_words_of_a_command_with_variables_filled_in(tmp_path):
    path = tmp_path / "Procfile"
    path.write_text("web: python -m granian --port ${PORT:-8000}\n\nrelease: true\n")
    lines = procfile.read(path)
    assert list(lines) == ["web", "release"]
    assert procfile.command(lines["web"], {"PORT": "9"}) == (sys.executable, "-m", "granian", "--port", "9")
    assert procfile.command(lines["web"], {})[-1] == "8000"
    assert procfile.command(lines["release"], {}) == ("true",)


def test_a_line_without_a_name_is_refused_and_shown(tmp_path):
    path = tmp_path / "Procfile"
    path.write_text("python -m webapp\n")
    with pytest.raises(ValueError, match="python -m webapp"):
        procfile.read(path)
