"""A problem quotes what was written only where that can be about nobody."""

import pytest

from models.rules.focus_values import shown
from tests.rules.focus_rows import a_problem

COLUMNS = ("BilledCost", "BillingCurrency", "ChargeCategory", "ChargePeriodStart")
PERSONAL = [
    *("Atlas", "Li Lei", "北风云", "li@atlas.test", "138 0013 8000", "+86-138-0013-8000"),
    *("13800138000", "110101 19900307 0011", "138.0013.8000", "2026-03-01 Li", "9" * 61),
]


@pytest.mark.parametrize("text", PERSONAL)
def test_name_or_number_in_a_column_that_slipped_is_not_quoted(text: str) -> None:
    assert shown(text) == f"Text of length {len(text)}"
    for column in COLUMNS:
        assert text not in a_problem(**{column: f"x{text}"}).reason


PLAIN = [
    *("12,50", "1 000", "1.5.000", "-", "1e-19", "1E76", "0.1234567890123456789", "-7.50"),
    *("2026-13-01", "2026-03-01T25:00:00Z", "2026-03-01 10:00+08:00", "03/01/2026"),
]


@pytest.mark.parametrize("text", PLAIN)
def test_number_or_day_is_quoted(text: str) -> None:
    assert shown(text) == f"'{text}'"
