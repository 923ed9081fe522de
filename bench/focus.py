"""FOCUS CSV of any size: one partner with 200 customers, one month, the same bytes for a seed."""

import csv
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

from jobs.demo.catalogue import REGIONS, VENDOR
from jobs.demo.focus import COLUMNS

CYCLE = "2026-01"
CUSTOMERS = 200
# Product and region together, of each customer: what a product line is made of.
LINES_OF_A_CUSTOMER = 20
RESOURCES_OF_A_LINE = 8
# One row in so many has something in its resource that must not leave the house as it is.
ODD_ONES = 1000

_MAKES = ("Elastic", "Managed", "Shared", "Dedicated")
_THINGS = ("Compute", "Storage", "Cache", "Queue", "Gateway", "Database", "Search", "Logs")
PRODUCTS = [f"{make} {thing}" for make in _MAKES for thing in (*_THINGS, "Backup", "DNS")]


class _Line(NamedTuple):
    customer: int
    cells: dict[str, str]
    price: int  # of a unit, in units of the tenth decimal


def write_focus(path: Path, *, rows: int, seed: int) -> None:
    """Write a file of `rows` charges; costs have up to 14 decimals."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        table.writerows(_rows(Random(seed), rows))


def _rows(random: Random, count: int) -> Iterator[list[str]]:
    lines = _lines(random)
    for number in range(count):
        line = lines[random.randrange(len(lines))]
        row = line.cells | _usage(random, line) | _time_and_place(random, line, number)
        yield [row.get(column, "") for column in COLUMNS]


def _lines(random: Random) -> list[_Line]:
    return [
        _Line(customer, _line_cells(customer, product, region), random.randrange(1000, 10**10))
        for customer in range(CUSTOMERS)
        for product, region in (
            (random.choice(PRODUCTS), random.choice(list(REGIONS)))
            for _ in range(LINES_OF_A_CUSTOMER)
        )
    ]


def _line_cells(customer: int, product: str, region: str) -> dict[str, str]:
    sku = product.upper().replace(" ", "-")
    return {
        "BillingAccountId": "4000100020003000",
        "BillingAccountName": "Northwind Cloud",
        "BillingCurrency": "USD",
        "BillingPeriodStart": "2026-01-01T00:00:00Z",
        "BillingPeriodEnd": "2026-02-01T00:00:00Z",
        "ChargeDescription": f"{product} in {REGIONS[region]}, per hour",
        "ConsumedUnit": "Hours",
        "PricingUnit": "Hours",
        "PricingCategory": "Standard",
        "InvoiceIssuerName": VENDOR,
        "ProviderName": VENDOR,
        "PublisherName": VENDOR,
        "RegionId": region,
        "RegionName": REGIONS[region],
        "ServiceCategory": "Other",
        "ServiceName": product,
        "SkuId": sku,
        "SkuPriceId": f"{sku}.USD",
        "SubAccountId": f"7{customer:011d}",
        "SubAccountName": f"Invented Company {customer}",
    }


def _usage(random: Random, line: _Line) -> dict[str, str]:
    """Mostly usage, some subscriptions, refunds (negative usage) and credits."""
    drawn = random.random()
    sign = -1 if drawn < 0.03 else 1
    category = "Credit" if drawn < 0.01 else "Purchase" if drawn > 0.95 else "Usage"
    quantity = random.randrange(1, 10**6)  # in units of the fourth decimal
    billed = _decimal(sign * quantity * line.price * 9 // 10, 14)
    hours, price = _decimal(quantity, 4), _decimal(line.price, 10)
    return {
        "ChargeCategory": category,
        "ChargeFrequency": "Recurring" if category == "Purchase" else "Usage-Based",
        "BilledCost": billed,
        "ContractedCost": billed,
        "EffectiveCost": billed,
        "ListCost": _decimal(sign * quantity * line.price, 14),
        "ListUnitPrice": price,
        "ContractedUnitPrice": price,
        "ConsumedQuantity": hours,
        "PricingQuantity": hours,
    }


def _time_and_place(random: Random, line: _Line, number: int) -> dict[str, str]:
    day, hour = random.randrange(1, 31), random.randrange(24)
    end_day, end_hour = (day, hour + 1) if hour < 23 else (day + 1, 0)
    resource = f"i-{line.customer:03d}-{line.price % 9973:04d}-{number % RESOURCES_OF_A_LINE}"
    if number % ODD_ONES == 7:
        resource = f"vm-invented_company-{line.customer}"
    elif number % ODD_ONES == 507:
        resource = f"={resource}"
    return {
        "ChargePeriodStart": f"2026-01-{day:02d}T{hour:02d}:00:00Z",
        "ChargePeriodEnd": f"2026-01-{end_day:02d}T{end_hour:02d}:00:00Z",
        "ResourceId": resource,
    }


def _decimal(units: int, places: int) -> str:
    whole, part = divmod(abs(units), 10**places)
    return f"{'-' if units < 0 else ''}{whole}.{part:0{places}d}"
