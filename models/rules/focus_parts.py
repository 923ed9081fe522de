"""The parts of a FOCUS row that repeat from row to row: who pays, what was sold, when.

A part holds charge fields, ready made, and what the row's key and checksum need of them.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from hashlib import blake2b
from typing import Any, NamedTuple

from models.rules.errors import ErrorCode, InvalidInput
from models.rules.focus_columns import ACCOUNT, OFFER, PERIOD
from models.rules.focus_months import ZonedMonth, month_of_period
from models.rules.focus_values import (
    ABSENT,
    LONGEST_REGION,
    LONGEST_UNIT,
    choice_in,
    id_in,
    instant_in,
    name_in,
    refuse,
    required,
    shown,
)
from models.rules.months import INSTANT_TEXT

Cells = Sequence[str]

UNSPECIFIED_PRODUCT = "Unspecified"
_NO_TIME = "is absent, and so is ChargePeriodStart"

_CATEGORIES = {
    "usage": "Usage",
    "purchase": "Purchase",
    "tax": "Tax",
    "credit": "Credit",
    "adjustment": "Adjustment",
}
# Charge types of a positive and of a negative amount (requirements §8). A correction keeps the
# type of its category: it is a charge like any other, on the cycle that it is billed in.
_CHARGE_TYPES = {
    "Usage": ("EXPENDITURE", "REFUND"),
    "Purchase": ("EXPENDITURE", "REFUND"),
    "Tax": ("TAX", "TAX"),
    "Credit": ("ADJUSTMENT", "ADJUSTMENT"),
    "Adjustment": ("ADJUSTMENT", "ADJUSTMENT"),
}
_CLASSES = {"correction": "Correction"}
_BILLING_MODES = {
    "usage-based": "PAY_PER_USE",
    "recurring": "SUBSCRIPTION",
    "one-time": "ONE_TIME",
}


class Account(NamedTuple):
    """Who pays: billing account and sub-account, each with its name, and the currency."""

    fields: tuple[Any, ...]
    text: str
    seal: bytes


class Offer(NamedTuple):
    """What was sold: category, market, product, region, billing mode."""

    fields: tuple[Any, ...]
    text: str
    seal: bytes
    charge_type: str
    negative_type: str
    consumed_unit: str | None
    pricing_unit: str | None


class Period(NamedTuple):
    """When: the cycle or what the billing zone tells it from, and the usage interval in UTC.

    `former_seal` is over the month as written, even where it is not the one that begins.
    """

    fields: tuple[Any, ...]
    text: str
    seal: bytes
    former_seal: bytes


def read_account(cells: Cells, currencies: AbstractSet[str]) -> Account:
    """The account part of a row, from its cells in the order of ACCOUNT.

    Raises InvalidInput: no billing account, or a currency that is not among `currencies`.
    """
    given = _present(ACCOUNT, cells)
    currency = required("BillingCurrency", given.get("BillingCurrency"))
    if currency not in currencies:
        refuse(
            "BillingCurrency",
            f"{shown(currency)} is not a currency code of ISO 4217",
            ErrorCode.INVALID_CURRENCY,
        )
    fields = (
        required("BillingAccountId", id_in(given, "BillingAccountId")),
        name_in(given, "BillingAccountName"),
        id_in(given, "SubAccountId"),
        name_in(given, "SubAccountName"),
        currency,
    )
    billing_account, _, sub_account, _, currency = fields
    return Account(fields, _text((sub_account or billing_account, currency)), _seal(cells))


def read_offer(cells: Cells) -> Offer:
    """The offer part of a row, from its cells in the order of OFFER.

    Raises InvalidInput for a category, class or frequency that FOCUS does not know.
    """
    given = _present(OFFER, cells)
    choice_in(given, "ChargeClass", _CLASSES)
    category = required("ChargeCategory", choice_in(given, "ChargeCategory", _CATEGORIES))
    fields = (
        category,
        _market(given),
        name_in(given, "ServiceName") or UNSPECIFIED_PRODUCT,
        name_in(given, "RegionId", LONGEST_REGION),
        choice_in(given, "ChargeFrequency", _BILLING_MODES)
        or ("PAY_PER_USE" if category == "Usage" else "ONE_TIME"),
    )
    return Offer(
        fields,
        _text(fields),
        _seal(cells),
        *_CHARGE_TYPES[category],
        name_in(given, "ConsumedUnit", LONGEST_UNIT),
        name_in(given, "PricingUnit", LONGEST_UNIT),
    )


def _market(given: dict[str, str]) -> str:
    """MARKETPLACE when someone else's product is on the issuer's invoice.

    FOCUS 1.3 deprecates PublisherName for ServiceProviderName, which in a marketplace is the
    seller and not the operator, and keeps the same values otherwise; HostProviderName says
    nothing here, since a seller may run on the operator's infrastructure or on its own.
    """
    seller = name_in(given, "PublisherName") or name_in(given, "ServiceProviderName")
    issuer = name_in(given, "InvoiceIssuerName")
    return "MARKETPLACE" if seller and issuer and seller != issuer else "CLOUD"


def read_period(cells: Cells) -> Period:
    """The period part of a row, from its cells in the order of PERIOD.

    Raises InvalidInput: an end before its start, a time that is none, or no time at all.
    """
    given = _present(PERIOD, cells)
    instants = [instant_in(given, column) for column in PERIOD]
    billed, _, start, end = instants
    if start and end and end < start:
        refuse("ChargePeriodEnd", f"{end:%Y-%m-%d %H:%M} is before the start")
    cycle: str | ZonedMonth
    if billed:
        cycle = month_of_period(given["BillingPeriodStart"], billed)
        # One instant can be written in two months: the key has the one that begins there.
        written = given["BillingPeriodStart"][:7]
        named = cycle if isinstance(cycle, str) else cycle.latest
    else:
        cycle = ZonedMonth(start or refuse("BillingPeriodStart", _NO_TIME))
        written = named = ""
    texts = [instant.isoformat() if instant else "" for instant in instants]
    used = [instant.strftime(INSTANT_TEXT) if instant else "" for instant in (start, end)]
    seals = (_seal((named, *texts)), _seal((written, *texts)))
    return Period((cycle, start, end), _text(used), *seals)


def _present(names: Sequence[str], cells: Cells) -> dict[str, str]:
    pairs = zip(names, cells, strict=True)
    return {name: cell for name, cell in pairs if cell not in ABSENT}


def _text(fields: Iterable[str | None]) -> str:
    return "\0".join(field or "" for field in fields)


def _seal(cells: Sequence[str]) -> bytes:
    """A hash of cells in which both ways of being absent are the same."""
    content = "\0".join("" if cell in ABSENT else cell for cell in cells)
    if content.count("\0") >= len(cells):
        raise InvalidInput("contains a NUL character")
    return blake2b(content.encode(), digest_size=16).digest()
