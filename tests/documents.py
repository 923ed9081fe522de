"""Invoices to try: a document of a bill with these products, coupons and taxes."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from models.adapters.currencies import minor_digits
from models.rules.billing_addresses import Party
from models.rules.derived import Tax, Terms, UsableCoupon, derive_lines
from models.rules.invoices import (
    Content,
    Document,
    ProductTotal,
    Title,
    invoice_number,
    invoice_type,
    series_name,
    write_document,
)
from models.rules.money import exact_sum, round_half_up
from models.rules.states import DerivedType

SELLER = Party(
    "Example Cloud Vendor Co., Ltd.",
    "88 Keyuan Avenue",
    "Shenzhen",
    "518057",
    "CN",
    "91440300MA0EXAMPLE",
)
BUYER = Party(
    "北京云合科技有限公司", "中关村大街 27 号", "北京", "100080", "CN", "91110108MA0BUYER01"
)
GERMAN = Party("Käufer GmbH", "Weg 1", "Berlin", "10115", "DE", "DE123456789")
VAT = Tax("VAT", Decimal("0.06"))


def a_document(
    products: Mapping[str, str],
    *,
    currency: str = "USD",
    coupons: Mapping[str, str] | None = None,
    taxes: Sequence[Tax] = (),
    imported: str = "0",
    **changes: Any,
) -> Document:
    """The document of a bill, to a buyer in Beijing; amounts by product, in the cloud market."""
    lines = [ProductTotal(name, "CLOUD", Decimal(amount)) for name, amount in products.items()]
    digits = minor_digits(currency)
    usable = [
        UsableCoupon(place, name, Decimal(left))
        for place, (name, left) in enumerate((coupons or {}).items(), start=1)
    ]
    settlement = exact_sum(line.amount for line in lines)
    derived = derive_lines(settlement, Decimal(imported), Terms(usable, taxes, digits))
    used = [line.amount for line in derived if line.line_type is DerivedType.COUPON]
    content = a_content(
        net=round_half_up(exact_sum([settlement, *used]), digits),
        tax=exact_sum(line.amount for line in derived if line.line_type is DerivedType.TAX),
        derived=derived,
        **changes,
    )
    return write_document(a_title(content, currency), SELLER, content, lines)


def a_title(content: Content, currency: str = "USD") -> Title:
    """The seventh document of its series."""
    document_type = invoice_type(content.amount)
    number = invoice_number(series_name(document_type, content.issued_on), 7)
    return Title(number, document_type, currency, minor_digits(currency))


def a_content(**changes: Any) -> Content:
    """What is fixed of a document about 2026-02, issued in March; as it is read back."""
    values: dict[str, Any] = {
        "bill": "bil_7",
        "version": 2,
        "kind": "RESELLER",
        "cycle": "2026-02",
        "first_day": date(2026, 2, 1),
        "last_day": date(2026, 2, 28),
        "issued_on": date(2026, 3, 5),
        "due_on": date(2026, 4, 4),
        "buyer": BUYER,
        "net": Decimal(0),
        "tax": Decimal(0),
        "derived": [],
    }
    kept = Content(**(values | changes)).to_json()
    return Content.from_json(json.loads(json.dumps(kept)))
