"""Packages are pinned by hash and come from wherever this machine gets its packages: no address inside."""

import re

import pytest

from tests.arch.sources import ROOT

ADDRESSES = re.compile(r"://|index|find-links|file:|^\s*-[ief]\b", re.MULTILINE)


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_every_package_is_pinned_with_hashes_and_no_address(file):
    text = (ROOT / file).read_text(encoding="utf-8")
    assert not ADDRESSES.findall(text)
    pinned = [line for line in text.splitlines() if re.match(r"[a-z0-9]", line)]
    assert len(pinned) > 20
    assert not [line for line in pinned if "==" not in line]
    blocks = re.split(r"\n(?=[a-z0-9])", text.strip())
    assert not [block.split("==")[0] for block in blocks if "--hash=sha256:" not in block and "==" in block]


def test_the_development_packages_hold_every_package_of_the_product_at_the_same_version():
    def pins(file):
        return set(
            re.findall(
                r"^([a-z0-9][\w.\[\],-]*==[\w.]+)", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE
            )
        )

    assert pins("requirements.txt") <= pins("requirements-dev.txt")
