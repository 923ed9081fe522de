"""Invoices in the schema, and who they are addressed to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from api.enums import InvoiceType
from api.money import Money
from api.node import Node
from api.planned import field
from api.scalars import URL, BigInt, DateTime

if TYPE_CHECKING:
    from api.bills import Bill


@strawberry.type(
    description="A numbered document about a bill. A later version that changes what is owed gets"
    " one of its own, over the difference."
)
class Invoice(Node):
    """An invoice or a credit note (R18)."""

    number: str = field("Its number, as it stands on it, without gaps in its series and year.")
    document_type: InvoiceType = field("Whether it asks for money.")
    bill: Annotated[Bill, strawberry.lazy("api.bills")] = field("The bill it is about.")
    issued_at: DateTime = field("When it was issued.")
    amount: Money = field("What it is over, tax included; 0 or negative on a credit note.")
    size_bytes: BigInt | None = field("Size of the PDF in bytes; null until it is written.")
    sha256: str | None = field("SHA-256 of the PDF; null until it is written.")
    download_url: URL | None = field(
        "A link to the PDF that holds as long as the installation has set, an hour by default; new"
        " each time, and null until it is written, and for those who may not download."
    )


@strawberry.type(description="Who a partner is on its invoices.")
class BillingAddress:
    """A billing address."""

    legal_name: str = field("The name it is registered under.")
    street: str = field("Street and house, or what stands for them.")
    city: str = field("The city.")
    postcode: str = field("The postcode; empty where there is none.")
    country: str = field("The country, ISO 3166-1 alpha-2.")
    tax_number: str | None = field("Its tax number; null if none is known.")
