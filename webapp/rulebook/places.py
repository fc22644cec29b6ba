"""Countries and regions: names in Chinese and English (CLDR with a reviewed overlay), continent, region class."""

from collections.abc import Sequence
from enum import StrEnum
from functools import cache

from babel import Locale

from webapp.core.i18n import N_, current_locale, gettext


class Continent(StrEnum):
    """Continents as the United Nations' M49 list has them, the Americas divided at Panama."""

    ASIA = "asia"
    AFRICA = "africa"
    EUROPE = "europe"
    NORTH_AMERICA = "north_america"
    SOUTH_AMERICA = "south_america"
    OCEANIA = "oceania"


CONTINENT_LABELS: dict[Continent, str] = {
    Continent.ASIA: N_("亚洲"),
    Continent.AFRICA: N_("非洲"),
    Continent.EUROPE: N_("欧洲"),
    Continent.NORTH_AMERICA: N_("北美洲"),
    Continent.SOUTH_AMERICA: N_("南美洲"),
    Continent.OCEANIA: N_("大洋洲"),
}

_MEMBERS: dict[Continent, str] = {
    Continent.ASIA: (
        "AE AF AM AZ BD BH BN BT CY GE HK ID IL IN IQ IR JO JP KG KH KP KR KW KZ LA LB LK MM MN MO MV MY NP OM "
        "PH PK PS QA SA SG SY TH TJ TL TM TR TW UZ VN YE"
    ),
    Continent.AFRICA: (
        "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW KE KM LR LS LY MA MG ML MR MU MW "
        "MZ NA NE NG RE RW SC SD SH SL SN SO SS ST SZ TD TG TN TZ UG YT ZA ZM ZW"
    ),
    Continent.EUROPE: (
        "AD AL AT AX BA BE BG BY CH CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MD "
        "ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM UA VA"
    ),
    Continent.NORTH_AMERICA: (
        "AG AI AW BB BL BM BQ BS BZ CA CR CU CW DM DO GD GL GP GT HN HT JM KN KY LC MF MQ MS MX NI PA PM PR SV "
        "SX TC TT US VC VG VI"
    ),
    Continent.SOUTH_AMERICA: "AR BO BR CL CO EC FK GF GY PE PY SR UY VE",
    Continent.OCEANIA: "AS AU CK FJ FM GU KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TO TV VU WF WS",
}
_CONTINENT_OF = {code: continent for continent, codes in _MEMBERS.items() for code in codes.split()}
_NOT_LATIN = frozenset({"US", "CA", "GL", "BM", "PM"})

# Names an office of this country writes; CLDR's differ in use or in the status they imply.
_OVERLAY: dict[str, dict[str, str]] = {
    "zh": {
        "TW": "台湾地区",
        "HK": "香港特别行政区",
        "MO": "澳门特别行政区",
        "PS": "巴勒斯坦",
        "CF": "中非",
        "BA": "波黑",
        "DO": "多米尼加",
        "FK": "马尔维纳斯群岛（福克兰群岛）",
    },
    "en": {
        "TW": "Taiwan Region",
        "HK": "Hong Kong SAR",
        "MO": "Macao SAR",
        "PS": "Palestine",
        "FK": "Malvinas Islands (Falkland Islands)",
    },
}
_CLDR = {"zh": "zh_Hans_CN", "en": "en"}
# Shorter or older names that documents and people use.
_OTHER_NAMES = {
    "香港": "HK",
    "澳门": "MO",
    "台湾": "TW",
    "孟加拉": "BD",
    "塞拉里昂": "SL",
    "马其顿": "MK",
    "阿鲁巴岛": "AW",
    "法属留尼汪": "RE",
}
HKMO = frozenset({"HK", "MO"})
TAIWAN = "TW"


def known(code: str) -> bool:
    return code in _CONTINENT_OF


def continent(code: str) -> Continent | None:
    """None for a code the list does not have."""
    return _CONTINENT_OF.get(code)


def is_latin_america_or_africa(code: str) -> bool:
    """The class for which longer stays are allowed when connections are poor."""
    where = _CONTINENT_OF.get(code)
    if where is Continent.NORTH_AMERICA:
        return code not in _NOT_LATIN
    return where in (Continent.AFRICA, Continent.SOUTH_AMERICA)


@cache
def _names(locale: str) -> dict[str, str]:
    territories = Locale.parse(_CLDR[locale]).territories
    return {code: _OVERLAY[locale].get(code) or str(territories[code]) for code in _CONTINENT_OF}


def name(code: str, locale: str | None = None) -> str:
    """The name of a country or region in the current (or given) language; the code itself when unknown."""
    return _names(locale or current_locale()).get(code, code)


def names(codes: Sequence[str]) -> str:
    """Several names in one line."""
    return gettext("、").join(name(code) for code in codes)


def choices(locale: str | None = None) -> list[tuple[str, str]]:
    """(code, name) of all, sorted by name, for forms."""
    return sorted(_names(locale or current_locale()).items(), key=lambda item: item[1])


@cache
def codes_by_name() -> dict[str, str]:
    """Names in both languages and codes, lower case, to the code: for imports and loose typing."""
    found = {code.lower(): code for code in _CONTINENT_OF}
    for locale in ("en", "zh"):
        found |= {label.lower(): code for code, label in _names(locale).items()}
    return found | _OTHER_NAMES


def code_of(text: str) -> str | None:
    """The code for what somebody typed or a file says, or None."""
    return codes_by_name().get(text.strip().lower())
