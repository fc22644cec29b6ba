"""Nationalities as forms offer them and pages name them."""

from typing import Final

from webapp.core.i18n import N_, gettext
from webapp.rulebook import places

CHINA: Final = "CN"
# Asked for most often in this office, offered first.
FREQUENT: Final = ("JP", "KR", "US", "RU", "VN", "GB", "DE", "FR", "AU", "CA")


def country_name(code: str) -> str:
    """The name of a nationality in the current language."""
    return gettext(N_("中国")) if code == CHINA else places.name(code)


def countries() -> list[tuple[str, list[tuple[str, str]]]]:
    """Nationalities for a form: the frequent ones first, then all by name."""
    return [
        (gettext(N_("常用")), [(code, country_name(code)) for code in (*FREQUENT, CHINA)]),
        (gettext(N_("全部")), places.choices()),
    ]


def is_country(code: str) -> bool:
    return code == CHINA or places.known(code)
