"""Charges as they are shown: on a bill version, for a customer, for a product line."""

from models.reads.engine.shapes import (
    Amount,
    Filter,
    Flag,
    Instant,
    One,
    Quantity,
    Root,
    Shape,
    Text,
    Word,
    identity,
    none_as_empty,
    of_partner,
    text_filter,
)
from models.rules.ids import IdPrefix

# The charges of a bill are those posted before its current version was made; those of a customer
# or product line, before theirs. The version is looked up in scalar subqueries, not joined: only so
# can an index on charges also give their order, and a page of a million lines cost a page.
ON_BILL = (
    "{c}.partner_id = {t}.partner_id AND {c}.cycle = {t}.cycle AND {c}.kind = {t}.kind"
    " AND {c}.currency = {t}.currency AND {c}.posting <= {t}v.through_posting"
)
# Those on later bills that were meant for this one, moved on or made after it was confirmed.
CORRECTING_BILL = (
    "{c}.partner_id = {t}.partner_id AND {c}.origin_cycle = {t}.cycle"
    " AND {c}.cycle <> {c}.origin_cycle AND {c}.kind = {t}.kind AND {c}.currency = {t}.currency"
    " AND coalesce({c}.reason, '') <> 'CARRIED_CREDIT'"
)
_BILL = (
    "FROM bill_versions v JOIN bills b ON b.partner_id = v.partner_id AND b.id = v.bill_id"
    " WHERE v.partner_id = {t}.partner_id AND v.id = {t}.version_id"
)
ON_VERSION = (
    "{c}.partner_id = {t}.partner_id AND {c}.currency = {t}.currency"
    f" AND {{c}}.cycle = (SELECT b.cycle {_BILL}) AND {{c}}.kind = (SELECT b.kind {_BILL})"
    f" AND {{c}}.posting <= (SELECT v.through_posting {_BILL})"
)

# Money returned for a purchase ends it; money returned for usage changes what it is measured by.
_REFUND_REASON = (
    "CASE WHEN {t}.charge_type <> 'REFUND' THEN NULL"
    " WHEN {t}.category = 'Purchase' THEN 'ORDER_CANCELLATION' ELSE 'SPECIFICATION_CHANGE' END"
)

# A credit that was carried forward comes from an earlier bill, but corrects nothing.
IS_CORRECTING_BILL = (
    "{t}.cycle <> {t}.origin_cycle AND coalesce({t}.reason, '') <> 'CARRIED_CREDIT'"
)

# I17, along the order of charges: with this one, more was taken back of a transaction than it came
# to. All that is about a transaction names it. The beginning of a reference is in an index.
_IS_BEYOND = (
    "CASE WHEN {t}.original_ref IS NULL OR {t}.charge_type NOT IN ('REFUND', 'ADJUSTMENT')"
    " OR CAST({t}.amount AS TEXT) NOT LIKE '-%' THEN FALSE ELSE"
    " (SELECT max(x.is_original) = 1 AND CAST({sum[x.amount]} AS TEXT) LIKE '-%' FROM ("
    "SELECT o.amount, 1 AS is_original FROM charges o WHERE o.partner_id = {t}.partner_id"
    " AND substr(o.transaction_ref, 1, 100) = substr({t}.original_ref, 1, 100)"
    " AND o.transaction_ref = {t}.original_ref AND o.currency = {t}.currency"
    " AND o.original_ref IS NULL AND o.charge_type = 'EXPENDITURE'"
    " UNION ALL SELECT r.amount, 0 FROM charges r WHERE r.partner_id = {t}.partner_id"
    " AND substr(r.original_ref, 1, 100) = substr({t}.original_ref, 1, 100)"
    " AND r.original_ref = {t}.original_ref AND r.currency = {t}.currency"
    " AND r.charge_type <> 'TAX' AND r.id <= {t}.id) x) END"
)

CHARGE = Shape(
    "Charge",
    "charges {t}",
    {
        "id": Word("'chg_' || {t}.id"),
        "chargeType": Word("{t}.charge_type"),
        "category": Word("{t}.category"),
        "market": Word("{t}.market"),
        "product": Text("{t}.product"),
        "region": Text("{t}.region"),
        "resource": Text("{t}.resource"),
        "billingMode": Word("{t}.billing_mode"),
        "transaction": Text("{t}.transaction_ref"),
        "originalCharge": Text("{t}.original_ref"),
        "description": Text("{t}.description"),
        "account": Text("{t}.account"),
        "usageStart": Instant("{t}.usage_start"),
        "usageEnd": Instant("{t}.usage_end"),
        "postedAt": Instant("{t}.posted_at"),
        "quantity": Quantity("{t}.quantity"),
        "unit": Text("{t}.unit"),
        "listAmount": Amount("{t}.list_amount", is_nullable=True),
        "discount": Amount("{t}.list_amount", minus="{t}.amount", is_nullable=True),
        "amount": Amount("{t}.amount"),
        "cycle": Word("{t}.cycle"),
        "originCycle": Word("{t}.origin_cycle"),
        "customer": One("Customer", of_partner("{c}.id = {t}.customer_id")),
        "reason": Word("{t}.reason", is_nullable=True),
        "refundReason": Word(_REFUND_REASON, is_nullable=True),
        "isCorrection": Flag(f"({{t}}.corrects_id IS NOT NULL OR ({IS_CORRECTING_BILL}))"),
        "isBeyondOriginal": Flag(_IS_BEYOND),
        "correctedCharge": One("Charge", of_partner("{c}.id = {t}.corrects_id")),
        "correctedBill": One(
            "Bill",
            "{c}.partner_id = {t}.partner_id AND {c}.cycle = {t}.origin_cycle"
            " AND {c}.kind = {t}.kind AND {c}.currency = {t}.currency"
            f" AND {IS_CORRECTING_BILL}",
        ),
    },
    tenant="{t}.partner_id",
)

FILTERS = {
    "chargeType": Filter("{c}.charge_type = {v}"),
    "market": Filter("{c}.market = {v}"),
    "product": Filter("{c}.product = {v}", recipe=text_filter),
    "regions": Filter(column="coalesce({c}.region, '')", recipe=none_as_empty),
}

CHARGE_BY_ID = Root(CHARGE, filters={"id": identity(IdPrefix.CHARGE)})
