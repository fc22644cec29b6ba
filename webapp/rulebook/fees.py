"""Fee standards as a table in memory: caps per person and day by country and city, with a fallback.

Source of the figures shipped: 财行〔2017〕434号 (table 各国家和地区住宿费、伙食费、公杂费开支标准表).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

OTHER_CITIES = "其他城市"


@dataclass(frozen=True, kw_only=True)
class FeeStandard:
    """One row. Amounts are per person and day (lodging: per night) in `currency`. No cities: whole country."""

    country: str
    country_zh: str
    cities: tuple[str, ...]
    currency: str
    lodging: Decimal
    meals: Decimal
    incidentals: Decimal
    is_confirmed: bool = True


@dataclass(frozen=True)
class FeeTable:
    """The standards in force on a day. `code` names the version they belong to."""

    code: str = ""
    rows: Mapping[str, tuple[FeeStandard, ...]] = field(default_factory=dict)

    def find(self, country: str, city: str = "") -> FeeStandard | None:
        """The city's own row, else the row 其他城市, else the country's only row; None when the table has none.

        For a country without any row 财行〔2013〕516号 wants a neighbour of similar economy: that is a
        person's choice, so nothing is guessed here.
        """
        found = self.rows.get(country, ())
        wanted = city.strip().removesuffix("市").casefold()
        if wanted:
            for row in found:
                if any(wanted == name.removesuffix("市").casefold() for name in row.cities):
                    return row
        for row in found:
            if not row.cities or OTHER_CITIES in row.cities:
                return row
        return found[0] if len(found) == 1 else None

    def cities(self, country: str) -> tuple[str, ...]:
        """The cities with a row of their own, for the form's list."""
        return tuple(
            name for row in self.rows.get(country, ()) for name in row.cities if name != OTHER_CITIES
        )


NO_FEES = FeeTable()


def table(code: str, standards: Iterable[FeeStandard]) -> FeeTable:
    rows: dict[str, list[FeeStandard]] = {}
    for standard in standards:
        rows.setdefault(standard.country, []).append(standard)
    return FeeTable(code=code, rows={country: tuple(found) for country, found in rows.items()})
