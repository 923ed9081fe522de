"""Invoices and credit notes: what stands on them, and how it adds up (R18, I4, I11).

A document speaks for what it moves in the ledger: the whole bill when it is booked for the first
time, and the difference when a later version of it is. So the amounts of a bill's documents add up
to what is booked of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from models.rules.billing_addresses import Party
from models.rules.derived import ZERO, DerivedLine
from models.rules.ids import IdPrefix, public_id
from models.rules.money import EXACT, amount_text, exact_sum, spread_rounding
from models.rules.states import DerivedType, InvoiceType

_SERIES = {InvoiceType.INVOICE: "INV", InvoiceType.CREDIT_NOTE: "CN"}


def invoice_type(amount: Decimal) -> InvoiceType:
    """An invoice asks for money; what asks for none is a credit note (R18)."""
    return InvoiceType.INVOICE if amount > 0 else InvoiceType.CREDIT_NOTE


def series_name(document_type: InvoiceType, issued_on: date) -> str:
    """The series of a document, by the local year of its issue: `INV-2026`, `CN-2026`."""
    return f"{_SERIES[document_type]}-{issued_on.year:04d}"


def invoice_number(series: str, number: int) -> str:
    """The number of a document, as it is written on it: `INV-2026-000007`."""
    return f"{series}-{number:06d}"


def invoice_key(invoice_id: int, run: int) -> str:
    """Where one run of one document's job writes: a place that no other run can tear."""
    return f"invoices/{public_id(IdPrefix.INVOICE, invoice_id)}/run-{run}.pdf"


@dataclass(frozen=True, slots=True)
class ProductTotal:
    """What a document has of one product in one market, exact and signed."""

    product: str
    market: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Content:
    """All that is fixed when a document is numbered; `derived` and amounts are the document's own.

    `net` is settlement less coupons, rounded; `net` + `tax` is the amount. `corrects` is the number
    of the bill's document before, `since_version_id` the version which that one spoke for.
    """

    bill: str
    version: int
    kind: str
    cycle: str
    first_day: date
    last_day: date
    issued_on: date
    due_on: date
    buyer: Party
    net: Decimal
    tax: Decimal
    derived: Sequence[DerivedLine]
    corrects: str | None = None
    since_version_id: int | None = None

    @property
    def amount(self) -> Decimal:
        """What the document is over, signed."""
        return EXACT.add(self.net, self.tax)

    def in_addition_to(self, number: str, since_version_id: int) -> "Content":
        """The same for a document over a difference."""
        return replace(self, corrects=number, since_version_id=since_version_id)

    def to_json(self) -> dict[str, Any]:
        """As it is kept: amounts and dates as text."""
        return {name: _to_json(value) for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Content":
        """Read it back; what else is kept beside it does not matter."""
        days = ("first_day", "last_day", "issued_on", "due_on")
        first_day, last_day, issued_on, due_on = (date.fromisoformat(kept[day]) for day in days)
        return cls(
            bill=kept["bill"],
            version=kept["version"],
            kind=kept["kind"],
            cycle=kept["cycle"],
            first_day=first_day,
            last_day=last_day,
            issued_on=issued_on,
            due_on=due_on,
            buyer=Party(**kept["buyer"]),
            net=Decimal(kept["net"]),
            tax=Decimal(kept["tax"]),
            derived=[_derived(line) for line in kept["derived"]],
            corrects=kept["corrects"],
            since_version_id=kept["since_version_id"],
        )


def _to_json(value: Any) -> Any:
    match value:
        case Decimal():
            return amount_text(value)
        case date():
            return value.isoformat()
        case dict():
            return {name: _to_json(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_to_json(inner) for inner in value]
    return value


def _derived(kept: Mapping[str, Any]) -> DerivedLine:
    amounts = {name: kept[name] and Decimal(kept[name]) for name in ("amount", "rate", "base")}
    return DerivedLine(**{**kept, **amounts, "line_type": DerivedType(kept["line_type"])})


@dataclass(frozen=True, slots=True)
class Title:
    """What a document is: its number, its type, and the currency with its minor digits."""

    number: str
    document_type: InvoiceType
    currency: str
    digits: int


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document; every amount is rounded, but that of a derived ROUNDING in the content.

    `products` + `coupons` + `rounding` = net, and net + `taxes` = amount, to the minor unit.
    """

    title: Title
    seller: Party
    content: Content
    products: Sequence[ProductTotal]
    coupons: Sequence[DerivedLine]
    rounding: Decimal
    taxes: Sequence[DerivedLine]


def write_document(
    title: Title, seller: Party, content: Content, products: Sequence[ProductTotal]
) -> Document:
    """Round what stands on a document so that it adds up (I11).

    `products` are exact. What is left over, which only the difference of two versions can leave, is
    the document's rounding. Raises ValueError when it is more than a minor unit, or when the taxes
    do not add up: damaged data, never input.
    """
    coupons = [line for line in content.derived if line.line_type is DerivedType.COUPON]
    taxes = [line for line in content.derived if line.line_type is DerivedType.TAX]
    exact = [line.amount for line in products] + [line.amount for line in coupons]
    rounded = spread_rounding(exact, title.digits)
    left = EXACT.subtract(content.net, exact_sum(rounded))
    untaxed = EXACT.subtract(content.tax, exact_sum(line.amount for line in taxes))
    if untaxed or abs(left) > Decimal(1).scaleb(-title.digits):
        raise ValueError(f"{title.number} does not add up: {left} before tax, {untaxed} of tax")
    amounts = iter(rounded)
    return Document(
        title,
        seller,
        content,
        products=[replace(line, amount=next(amounts)) for line in products],
        coupons=[replace(line, amount=next(amounts)) for line in coupons],
        rounding=left,
        taxes=taxes,
    )


def product_difference(
    after: Sequence[ProductTotal], before: Sequence[ProductTotal]
) -> list[ProductTotal]:
    """What changed between two versions, product by product, by market and name."""
    sums = {(line.market, line.product): line.amount for line in after}
    for line in before:
        key = (line.market, line.product)
        sums[key] = EXACT.subtract(sums.get(key, ZERO), line.amount)
    changed = sorted((key, amount) for key, amount in sums.items() if amount)
    return [ProductTotal(product, market, amount) for (market, product), amount in changed]


def derived_difference(
    after: Sequence[DerivedLine], before: Sequence[DerivedLine]
) -> list[DerivedLine]:
    """What changed between two versions, derived line by derived line."""
    sums: dict[tuple[object, ...], DerivedLine] = {}
    for line in (*after, *map(_negative, before)):
        key = (line.line_type, line.name, line.rate, line.coupon_id)
        sums[key] = _together(sums[key], line) if key in sums else line
    return [line for line in sums.values() if line.amount]


def _negative(line: DerivedLine) -> DerivedLine:
    base = None if line.base is None else EXACT.minus(line.base)
    return replace(line, amount=EXACT.minus(line.amount), base=base)


def _together(one: DerivedLine, other: DerivedLine) -> DerivedLine:
    base = one.base and other.base and EXACT.add(one.base, other.base)
    return replace(one, amount=EXACT.add(one.amount, other.amount), base=base)
