"""A partner's books as the API shows them, added up again by hand (the identities of domain.md)."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact, localcontext
from typing import Any

Ask = Callable[..., Awaitable[Any]]
Row = dict[str, Any]

_EXACT = Context(prec=90, traps=[Inexact])
_ADDENDS = "expenditures { amount } refunds { amount } adjustments { amount } total { amount }"
_PAGE = "totalCount pageInfo { hasNextPage endCursor }"
_LINE = f"product market region chargeCount {_ADDENDS}"
_LINES = f"productLines(first: 100) {{ {_PAGE} nodes {{ {_LINE} }} }}"
_TOTALS = (
    *("expenditures", "refunds", "adjustments", "settlement", "coupons", "rounding", "tax"),
    *("billAmount", "amountDue", "creditAmount", "paid", "outstanding"),
)

_BILL = f"""query Bill($id: ID!) {{ bill(id: $id) {{
  id cycle kind currency status paymentStatus version digest chargeCount customerCount
  totals {{ {" ".join(f"{name} {{ amount }}" for name in _TOTALS)} }}
  regions {{ region expenditures {{ amount }} }}
  others {{ refunds {{ amount }} adjustments {{ amount }} total {{ amount }} }}
  unassigned {{ chargeCount {_ADDENDS} {_LINES} }} }} }}"""
_PRODUCTS = f"""query Products($id: ID!, $after: Cursor) {{ bill(id: $id) {{
  page: products(first: 20, after: $after) {{
    {_PAGE} nodes {{ product market expenditures {{ amount }} }} }} }} }}"""
_CUSTOMERS = f"""query Customers($id: ID!, $after: Cursor) {{ bill(id: $id) {{
  page: customers(first: 25, after: $after) {{ {_PAGE} nodes {{
    customer {{ id account }} chargeCount {_ADDENDS} {_LINES} }} }} }} }}"""
_CHARGES = f"""query Charges($id: ID!, $after: Cursor) {{ bill(id: $id) {{
  page: charges(first: 100, after: $after) {{ {_PAGE} nodes {{
    id chargeType product market region cycle originCycle account
    amount {{ amount currency }} customer {{ id }} }} }} }} }}"""
_PARTNER = """{ viewer { partner {
  amountsDue { currency newestCycle { amount } earlierCycles { amount } total { amount } }
  deposits { currency balance { amount } } } } }"""
PAYMENT = """id status method reversedAt paidAt amount { amount currency }
  allocations { amount { amount } bill { id } }"""


def sigma(amounts: Iterable[Decimal | str | int]) -> Decimal:
    """The exact sum."""
    with localcontext(_EXACT):
        return sum((Decimal(amount) for amount in amounts), Decimal(0))


def rounded(amount: Decimal) -> Decimal:
    """Half up to cents."""
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP, Context(prec=90))


def amounts(row: Row) -> dict[str, Decimal]:
    """The amounts of a row by name."""
    return {
        name: Decimal(value["amount"])
        for name, value in row.items()
        if isinstance(value, dict) and "amount" in value
    }


@dataclass(frozen=True)
class Book:
    """One bill, read to the last page."""

    bill: Row
    products: list[Row]
    customers: list[Row]
    charges: list[Row]

    @property
    def totals(self) -> dict[str, Decimal]:
        """The head of the bill."""
        return amounts(self.bill["totals"])

    def check(self) -> None:
        """Recompute it from its lines: I1, I4 to I6, I8 to I10."""
        self._check_head()
        self._check_views()
        self._check_levels()

    def _check_head(self) -> None:
        total, sums = self.totals, self._by_type(self.charges)
        assert {(c["amount"]["currency"], c["cycle"]) for c in self.charges} == {
            (self.bill["currency"], self.bill["cycle"])
        }
        for name in ("expenditures", "refunds", "adjustments"):
            assert total[name] == sums[name], name
        assert total["settlement"] == sums["total"]
        exact = sigma((total["settlement"], -total["coupons"]))
        assert total["rounding"] == sigma((rounded(exact), -exact))
        assert total["tax"] == rounded(sums["tax"])
        assert total["billAmount"] == rounded(exact) + total["tax"]
        assert total["amountDue"] == max(0, total["billAmount"])
        assert total["creditAmount"] == max(0, -total["billAmount"])
        assert total["outstanding"] == total["amountDue"] - total["paid"]
        assert 0 <= total["outstanding"] <= total["amountDue"]

    def _check_views(self) -> None:
        total, others = self.totals, amounts(self.bill["others"])
        for rows in (self.products, self.bill["regions"]):
            assert sigma(row["expenditures"]["amount"] for row in rows) == total["expenditures"]
        assert (others["refunds"], others["adjustments"]) == (
            total["refunds"], total["adjustments"],
        )  # fmt: skip
        assert others["total"] == others["refunds"] + others["adjustments"]
        products: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for charge in self.charges:
            if charge["chargeType"] == "EXPENDITURE":
                key = (charge["product"], charge["market"])
                products[key] = sigma((products[key], charge["amount"]["amount"]))
        shown = {(row["product"], row["market"]): amounts(row)["expenditures"] for row in
                 self.products}  # fmt: skip
        assert {key: shown.get(key, Decimal(0)) for key in products} == products
        assert all(amount == 0 for key, amount in shown.items() if key not in products)

    def _check_levels(self) -> None:
        assert len(self.charges) == self.bill["chargeCount"]
        assert len(self.customers) == self.bill["customerCount"]
        grouped: dict[Any, list[Row]] = defaultdict(list)
        for charge in self.charges:
            customer = charge["customer"] and charge["customer"]["id"]
            grouped[customer, charge["product"], charge["market"], charge["region"]].append(charge)
        owners = [(row["customer"]["id"], row) for row in self.customers]
        for customer, row in [*owners, (None, self.bill["unassigned"])]:
            page = row["productLines"]
            assert not page["pageInfo"]["hasNextPage"]
            for name in ("expenditures", "refunds", "adjustments", "total"):
                lines = [line[name]["amount"] for line in page["nodes"]]
                assert sigma(lines) == Decimal(row[name]["amount"]), (customer, name)
            assert sum(line["chargeCount"] for line in page["nodes"]) == row["chargeCount"]
            for line in page["nodes"]:
                children = grouped.pop((customer, line["product"], line["market"], line["region"]))
                assert line["chargeCount"] == len(children)
                sums = self._by_type(children)
                assert amounts(line) == {k: v for k, v in sums.items() if k != "tax"}
        assert grouped == {}

    @staticmethod
    def _by_type(charges: list[Row]) -> dict[str, Decimal]:
        def of(kind: str) -> Decimal:
            return sigma(c["amount"]["amount"] for c in charges if c["chargeType"] == kind)

        parts = {
            "expenditures": of("EXPENDITURE"),
            "refunds": of("REFUND"),
            "adjustments": of("ADJUSTMENT"),
        }
        return parts | {"total": sigma(parts.values()), "tax": of("TAX")}


async def read_book(ask: Ask, bill_id: str) -> Book:
    """A bill whose lines add up, with all of them."""
    bill = (await ask(_BILL, {"id": bill_id}))["bill"]
    pages = [await _every(ask, query, bill_id) for query in (_PRODUCTS, _CUSTOMERS, _CHARGES)]
    book = Book(bill, *pages)
    book.check()
    return book


async def every_row(ask: Ask, connection: str, selection: str, arguments: str = "") -> list[Row]:
    """All nodes of a connection of the viewer's partner, to the last page."""
    field = f"{connection}(first: 100, after: $after {arguments})"
    query = f"""query Page($after: Cursor) {{ viewer {{ partner {{
      page: {field} {{ {_PAGE} nodes {{ {selection} }} }} }} }} }}"""

    async def read(after: str | None) -> Row:
        row: Row = (await ask(query, {"after": after}))["viewer"]["partner"]["page"]
        return row

    return await _to_the_end(read)


async def _every(ask: Ask, query: str, bill_id: str) -> list[Row]:
    async def read(after: str | None) -> Row:
        row: Row = (await ask(query, {"id": bill_id, "after": after}))["bill"]["page"]
        return row

    return await _to_the_end(read)


async def _to_the_end(read: Callable[[str | None], Awaitable[Row]]) -> list[Row]:
    nodes: list[Row] = []
    after = None
    while True:
        page = await read(after)
        nodes += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            assert len(nodes) == page["totalCount"]
            return nodes
        after = page["pageInfo"]["endCursor"]


async def read_books(ask: Ask) -> dict[tuple[str, str], Book]:
    """All bills of the viewer's partner by cycle and kind, the pane and payments held against them.

    I6 and I7; all bills are in one currency.
    """
    partner = (await ask(_PARTNER))["viewer"]["partner"]
    books = [await read_book(ask, row["id"]) for row in await every_row(ask, "bills", "id")]
    paid: dict[str, list[str]] = defaultdict(list)
    for payment in await every_row(ask, "payments", PAYMENT):
        parts = [part["amount"]["amount"] for part in payment["allocations"]]
        assert sigma(parts) == Decimal(payment["amount"]["amount"])
        if payment["reversedAt"] is None:
            for part in payment["allocations"]:
                paid[part["bill"]["id"]].append(part["amount"]["amount"])
    for book in books:
        assert book.totals["paid"] == sigma(paid[book.bill["id"]])
    _check_pane(partner["amountsDue"], books)
    return {(book.bill["cycle"], book.bill["kind"]): book for book in books}


def _check_pane(pane: list[Row], books: list[Book]) -> None:
    if not books:
        assert pane == []
        return
    [due] = [amounts(row) for row in pane]
    newest = max(book.bill["cycle"] for book in books)
    for name, is_newest in (("newestCycle", True), ("earlierCycles", False)):
        of_cycle = [b for b in books if (b.bill["cycle"] == newest) is is_newest]
        assert due[name] == sigma(b.totals["outstanding"] for b in of_cycle)
    assert due["total"] == due["newestCycle"] + due["earlierCycles"]
