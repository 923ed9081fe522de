"""A FOCUS row with visible defaults, and what a mapper makes of it."""

from collections.abc import Mapping

from models.rules.focus import FocusCharge, RowMapper, RowProblem

CURRENCIES = frozenset({"USD", "CNY", "JPY"})

A_ROW = {
    "BilledCost": "12.50",
    "BillingAccountId": "1000",
    "BillingAccountName": "Sun Bird",
    "BillingCurrency": "USD",
    "BillingPeriodEnd": "2026-04-01T00:00:00Z",
    "BillingPeriodStart": "2026-03-01T00:00:00Z",
    "ChargeCategory": "Usage",
    "ChargeClass": "NULL",
    "ChargeDescription": "$0.01 per request",
    "ChargeFrequency": "Usage-Based",
    "ChargePeriodEnd": "2026-03-07T13:00:00Z",
    "ChargePeriodStart": "2026-03-07T12:00:00Z",
    "ConsumedQuantity": "1250",
    "ConsumedUnit": "Requests",
    "InvoiceIssuerName": "Cloud Ltd.",
    "ListCost": "15",
    "PricingQuantity": "1.25",
    "PricingUnit": "1K Requests",
    "PublisherName": "Cloud Ltd.",
    "RegionId": "cn-north-4",
    "ResourceId": "i-0001",
    "ServiceName": "Queue Service",
    "SubAccountId": "2000",
    "SubAccountName": "Atlas Nimbus",
    "Tags": '{"env": "prod"}',
}


def read(row: Mapping[str, str], line: int = 2) -> FocusCharge | RowProblem:
    """What the row is, read by a mapper of its own columns."""
    return RowMapper(tuple(row), CURRENCIES).read(line, tuple(row.values()))


def a_charge(without: tuple[str, ...] = (), **cells: str) -> FocusCharge:
    """The charge of the default row with some cells changed and some columns left out."""
    row = {name: cell for name, cell in {**A_ROW, **cells}.items() if name not in without}
    charge = read(row)
    assert isinstance(charge, FocusCharge), charge
    return charge


def a_problem(**cells: str) -> RowProblem:
    """The problem of the default row with some cells changed."""
    problem = read({**A_ROW, **cells})
    assert isinstance(problem, RowProblem), problem
    return problem
