"""A header is that of a FOCUS file, or is refused by name."""

import pytest

from models.rules.errors import ErrorCode, InvalidInput
from models.rules.focus import RowMapper
from tests.rules.focus_rows import A_ROW, CURRENCIES


@pytest.mark.parametrize(
    ("columns", "code", "named"),
    [
        (("a", "b"), ErrorCode.MISSING_COLUMN, "BillingPeriodStart or ChargePeriodStart"),
        ((*A_ROW, "Tags"), ErrorCode.INVALID_FILE, "Tags"),
        (tuple(map(str, range(1001))), ErrorCode.INVALID_FILE, "1001 columns"),
        (tuple(c for c in A_ROW if c != "BilledCost"), ErrorCode.MISSING_COLUMN, "BilledCost"),
    ],
)
def test_mapper_of_a_header_that_is_not_focus(
    columns: tuple[str, ...], code: ErrorCode, named: str
) -> None:
    with pytest.raises(InvalidInput, match=named) as refused:
        RowMapper(columns, CURRENCIES)
    assert refused.value.code == code
