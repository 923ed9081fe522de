"""An invoice as it is printed: every text and every amount, ready for the template."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from models.rules.billing_addresses import Party
from models.rules.derived import ZERO, DerivedLine
from models.rules.invoices import Document
from models.rules.money import EXACT, amount_text, exact_sum
from models.rules.states import DerivedType, InvoiceType

_TITLES = {InvoiceType.INVOICE: "Invoice", InvoiceType.CREDIT_NOTE: "Credit note"}
_KINDS = {"RESELLER": "Consumption of customers", "SELF_USE": "Consumption of own accounts"}
_MARKETS = {"CLOUD": "Cloud", "MARKETPLACE": "Marketplace"}


def invoice_paper(document: Document) -> dict[str, Any]:
    """What the template `invoice` prints; all of it text, in English."""
    title, content = document.title, document.content
    return {
        "title": _TITLES[title.document_type],
        "number": title.number,
        "currency": title.currency,
        "seller": _party(document.seller),
        "buyer": _party(content.buyer),
        "facts": [list(fact) for fact in _facts(document)],
        "rows": [
            [line.product, _MARKETS[line.market], _shown(line.amount, title.digits)]
            for line in document.products
        ],
        "sums": [list(row) for row in _sums(document)],
        "totals": [list(row) for row in _totals(document)],
        "notes": list(_notes(document)),
    }


def _party(party: Party) -> dict[str, Any]:
    town = " ".join(part for part in (party.postcode, party.city) if part)
    lines = [party.street, ", ".join(part for part in (town, party.country) if part)]
    if party.tax_number:
        lines.append(f"Tax number {party.tax_number}")
    return {"name": party.legal_name, "lines": [line for line in lines if line]}


def _facts(document: Document) -> Iterator[tuple[str, str]]:
    content = document.content
    yield "Number", document.title.number
    yield "Date of issue", content.issued_on.isoformat()
    if document.title.document_type is InvoiceType.INVOICE:
        yield "Payable by", content.due_on.isoformat()
    yield "Billing cycle", content.cycle
    yield "Period", f"{content.first_day} to {content.last_day}"
    yield "Bill", f"{content.bill}, version {content.version}"
    yield "Subject", _KINDS[content.kind]
    if content.corrects:
        yield "In addition to", content.corrects


def _sums(document: Document) -> Iterator[tuple[str, str]]:
    """From the products' sum, line by line, to the net amount and the tax."""
    digits, content = document.title.digits, document.content
    products = exact_sum(line.amount for line in document.products)
    yield "Sum of products", _shown(products, digits)
    for coupon in document.coupons:
        yield f"Coupon: {coupon.name}", _shown(coupon.amount, digits)
    if document.rounding:
        yield "Rounding", _shown(document.rounding, digits)
    yield "Net amount", _shown(content.net, digits)
    for tax in document.taxes:
        yield _tax_label(tax), _shown(tax.amount, digits)


def _tax_label(tax: DerivedLine) -> str:
    if tax.rate is None or tax.base is None:
        return tax.name
    percent = amount_text(EXACT.multiply(tax.rate, Decimal(100)))
    return f"{tax.name}, {percent} % of {_exact(tax.base)}"


def _totals(document: Document) -> Iterator[tuple[str, str]]:
    amount, digits = document.content.amount, document.title.digits
    yield "Total", _shown(amount, digits)
    if amount < 0:
        yield "Credit", _shown(EXACT.minus(amount), digits)
    yield "Amount due", _shown(max(ZERO, amount), digits)


def _notes(document: Document) -> Iterator[str]:
    content, number = document.content, document.title.number
    if content.amount <= 0:
        yield "Nothing is to be paid. A credit is kept to your account or goes on your next bill."
    if content.corrects:
        yield (
            f"The bill has changed since {content.corrects}; this document is over the difference,"
            " and shows what changed."
        )
    for line in content.derived:
        if line.line_type is DerivedType.ROUNDING:
            yield (
                f"Rounding of {_exact(line.amount)} {document.title.currency} is included. Lines"
                " are rounded so that they add up; exact amounts are on the bill."
            )
    if content.amount > 0:
        yield f"Please state {number} with your payment."


def _shown(amount: Decimal, digits: int) -> str:
    """An amount rounded to the minor unit already: `1,234.50`, with a true minus sign."""
    return f"{amount:,.{digits}f}".replace("-", "−")


def _exact(amount: Decimal) -> str:
    return amount_text(amount).replace("-", "−")
