"""Coupons with what is left of them, and the taxes of a partner's bills."""

from models.reads.engine.shapes import (
    Amount,
    Connection,
    Filter,
    Flag,
    Instant,
    Key,
    Quantity,
    Root,
    Shape,
    Text,
    Word,
    identity,
)
from models.rules.ids import IdPrefix

# With what the current versions of bills use of a coupon, 0 or negative, and what that leaves.
_COUPONS = (
    "(SELECT q.*, {plus[q.amount,q.used]} AS balance FROM (SELECT k.*,"
    " (SELECT {sum[l.amount]} FROM derived_lines l JOIN bills b"
    " ON b.partner_id = l.partner_id AND b.version_id = l.version_id"
    " WHERE l.partner_id = k.partner_id AND l.coupon_id = k.id) AS used FROM coupons k) q) {t}"
)

COUPON = Shape(
    "Coupon",
    _COUPONS,
    {
        "id": Word("'cpn_' || {t}.id"),
        "name": Text("{t}.name"),
        "amount": Amount("{t}.amount"),
        "used": Amount("{zero}", minus="{t}.used"),
        "balance": Amount("{t}.balance"),
        "validFrom": Word("CAST({t}.valid_from AS TEXT)"),
        "validUntil": Word("CAST({t}.valid_until AS TEXT)"),
        "grantedAt": Instant("{t}.granted_at"),
    },
    tenant="{t}.partner_id",
)
COUPON_KEYS = (Key("CAST({c}.valid_until AS TEXT)", "text"), Key("{c}.id"))
COUPONS = Connection(
    "Coupon",
    "{c}.partner_id = {t}.id",
    COUPON_KEYS,
    filters={"currency": Filter("{c}.currency = {v}")},
)
COUPON_BY_ID = Root(COUPON, filters={"id": identity(IdPrefix.COUPON)})

TAX_COMPONENT = Shape(
    "TaxComponent",
    "tax_components {t}",
    {
        "name": Text("{t}.name"),
        "rate": Quantity("{t}.rate"),
        "isTakenOfNegative": Flag("{t}.taxes_negative"),
        "firstCycle": Word("{t}.first_cycle"),
        "lastCycle": Word("{t}.last_cycle", is_nullable=True),
    },
)
# One that a later setting has overtaken before it began is of no bill.
IS_SOME_TIME = "({c}.last_cycle IS NULL OR {c}.last_cycle >= {c}.first_cycle)"
