"""Charges as they are shown: on a bill version, for a customer, for a product line."""

from models.reads.engine.shapes import (
    Amount,
    Filter,
    Instant,
    One,
    Quantity,
    Root,
    Shape,
    Text,
    Word,
    identity,
    none_as_empty,
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
_BILL = "FROM bill_versions v JOIN bills b ON b.id = v.bill_id WHERE v.id = {t}.version_id"
ON_VERSION = (
    "{c}.partner_id = {t}.partner_id AND {c}.currency = {t}.currency"
    f" AND {{c}}.cycle = (SELECT b.cycle {_BILL}) AND {{c}}.kind = (SELECT b.kind {_BILL})"
    f" AND {{c}}.posting <= (SELECT v.through_posting {_BILL})"
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
        "customer": One("Customer", "{c}.id = {t}.customer_id"),
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
