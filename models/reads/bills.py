"""Bills and what they consist of: by product, by customer, line by line."""

from models.reads import (
    accuracy,
    audit,
    available_actions,
    charges,
    deliveries,
    disputes,
    explanations,
    invoices,
    reconciliation,
    versions,
)
from models.reads.engine.shapes import (
    Amount,
    Connection,
    Embedded,
    Filter,
    Flag,
    Instant,
    Key,
    Many,
    Number,
    One,
    Root,
    Shape,
    Source,
    Text,
    Word,
    identity,
    none_as_empty,
    of_partner,
)
from models.reads.payables import IS_RESERVED
from models.rules.ids import IdPrefix

# The same answer as rules.states.payment_status gives, from one row.
PAYMENT_STATUS = (
    "CASE WHEN {t}v.amount_due = {zero} THEN 'NOTHING_DUE'"
    " WHEN NOT ({t}.status = 'CONFIRMED'"
    " OR ({t}.status = 'ISSUED' AND NOT {t}.confirmation_required)) THEN 'NOT_PAYABLE'"
    " WHEN {t}.paid = {zero} THEN 'UNPAID'"
    " WHEN {t}.paid = {t}v.amount_due THEN 'PAID' ELSE 'PARTIALLY_PAID' END"
)
IS_OUTSTANDING = "({t}v.amount_due <> {zero} AND {t}.paid <> {t}v.amount_due)"


def _child(template: str) -> str:
    return template.replace("{t}", "{c}")


TOTALS = Shape(
    "BillTotals",
    "",
    {
        **versions.version_totals("{t}v"),
        "paid": Amount("{t}.paid"),
        "outstanding": Amount("{t}v.amount_due", minus="{t}.paid"),
    },
)

OTHERS = Shape(
    "Others",
    "",
    {
        "refunds": Amount("{t}v.refunds"),
        "adjustments": Amount("{t}v.adjustments"),
        "total": Amount("{t}v.settlement", minus="{t}v.expenditures"),
    },
)

_SUMS = (
    "{sum[l.expenditures]} AS expenditures, {sum[l.refunds]} AS refunds,"
    " {sum[l.adjustments]} AS adjustments, {sum[l.total]} AS total,"
    " CAST(coalesce(sum(l.charge_count), 0) AS BIGINT) AS charge_count"
)
_ADDENDS: dict[str, Source] = {
    "expenditures": Amount("{t}.expenditures"),
    "refunds": Amount("{t}.refunds"),
    "adjustments": Amount("{t}.adjustments"),
    "total": Amount("{t}.total"),
    "chargeCount": Number("{t}.charge_count"),
}

# A list of what a version consists of goes on in the version in which it began: its pages add up.
# A cursor of another bill is a mere position in the current one.
_IN_VERSION = (Key("{c}.version_id"), Key("{c}.rank", "small"))
_BEGUN = of_partner(
    "{c}.version_id = coalesce((SELECT o.id FROM bill_versions o JOIN bill_versions n"
    " ON n.partner_id = o.partner_id AND n.bill_id = o.bill_id"
    " WHERE o.partner_id = {t}.partner_id AND o.id = {v} AND n.id = {t}.version_id),"
    " {t}.version_id)"
)

PRODUCT_LINE = Shape(
    "ProductLine",
    "product_lines {t}",
    {
        "id": Word("'pln_' || {t}.id"),
        "product": Text("{t}.product"),
        "market": Word("{t}.market"),
        "region": Text("{t}.region"),
        **_ADDENDS,
        "charges": Connection(
            "Charge",
            charges.ON_VERSION
            + " AND {c}.product = {t}.product AND {c}.market = {t}.market"
            + " AND ({c}.region = {t}.region OR ({c}.region IS NULL AND {t}.region IS NULL))"
            + " AND ({c}.customer_id = {t}.customer_id"
            + " OR ({c}.customer_id IS NULL AND {t}.customer_id IS NULL))",
            (Key("{c}.id"),),
            filters=charges.FILTERS,
        ),
    },
)

BILL_CUSTOMER = Shape(
    "BillCustomer",
    "bill_customers {t}",
    {
        "id": Word("'blc_' || {t}.id"),
        "customer": One("Customer", of_partner("{c}.id = {t}.customer_id")),
        **_ADDENDS,
        "productLines": Connection(
            "ProductLine",
            of_partner("{c}.version_id = {t}.version_id AND {c}.customer_id = {t}.customer_id"),
            _IN_VERSION,
            where_after=_BEGUN + " AND {c}.customer_id = {t}.customer_id",
        ),
        "charges": Connection(
            "Charge",
            charges.ON_VERSION + " AND {c}.customer_id = {t}.customer_id",
            (Key("{c}.id"),),
            filters=charges.FILTERS,
        ),
    },
)

PRODUCT = Shape(
    "ProductSummary",
    "(SELECT l.product, l.market, max(l.currency) AS currency, {sum[l.expenditures]}"
    " AS expenditures FROM product_lines l"
    " WHERE l.partner_id = {p}.partner_id AND l.version_id = {p}.version_id{filters}"
    " GROUP BY l.product, l.market) {t}",
    {
        "product": Text("{t}.product"),
        "market": Word("{t}.market"),
        "expenditures": Amount("{t}.expenditures"),
    },
)

REGION = Shape(
    "RegionSummary",
    "(SELECT l.region, max(l.currency) AS currency, {sum[l.expenditures]} AS expenditures"
    " FROM product_lines l WHERE l.partner_id = {p}.partner_id"
    " AND l.version_id = {p}.version_id GROUP BY l.region) {t}",
    {"region": Text("{t}.region"), "expenditures": Amount("{t}.expenditures")},
)

UNASSIGNED = Shape(
    "UnassignedAmounts",
    "(SELECT {p}.partner_id AS partner_id, {p}.version_id AS version_id, {p}.currency AS currency, "
    + _SUMS
    + " FROM product_lines l WHERE l.partner_id = {p}.partner_id"
    " AND l.version_id = {p}.version_id AND l.customer_id IS NULL) {t}",
    {
        **_ADDENDS,
        "productLines": Connection(
            "ProductLine",
            of_partner("{c}.version_id = {t}.version_id AND {c}.customer_id IS NULL"),
            _IN_VERSION,
            where_after=_BEGUN + " AND {c}.customer_id IS NULL",
        ),
    },
)

# Every bill has its version. LEFT, since a database then leaves out of a statement what it does not
# need, and PostgreSQL knows that the join keeps every row: where the partner is known it would else
# expect a single one, and read all versions for a page of bills.
BILL = Shape(
    "Bill",
    "bills {t} LEFT JOIN bill_versions {t}v"
    " ON {t}v.partner_id = {t}.partner_id AND {t}v.id = {t}.version_id",
    {
        "id": Word("'bil_' || {t}.id"),
        "cycle": Word("{t}.cycle"),
        "kind": Word("{t}.kind"),
        "currency": Word("{t}.currency"),
        "status": Word("{t}.status"),
        "paymentStatus": Word(PAYMENT_STATUS),
        "isConfirmationRequired": Flag("{t}.confirmation_required"),
        "isOverdue": Flag(IS_OUTSTANDING + " AND {t}.due_at < {now}"),
        "isLate": Flag("{t}.is_late"),
        "issuedAt": Instant("{t}.issued_at"),
        "dueAt": Instant("{t}.due_at"),
        "confirmedAt": Instant("{t}.confirmed_at"),
        "version": Number("{t}.version"),
        "versionReason": Word("{t}v.reason"),
        "digest": Word("{t}v.digest"),
        "partner": One("Partner", "{c}.id = {t}.partner_id"),
        "totals": Embedded("BillTotals"),
        "chargeCount": Number("{t}v.charge_count"),
        "customerCount": Number("{t}v.customer_count"),
        "products": Connection(
            "ProductSummary",
            "TRUE",
            (Key("{c}.market{bytewise}", "text"), Key("{c}.product{bytewise}", "text")),
            filters={
                "regions": Filter(column="coalesce(l.region, '')", recipe=none_as_empty),
                "market": Filter("l.market = {v}"),
            },
        ),
        "regions": Many("RegionSummary", "TRUE", "{c}.region IS NULL, {c}.region{bytewise}"),
        "others": Embedded("Others"),
        "customers": Connection(
            "BillCustomer",
            of_partner("{c}.version_id = {t}.version_id"),
            _IN_VERSION,
            where_after=_BEGUN,
        ),
        "estimateAccuracy": accuracy.OF_BILL,
        "auditTrail": audit.OF_BILL,
        "availableActions": available_actions.OF_BILL,
        "unassigned": One("UnassignedAmounts", "TRUE"),
        "invoice": One("Invoice", invoices.OF_BILL),
        "charges": Connection(
            "Charge", charges.ON_BILL, (Key("{c}.id"),), filters=charges.FILTERS
        ),
        "payments": Connection("Allocation", of_partner("{c}.bill_id = {t}.id"), (Key("{c}.id"),)),
        "hasPaymentInProgress": Flag(IS_RESERVED.format(bill="{t}")),
        "corrections": Connection("Charge", charges.CORRECTING_BILL, (Key("{c}.id"),)),
        "disputes": Many("Dispute", disputes.OF_BILL, "{c}.id DESC"),
        "openDispute": One("Dispute", of_partner("{c}.bill_id = {t}.id AND {c}.status = 'OPEN'")),
        "deliveries": deliveries.OF_BILL,
        "derivedLines": versions.CURRENT_DERIVED_LINES,
        "versions": versions.OF_BILL,
        "reconciliation": reconciliation.RECONCILIATION,
        "explain": explanations.EXPLAIN,
    },
    tenant="{t}.partner_id",
)  # fmt: skip

BILL_FILTERS = {
    "cycle": Filter("{c}.cycle = {v}"),
    "fromCycle": Filter("{c}.cycle >= {v}"),
    "toCycle": Filter("{c}.cycle <= {v}"),
    "kind": Filter("{c}.kind = {v}"),
    "currency": Filter("{c}.currency = {v}"),
    "status": Filter(column="{c}.status"),
    "paymentStatus": Filter(column=f"({_child(PAYMENT_STATUS)})"),
    "isUnpaid": Filter(f"{_child(IS_OUTSTANDING)} = {{v}}"),
}
BILL_KEYS = (Key("{c}.cycle", "text"), Key("{c}.id"))

BILL_BY_ID = Root(BILL, filters={"id": identity(IdPrefix.BILL)})
