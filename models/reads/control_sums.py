"""Control sums of a file: per currency, what its rows add up to (I14)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from models.reads.engine.made import MONEY, money_json
from models.reads.engine.plans import Request
from models.reads.engine.shapes import Made
from models.rules.money import Money


def _amounts(
    _request: Request, sums: dict[str, str], _arguments: Mapping[str, Any]
) -> list[dict[str, str]]:
    return [money_json(Money(Decimal(text), currency)) for currency, text in sorted(sums.items())]


# Of a table that has them as a JSON object.
CONTROL_SUMS = Made("coalesce(CAST({t}.control_sums AS TEXT), '{{}}')", _amounts, MONEY)
