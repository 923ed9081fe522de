"""The ingredients of an explanation: totals, the largest lines, and what stands beside them."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from models.adapters.currencies import minor_digits
from models.reads.engine.ingredients import listed, members, sums, word, words
from models.reads.engine.made import money_json
from models.reads.engine.plans import Request
from models.reads.engine.shapes import Item, Made, Shape, Taken
from models.reads.reconciliation import TOTALS
from models.reads.versions import DERIVED_JSON, derived_line
from models.rules.explanations import BillAmount, Explained, Explanation, Lines, explain
from models.rules.ids import IdPrefix, public_id
from models.rules.money import EXACT, Money
from models.rules.totals import Totals

EXPLANATION = Shape(
    "Explanation",
    "",
    {
        "label": Item(),
        "reason": Item(),
        "amount": Item("Money"),
        "addends": Item("Explanation"),
        "line": Item(),
    },
)

_OF_LINES = ("expenditures", "refunds", "adjustments", "tax")
_LINE = {
    "id": "l.id",
    "product": "{json[l.product]}",
    "market": word("l.market"),
    "region": "coalesce({json[l.region]}, 'null')",
    "account": "coalesce({json[k.account]}, 'null')",
    "charges": "l.charge_count",
}


def _lines(rows: str, amount: str, line: Mapping[str, str]) -> str:
    """The largest `{first}` of some rows, and the count and sum of all of them."""
    largest = f"{rows} ORDER BY {{by_size[{amount}]}} DESC, l.id LIMIT {{first}}"
    return members(
        {
            "count": f"(SELECT count(*) FROM {rows})",
            "all": sums(rows, {"total": amount}),
            "largest": listed(largest, members({**line, "amount": word(amount)})),
        }
    )


def _product_lines(addend: str) -> str:
    rows = (
        "product_lines l LEFT JOIN customers k"
        " ON k.partner_id = l.partner_id AND k.id = l.customer_id"
        " WHERE l.partner_id = {t}.partner_id"
        f" AND l.version_id = {{t}}.version_id AND l.{addend} <> {{zero}}"
    )
    return _lines(rows, f"l.{addend}", _LINE)


_ALLOCATIONS = (
    "allocations l JOIN payments y ON y.partner_id = l.partner_id AND y.id = l.payment_id"
    " WHERE l.partner_id = {t}.partner_id AND l.bill_id = {t}.id AND y.status = 'SUCCEEDED'"
)
_INGREDIENTS = members(
    {
        "bill": words({"currency": "{t}.currency", "paid": "{t}.paid"}),
        "totals": words({name: f"{{t}}v.{name}" for name in TOTALS}),
        "derived": DERIVED_JSON,
        **{addend: _product_lines(addend) for addend in _OF_LINES},
        "payments": _lines(_ALLOCATIONS, "l.amount", {"id": "l.payment_id"}),
    }
)

_MARKETS = {"CLOUD": "in the cloud", "MARKETPLACE": "in the marketplace"}


def _product_line(addend: str) -> Callable[[Mapping[str, Any]], Explanation]:
    def line(found: Mapping[str, Any]) -> Explanation:
        places = (_MARKETS[found["market"]], found["region"] or "no region")
        owner = f"of {found['account']}" if found["account"] else "of no customer"
        says = f"The {addend} among {found['charges']} charges {owner}, {', '.join(places)}."
        line_id = public_id(IdPrefix.PRODUCT_LINE, found["id"])
        return Explanation(found["product"], says, Decimal(found["amount"]), line=line_id)

    return line


def _payment(found: Mapping[str, Any]) -> Explanation:
    payment_id = public_id(IdPrefix.PAYMENT, found["id"])
    amount = EXACT.minus(Decimal(found["amount"]))
    return Explanation("Payment", "The part that went to this bill.", amount, line=payment_id)


def _read(found: Mapping[str, Any], line: Callable[[Mapping[str, Any]], Explanation]) -> Lines:
    total = Decimal(found["all"]["total"])
    return Lines([line(row) for row in found["largest"]], found["count"], total)


def _explained(found: Mapping[str, Any]) -> Explained:
    bill = found["bill"]
    payments = _read(found["payments"], _payment)
    lines = {addend: _read(found[addend], _product_line(addend)) for addend in _OF_LINES}
    return Explained(
        totals=Totals(*(Decimal(found["totals"][name]) for name in TOTALS)),
        paid=Decimal(bill["paid"]),
        lines={
            **lines,
            "payments": Lines(payments.largest, payments.count, EXACT.minus(payments.total)),
        },
        derived=[
            (public_id(IdPrefix.DERIVED_LINE, line["id"]), derived_line(line))
            for line in found["derived"]
        ],
        currency=bill["currency"],
        digits=minor_digits(bill["currency"]),
    )


def _make(
    _request: Request, found: Mapping[str, Any], arguments: Mapping[str, Any]
) -> dict[str, Any]:
    bill = _explained(found)
    return _shown(explain(BillAmount(arguments["amount"]), bill), bill.currency)


def _shown(node: Explanation, currency: str) -> dict[str, Any]:
    return {
        "label": node.label,
        "reason": node.reason,
        "amount": money_json(Money(node.amount, currency)),
        "addends": [_shown(addend, currency) for addend in node.addends],
        "line": node.line,
    }


EXPLAIN = Made(_INGREDIENTS, _make, "Explanation", takes={"amount": Taken(), "first": Taken()})
