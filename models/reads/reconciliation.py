"""A bill held against everything that is stored about it: the sums behind its identities.

The charges are grouped once, in the database, whatever is asked.
"""

from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any

from models.adapters.currencies import minor_digits
from models.reads import charges
from models.reads.engine.ingredients import members, sums, words
from models.reads.engine.made import money_json
from models.reads.engine.plans import Request
from models.reads.engine.shapes import Item, Made, Shape
from models.reads.versions import DERIVED_JSON, derived_line
from models.rules.identities import Evidence, Gaps, Identity, Level, Moved, Pane, Views, identities
from models.rules.money import Money, exact_sum
from models.rules.totals import Sums, Totals

BILL_IDENTITY = Shape(
    "BillIdentity",
    "",
    {
        "name": Item(),
        "statement": Item(),
        "left": Item("Money"),
        "right": Item("Money"),
        "difference": Item("Money"),
        "isHeld": Item(),
    },
)

TOTALS = tuple(field.name for field in fields(Totals))
_LEVEL = tuple(field.name for field in fields(Level))
_TYPES = {
    "expenditures": "EXPENDITURE",
    "refunds": "REFUND",
    "adjustments": "ADJUSTMENT",
    "tax": "TAX",
}
_OF_VERSION = "l.partner_id = {t}.partner_id AND l.version_id = {t}.version_id"


def _level(rows: str) -> str:
    return sums(rows, {name: f"l.{name}" for name in _LEVEL})


def _distance(own: str, below: str) -> str:
    """A template: how far two amounts are apart, ≥ 0."""
    apart, other = f"{{minus[{own},{below}]}}", f"{{minus[{below},{own}]}}"
    return f"CASE WHEN {apart} < {{zero}} THEN {other} ELSE {apart} END"


_KEY = "customer_id, product, market, region"
_BY_TYPE = ", ".join(
    f"{{sum_if[c.amount,c.charge_type = '{charge_type}']}} AS {name}"
    for name, charge_type in _TYPES.items()
)
_LINES_AND_CHARGES = (
    f"SELECT {_KEY}, {{zero}} AS own, {_BY_TYPE} FROM charges c"
    f" WHERE {charges.ON_BILL.replace('{c}', 'c')} GROUP BY {_KEY}"
    f" UNION ALL SELECT {_KEY}, l.total, {{zero}}, {{zero}}, {{zero}}, {{zero}}"
    f" FROM product_lines l WHERE {_OF_VERSION}"
)
_MATCHED = (
    "SELECT g.*, {plus[g.expenditures,g.refunds,g.adjustments]} AS below"
    " FROM (SELECT {sum[u.own]} AS own, "
    + ", ".join(f"{{sum[u.{name}]}} AS {name}" for name in _TYPES)
    + f" FROM ({_LINES_AND_CHARGES}) u GROUP BY {_KEY}) g"
)
_CHARGES = sums(
    f"(SELECT m.*, {_distance('m.own', 'm.below')} AS apart FROM ({_MATCHED}) m) a",
    {**{name: f"a.{name}" for name in _TYPES}, "apart": "a.apart"},
)

_CUSTOMERS_AND_LINES = (
    "SELECT l.customer_id, l.total AS own, {zero} AS below FROM bill_customers l"
    f" WHERE {_OF_VERSION} UNION ALL SELECT l.customer_id, {{zero}}, l.total"
    f" FROM product_lines l WHERE {_OF_VERSION} AND l.customer_id IS NOT NULL"
)
_CUSTOMERS_APART = sums(
    f"(SELECT {_distance('m.own', 'm.below')} AS apart FROM (SELECT {{sum[u.own]}} AS own,"
    f" {{sum[u.below]}} AS below FROM ({_CUSTOMERS_AND_LINES}) u GROUP BY u.customer_id) m) a",
    {"apart": "a.apart"},
)


def _grouped(by: str) -> str:
    """The expenditures of the by-product view or of the regions, added up."""
    view = f"SELECT {{sum[l.expenditures]}} AS e FROM product_lines l WHERE {_OF_VERSION}"
    return sums(f"({view} GROUP BY {by}) x", {"total": "x.e"})


def _allocations(bills: str) -> str:
    rows = (
        "(SELECT a.amount, CASE WHEN y.status = 'REVERSED' THEN a.amount ELSE {zero} END AS back"
        " FROM allocations a JOIN payments y ON y.partner_id = a.partner_id AND y.id = a.payment_id"
        " WHERE a.partner_id = {t}.partner_id"
        f" AND y.status IN ('SUCCEEDED', 'REVERSED') AND a.bill_id IN ({bills})) x"
    )
    return sums(rows, {"allocated": "x.amount", "reversed": "x.back"})


_SAME = "b.partner_id = {t}.partner_id AND b.currency = {t}.currency"
_PANE = (
    "(SELECT v.amount_due AS due, {minus[v.amount_due,b.paid]} AS outstanding FROM bills b"
    f" JOIN bill_versions v ON v.partner_id = b.partner_id AND v.id = b.version_id WHERE {_SAME}) x"
)
_LEDGER = (
    "(SELECT e.amount FROM ledger_entries e WHERE e.partner_id = {t}.partner_id"
    " AND e.currency = {t}.currency AND e.account = 'RECEIVABLE' AND e.event = 'BILL'"
    " AND e.transaction_ref LIKE 'bil_' || {t}.id || '/%') x"
)

_IS_BOOKED = (
    "CASE WHEN {t}.status = 'CONFIRMED' OR NOT {t}.confirmation_required"
    " THEN 'true' ELSE 'false' END"
)

_INGREDIENTS = members(
    {
        "bill": words({name: f"{{t}}.{name}" for name in ("currency", "paid")}),
        "isBooked": _IS_BOOKED,
        "head": words({name: f"{{t}}v.{name}" for name in TOTALS}),
        "customers": _level(f"bill_customers l WHERE {_OF_VERSION}"),
        "unassigned": _level(f"product_lines l WHERE {_OF_VERSION} AND l.customer_id IS NULL"),
        "charges": _CHARGES,
        "customersApart": _CUSTOMERS_APART,
        "products": _grouped("l.product, l.market"),
        "regions": _grouped("l.region"),
        "others": sums(
            f"product_lines l WHERE {_OF_VERSION}",
            {"refunds": "l.refunds", "adjustments": "l.adjustments"},
        ),
        "derived": DERIVED_JSON,
        "moved": _allocations("{t}.id"),
        "ledger": sums(_LEDGER, {"total": "x.amount"}),
        "pane": sums(_PANE, {"due": "x.due", "outstanding": "x.outstanding"}),
        "paneMoved": _allocations(f"SELECT b.id FROM bills b WHERE {_SAME}"),
    }
)


def _amounts(texts: Mapping[str, str], *names: str) -> list[Decimal]:
    return [Decimal(texts[name]) for name in names]


def evidence(found: Mapping[str, Any]) -> Evidence:
    """The sums about a bill, from the ingredients that the database tells."""
    return Evidence(
        head=Totals(*_amounts(found["head"], *TOTALS)),
        customers=Level(*_amounts(found["customers"], *_LEVEL)),
        unassigned=Level(*_amounts(found["unassigned"], *_LEVEL)),
        charges=Sums(*_amounts(found["charges"], *_TYPES)),
        views=_views(found),
        gaps=Gaps(*(Decimal(found[level]["apart"]) for level in ("customersApart", "charges"))),
        derived=[derived_line(line) for line in found["derived"]],
        moved=_moved(found),
        pane=_pane(found),
        digits=minor_digits(found["bill"]["currency"]),
    )


def _views(found: Mapping[str, Any]) -> Views:
    products, regions = (Decimal(found[view]["total"]) for view in ("products", "regions"))
    return Views(products, regions, exact_sum(map(Decimal, found["others"].values())))


def _moved(found: Mapping[str, Any]) -> Moved:
    bill, moved = found["bill"], found["moved"]
    return Moved(
        paid=Decimal(bill["paid"]),
        allocated=Decimal(moved["allocated"]),
        reversed=Decimal(moved["reversed"]),
        ledger=Decimal(found["ledger"]["total"]),
        is_booked=found["isBooked"],
    )


def _pane(found: Mapping[str, Any]) -> Pane:
    return Pane(
        *_amounts(found["pane"], "outstanding", "due"),
        *_amounts(found["paneMoved"], "allocated", "reversed"),
    )


def _make(
    _request: Request, found: Mapping[str, Any], _arguments: Mapping[str, Any]
) -> list[dict[str, Any]]:
    currency = found["bill"]["currency"]
    return [_shown(identity, currency) for identity in identities(evidence(found))]


def _shown(identity: Identity, currency: str) -> dict[str, Any]:
    return {
        "name": identity.name,
        "statement": identity.statement,
        "left": money_json(Money(identity.left, currency)),
        "right": money_json(Money(identity.right, currency)),
        "difference": money_json(Money(identity.difference, currency)),
        "isHeld": identity.is_held,
    }


RECONCILIATION = Made(_INGREDIENTS, _make, "BillIdentity")
