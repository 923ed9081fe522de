"""Estimates: a day's snapshot of a cycle that has no bill yet."""

from models.reads.engine.shapes import (
    Amount,
    Filter,
    Instant,
    Key,
    Number,
    Root,
    Shape,
    Source,
    Word,
    identity,
)
from models.rules.ids import IdPrefix

_FIELDS: dict[str, Source] = {
    "id": Word("'est_' || {t}.id"),
    "cycle": Word("{t}.cycle"),
    "kind": Word("{t}.kind"),
    "currency": Word("{t}.currency"),
    "asOf": Word("CAST({t}.as_of AS TEXT)"),
    "dataThrough": Word("CAST({t}.data_through AS TEXT)"),
    "computedAt": Instant("{t}.computed_at"),
    "chargeCount": Number("{t}.charge_count"),
    "expenditures": Amount("{t}.expenditures"),
    "refunds": Amount("{t}.refunds"),
    "adjustments": Amount("{t}.adjustments"),
    # An estimate knows no tax and is not reduced by coupons (R8, R9).
    "coupons": Amount("{zero}"),
    "tax": Amount("CAST(NULL AS NUMERIC)", is_nullable=True),
    "amount": Amount("{t}.amount"),
}
ESTIMATE = Shape("Estimate", "estimates {t}", _FIELDS, tenant="{t}.partner_id")

ESTIMATE_FILTERS = {
    "cycle": Filter("{c}.cycle = {v}"),
    "kind": Filter("{c}.kind = {v}"),
    "currency": Filter("{c}.currency = {v}"),
}
ESTIMATE_KEYS = (Key("{c}.id"),)

IS_LATEST = (
    "NOT EXISTS (SELECT 1 FROM estimates n WHERE n.partner_id = {c}.partner_id"
    " AND n.cycle = {c}.cycle AND n.kind = {c}.kind AND n.currency = {c}.currency"
    " AND n.as_of > {c}.as_of)"
    " AND NOT EXISTS (SELECT 1 FROM bills b WHERE b.partner_id = {c}.partner_id"
    " AND b.cycle = {c}.cycle AND b.kind = {c}.kind AND b.currency = {c}.currency)"
)

ESTIMATE_BY_ID = Root(ESTIMATE, filters={"id": identity(IdPrefix.ESTIMATE)})
