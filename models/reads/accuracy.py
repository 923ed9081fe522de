"""How far each day's estimate was from the bill, and why (I16)."""

from models.reads.engine.shapes import Amount, Many, One, Shape, Word, of_partner

# A cycle has one bill of a kind and currency, and at most 62 estimates: one a day until its issue,
# but none after the next month, however late that is.
_ESTIMATED = (
    "estimates {t} JOIN bills {t}b ON {t}b.partner_id = {t}.partner_id AND {t}b.cycle = {t}.cycle"
    " AND {t}b.kind = {t}.kind AND {t}b.currency = {t}.currency"
    " JOIN bill_versions {t}v ON {t}v.partner_id = {t}b.partner_id AND {t}v.id = {t}b.version_id"
)

ESTIMATE_ACCURACY = Shape(
    "EstimateAccuracy",
    _ESTIMATED,
    {
        "estimate": One("Estimate", of_partner("{c}.id = {t}.id")),
        "asOf": Word("CAST({t}.as_of AS TEXT)"),
        "estimated": Amount("{t}.amount"),
        "final": Amount("{t}v.bill_amount"),
        "difference": Amount("{t}v.bill_amount", minus="{t}.amount"),
        "lateUsage": Amount("{t}v.expenditures", minus="{t}.expenditures"),
        "refunds": Amount("{t}v.refunds", minus="{t}.refunds"),
        "adjustments": Amount("{t}v.adjustments", minus="{t}.adjustments"),
        "coupons": Amount("{t}v.coupons"),
        "tax": Amount("{t}v.tax"),
        "rounding": Amount("{t}v.rounding"),
    },
)

OF_BILL = Many(
    "EstimateAccuracy",
    "{c}.partner_id = {t}.partner_id AND {c}.cycle = {t}.cycle AND {c}.kind = {t}.kind"
    " AND {c}.currency = {t}.currency",
    "{c}.as_of",
)
