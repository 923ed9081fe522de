"""Invoices and credit notes, the lines they are made of, and where they are sent."""

from decimal import Decimal
from typing import Any

from models.adapters.database import Database
from models.reads.engine.plans import Request
from models.reads.engine.shapes import (
    Amount,
    Instant,
    Key,
    Number,
    One,
    Python,
    Root,
    Shape,
    Text,
    Word,
    identity,
    of_partner,
)
from models.rules.ids import IdPrefix, public_id
from models.rules.invoices import ProductTotal, invoice_number
from models.rules.principals import Action


def _number(_request: Request, parts: Any) -> str:
    return invoice_number(parts["series"], parts["number"])


def _download_url(request: Request, ready: Any) -> str | None:
    """A fresh link for those who may download; links are never stored."""
    if ready is None or not request.principal.may(Action.DOWNLOAD_INVOICE):
        return None
    return request.link(ready["partner"], public_id(IdPrefix.INVOICE, ready["invoice"]))


INVOICE = Shape(
    "Invoice",
    "invoices {t}",
    {
        "id": Word("'inv_' || {t}.id"),
        "number": Python(
            """'{{"series":"' || {t}.series || '","number":' || {t}.number || '}}'""", _number
        ),
        "documentType": Word("{t}.document_type"),
        "bill": One("Bill", of_partner("{c}.id = {t}.bill_id")),
        "issuedAt": Instant("{t}.issued_at"),
        "amount": Amount("{t}.amount"),
        "sizeBytes": Number("{t}.size_bytes", is_nullable=True),
        "sha256": Word("{t}.sha256", is_nullable=True),
        "downloadUrl": Python(
            "CASE WHEN {t}.object_key IS NOT NULL"
            """ THEN '{{"partner":' || {t}.partner_id || ',"invoice":' || {t}.id || '}}'"""
            " ELSE 'null' END",
            _download_url,
        ),
    },
    tenant="{t}.partner_id",
)

BILLING_ADDRESS = Shape(
    "BillingAddress",
    "billing_addresses {t}",
    {
        "legalName": Text("{t}.legal_name"),
        "street": Text("{t}.street"),
        "city": Text("{t}.city"),
        "postcode": Text("{t}.postcode"),
        "country": Word("{t}.country"),
        "taxNumber": Text("{t}.tax_number"),
    },
)

# A bill's newest document; those before it are among the partner's.
OF_BILL = of_partner(
    "{c}.id = (SELECT max(i.id) FROM invoices i"
    " WHERE i.partner_id = {t}.partner_id AND i.bill_id = {t}.id)"
)
INVOICE_KEYS = (Key("{c}.id"),)
INVOICE_BY_ID = Root(INVOICE, filters={"id": identity(IdPrefix.INVOICE)})


async def product_totals(db: Database, partner_id: int, version_id: int) -> list[ProductTotal]:
    """What a bill version has of each product in each market, by market and product (R21)."""
    d = db.dialect
    rows = await db.fetch(
        f"SELECT l.market, l.product, {d.amount_text(d.sum('l.total'))} AS amount"
        " FROM product_lines l WHERE l.partner_id = $1 AND l.version_id = $2"
        " GROUP BY l.market, l.product",
        *(partner_id, version_id),
    )
    totals = [ProductTotal(row["product"], row["market"], Decimal(row["amount"])) for row in rows]
    return sorted(totals, key=lambda total: (total.market, total.product))
