"""What changed from one version of a bill to another, in either direction (I13).

A line is a product line, known by customer, product, market and region, or a derived line, known by
type, name and coupon; tax in the charges shows in the derived line that it makes. Versions are
immutable, so the smallest row number of a line in the two is a key that stays.
"""

from models.reads import charges
from models.reads.engine.shapes import (
    Amount,
    Connection,
    Embedded,
    Filter,
    Key,
    Number,
    One,
    Root,
    Shape,
    Text,
    Word,
    identity,
    of_partner,
)
from models.rules.ids import IdPrefix

_SIDES = "l.version_id = {p}from.id AS is_before, l.version_id = {p}to.id AS is_after"
_OF_EITHER = "WHERE l.partner_id = {p}.partner_id AND l.version_id IN ({p}from.id, {p}to.id)"
# What is not told of the other kind of line is NULL, which groups like any value.
_ROWS = (
    "(SELECT 1 AS section, l.id, l.customer_id, l.product, l.market, l.region,"
    " CAST(NULL AS TEXT) AS line_type, CAST(NULL AS TEXT) AS name,"
    " CAST(NULL AS BIGINT) AS coupon_id, l.total AS amount, l.charge_count, l.checksum,"
    f" {_SIDES} FROM product_lines l {_OF_EITHER}"
    " UNION ALL SELECT 2, l.id, NULL, NULL, NULL, NULL, l.line_type, l.name, l.coupon_id,"
    f" l.amount, 0, 0, {_SIDES} FROM derived_lines l {_OF_EITHER}) r"
)
_KEY = "section, customer_id, product, market, region, line_type, name, coupon_id"


def _whole(number: str, side: str) -> str:
    return f"CAST(coalesce(sum({number}) FILTER (WHERE r.{side}), 0) AS BIGINT)"


_GROUPED = (
    f"(SELECT {_KEY}, min(r.id) AS first_id,"
    " {sum_if[r.amount,r.is_before]} AS before, {sum_if[r.amount,r.is_after]} AS after,"
    " count(*) FILTER (WHERE r.is_before) AS rows_before,"
    " count(*) FILTER (WHERE r.is_after) AS rows_after,"
    f" {_whole('r.charge_count', 'is_before')} AS charges_before,"
    f" {_whole('r.charge_count', 'is_after')} AS charges_after,"
    f" {_whole('r.checksum', 'is_before')} AS checksum_before,"
    f" {_whole('r.checksum', 'is_after')} AS checksum_after"
    f" FROM {_ROWS} GROUP BY {_KEY}) g"
)
_LINES = (
    "(SELECT g.*, {p}.partner_id AS partner_id, {p}.currency AS currency,"
    " {minus[g.after,g.before]} AS difference,"
    " CASE WHEN g.rows_before = 0 THEN 'ADDED' WHEN g.rows_after = 0 THEN 'REMOVED'"
    f" ELSE 'CHANGED' END AS change FROM {_GROUPED} WHERE g.rows_before = 0 OR g.rows_after = 0"
    " OR g.before <> g.after OR g.charges_before <> g.charges_after"
    " OR g.checksum_before <> g.checksum_after)"
)

DIFF_LINE = Shape(
    "DiffLine",
    _LINES + " {t}",
    {
        "change": Word("{t}.change"),
        "customer": One("Customer", of_partner("{c}.id = {t}.customer_id")),
        "product": Text("{t}.product"),
        "market": Word("{t}.market", is_nullable=True),
        "region": Text("{t}.region"),
        "derivedType": Word("{t}.line_type", is_nullable=True),
        "name": Text("{t}.name"),
        "before": Amount("CASE WHEN {t}.rows_before > 0 THEN {t}.before END", is_nullable=True),
        "after": Amount("CASE WHEN {t}.rows_after > 0 THEN {t}.after END", is_nullable=True),
        "difference": Amount("{t}.difference"),
        "chargeCountBefore": Number("{t}.charges_before"),
        "chargeCountAfter": Number("{t}.charges_after"),
    },
)

DIFF_TOTALS = Shape(
    "DiffTotals",
    "",
    {
        name: Amount(f"{{t}}to.{column}", minus=f"{{t}}from.{column}")
        for name, column in (
            ("expenditures", "expenditures"),
            ("refunds", "refunds"),
            ("adjustments", "adjustments"),
            ("settlement", "settlement"),
            ("coupons", "coupons"),
            ("rounding", "rounding"),
            ("tax", "tax"),
            ("billAmount", "bill_amount"),
        )
    },
)

DIFF_CHANGES = Shape(
    "DiffChanges",
    "(SELECT {p}.currency AS currency, {sum_if[x.after,x.change = 'ADDED']} AS added,"
    " {sum_if[x.before,x.change = 'REMOVED']} AS removed,"
    " {sum_if[x.difference,x.change = 'CHANGED']} AS changed,"
    " count(*) FILTER (WHERE x.change = 'ADDED') AS added_count,"
    " count(*) FILTER (WHERE x.change = 'REMOVED') AS removed_count,"
    " count(*) FILTER (WHERE x.change = 'CHANGED') AS changed_count"
    f" FROM {_LINES} x) {{t}}",
    {
        "addedTotal": Amount("{t}.added"),
        "removedTotal": Amount("{t}.removed"),
        "changedTotal": Amount("{t}.changed"),
        "addedCount": Number("{t}.added_count"),
        "removedCount": Number("{t}.removed_count"),
        "changedCount": Number("{t}.changed_count"),
    },
)


def _posting(order: str) -> str:
    """The through-posting of the version that is older (`<`) or newer (`>`) than the other."""
    return (
        f"CASE WHEN {{t}}from.number {order} {{t}}to.number THEN {{t}}from.through_posting"
        " ELSE {t}to.through_posting END"
    )


BILL_DIFF = Shape(
    "BillDiff",
    "bills {t} JOIN bill_versions {t}from"
    " ON {t}from.partner_id = {t}.partner_id AND {t}from.bill_id = {t}.id"
    " JOIN bill_versions {t}to ON {t}to.partner_id = {t}.partner_id AND {t}to.bill_id = {t}.id",
    {
        "bill": One("Bill", of_partner("{c}.id = {t}.id")),
        "from": One("BillVersion", of_partner("{c}.id = {t}from.id")),
        "to": One("BillVersion", of_partner("{c}.id = {t}to.id")),
        "totals": Embedded("DiffTotals"),
        "changes": One("DiffChanges", "TRUE"),
        "lines": Connection(
            "DiffLine",
            "TRUE",
            (Key("{c}.section", "small"), Key("{c}.first_id")),
            filters={"change": Filter("{c}.change = {v}")},
        ),
        "charges": Connection(
            "Charge",
            "{c}.partner_id = {t}.partner_id AND {c}.cycle = {t}.cycle AND {c}.kind = {t}.kind"
            " AND {c}.currency = {t}.currency"
            f" AND {{c}}.posting > {_posting('<')} AND {{c}}.posting <= {_posting('>')}",
            (Key("{c}.id"),),
            filters=charges.FILTERS,
        ),
    },
    tenant="{t}.partner_id",
)

BILL_DIFF_OF = Root(
    BILL_DIFF,
    filters={
        "billId": identity(IdPrefix.BILL),
        "from": Filter("{c}from.number = {v}"),
        "to": Filter("{c}to.number = {v}"),
    },
)
