"""Codes of passports and their custody."""

from enum import StrEnum

from webapp.core.i18n import N_


class PassportKind(StrEnum):
    """Documents for official travel (因公证照)."""

    DIPLOMATIC = "diplomatic"
    SERVICE = "service"
    PUBLIC_AFFAIRS = "public_affairs"
    HKMO_PASS = "hkmo_pass"  # noqa: S105 - a travel document
    TAIWAN_PASS = "taiwan_pass"  # noqa: S105


class Custody(StrEnum):
    """Where the document is: kept by the unit or office, handed out for a journey, or gone for good."""

    KEPT = "kept"
    OUT = "out"
    LOST = "lost"
    CANCELLED = "cancelled"


LABELS: dict[StrEnum, str] = {
    PassportKind.DIPLOMATIC: N_("外交护照"),
    PassportKind.SERVICE: N_("公务护照"),
    PassportKind.PUBLIC_AFFAIRS: N_("公务普通护照"),
    PassportKind.HKMO_PASS: N_("因公往来港澳通行证"),
    PassportKind.TAIWAN_PASS: N_("往来台湾通行证"),
    Custody.KEPT: N_("保管中"),
    Custody.OUT: N_("已领出"),
    Custody.LOST: N_("遗失"),
    Custody.CANCELLED: N_("已注销"),
}
