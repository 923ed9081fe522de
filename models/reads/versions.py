"""Versions of a bill, each with what it consists of, and the derived lines."""

from collections.abc import Mapping
from decimal import Decimal

from models.reads import charges
from models.reads.engine.ingredients import listed, members, word
from models.reads.engine.shapes import (
    Amount,
    Connection,
    Embedded,
    Instant,
    Key,
    Many,
    Number,
    One,
    Quantity,
    Root,
    Shape,
    Source,
    Text,
    Word,
    identity,
    of_partner,
)
from models.rules.derived import DerivedLine
from models.rules.ids import IdPrefix
from models.rules.states import DerivedType

DERIVED_LINE = Shape(
    "DerivedLine",
    "derived_lines {t}",
    {
        "id": Word("'dln_' || {t}.id"),
        "type": Word("{t}.line_type"),
        "name": Text("{t}.name"),
        "rate": Quantity("{t}.rate"),
        "base": Amount("{t}.base", is_nullable=True),
        "amount": Amount("{t}.amount"),
        "coupon": One("Coupon", of_partner("{c}.id = {t}.coupon_id")),
    },
)


def version_totals(version: str) -> dict[str, Source]:
    """The totals of the bill version at that alias."""
    return {
        "expenditures": Amount(f"{version}.expenditures"),
        "refunds": Amount(f"{version}.refunds"),
        "adjustments": Amount(f"{version}.adjustments"),
        "settlement": Amount(f"{version}.settlement"),
        "coupons": Amount(f"{version}.coupons"),
        "rounding": Amount(f"{version}.rounding"),
        "tax": Amount(f"{version}.tax"),
        "billAmount": Amount(f"{version}.bill_amount"),
        "amountDue": Amount(f"{version}.amount_due"),
        "creditAmount": Amount(f"{version}.credit"),
    }


_OF_VERSION = of_partner("{c}.version_id = {t}.id")
VERSION_TOTALS = Shape("VersionTotals", "", version_totals("{t}"))

BILL_VERSION = Shape(
    "BillVersion",
    "bill_versions {t} JOIN bills {t}b"
    " ON {t}b.partner_id = {t}.partner_id AND {t}b.id = {t}.bill_id",
    {
        "id": Word("'bvr_' || {t}.id"),
        "bill": One("Bill", of_partner("{c}.id = {t}.bill_id")),
        "number": Number("{t}.number"),
        "status": Word(
            "CASE WHEN {t}b.version_id = {t}.id THEN 'CURRENT' ELSE 'SUPERSEDED' END"
        ),
        "reason": Word("{t}.reason"),
        "note": Text("{t}.note"),
        "digest": Word("{t}.digest"),
        "previousDigest": Word("nullif({t}.previous_digest, '')", is_nullable=True),
        "createdAt": Instant("{t}.created_at"),
        "chargeCount": Number("{t}.charge_count"),
        "customerCount": Number("{t}.customer_count"),
        "totals": Embedded("VersionTotals"),
        "derivedLines": Many("DerivedLine", _OF_VERSION, "{c}.position"),
        "customers": Connection("BillCustomer", _OF_VERSION, (Key("{c}.rank", "small"),)),
        "productLines": Connection("ProductLine", _OF_VERSION, (Key("{c}.id"),)),
        "charges": Connection(
            "Charge",
            "{c}.partner_id = {t}.partner_id AND {c}.cycle = {t}b.cycle AND {c}.kind = {t}b.kind"
            " AND {c}.currency = {t}.currency AND {c}.posting <= {t}.through_posting",
            (Key("{c}.id"),),
            filters=charges.FILTERS,
        ),
    },
    tenant="{t}.partner_id",
)  # fmt: skip

OF_BILL = Connection(
    "BillVersion",
    of_partner("{c}.bill_id = {t}.id"),
    (Key("{c}.number", "small"),),
    is_descending=True,
)
CURRENT_DERIVED_LINES = Many(
    "DerivedLine", of_partner("{c}.version_id = {t}.version_id"), "{c}.position"
)
VERSION_BY_ID = Root(BILL_VERSION, filters={"id": identity(IdPrefix.BILL_VERSION)})

# The derived lines of a bill's current version, as ingredients.
DERIVED_JSON = listed(
    "derived_lines d WHERE d.partner_id = {t}.partner_id"
    " AND d.version_id = {t}.version_id ORDER BY d.position",
    members(
        {
            "id": "d.id",
            "type": word("d.line_type"),
            "name": "{json[d.name]}",
            "amount": word("d.amount"),
            "rate": f"coalesce({word('d.rate')}, 'null')",
            "base": f"coalesce({word('d.base')}, 'null')",
        }
    ),
)


def derived_line(found: Mapping[str, str | None]) -> DerivedLine:
    """A derived line from its ingredients."""
    rate, base = found["rate"], found["base"]
    return DerivedLine(
        DerivedType(str(found["type"])),
        str(found["name"]),
        Decimal(str(found["amount"])),
        None if rate is None else Decimal(rate),
        None if base is None else Decimal(base),
    )
