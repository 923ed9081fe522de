"""The three pages that are asked for, and how each server spells them.

The fields and their amounts are the same for all. Ours has amounts as objects with a currency and
lists as pages, as its schema does; a peer has plain strings and lists, which is less work for it.
"""

from dataclasses import dataclass
from enum import StrEnum

import orjson


class Page(StrEnum):
    """What is asked for, as in the bars."""

    Q1 = "Q1"
    Q2 = "Q2"
    Q3 = "Q3"


@dataclass(frozen=True, slots=True)
class Window:
    """How many rows of each list."""

    bills: int = 12
    customers: int = 0
    lines: int = 0


WINDOWS = {Page.Q1: Window(), Page.Q2: Window(0, 20, 5), Page.Q3: Window(0, 200, 20)}
MEANINGS = {
    Page.Q1: "a partner and 12 bills",
    Page.Q2: "a bill, 20 customers × 5 lines",
    Page.Q3: "a bill, 200 customers × 20 lines",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request without its token."""

    method: str
    path: str
    body: bytes = b""


class Spelling:
    """GraphQL by POST: two documents, and the ids that they take."""

    def __init__(self, partner: str, bill: str, *, prefixes: tuple[str, str] = ("", "")) -> None:
        self._documents = {"partner": partner, "bill": bill}
        self._prefixes = dict(zip(("partner", "bill"), prefixes, strict=True))

    def document(self, page: Page) -> str:
        """The GraphQL document for a page."""
        window = WINDOWS[page]
        text = self._documents[subject(page)]
        sizes = {"BILLS": window.bills, "CUSTOMERS": window.customers, "LINES": window.lines}
        for name, size in sizes.items():
            text = text.replace(name, str(size))
        return " ".join(text.split())

    def call(self, page: Page, number: int) -> Call:
        """Ask for the page of the partner or the bill with this number."""
        variables = {"id": f"{self._prefixes[subject(page)]}{number}"}
        body = {"query": self.document(page), "variables": variables}
        return Call("POST", "/graphql", orjson.dumps(body))


class Routes:
    """The limit's addresses."""

    def call(self, page: Page, number: int) -> Call:
        """Ask for the page of the partner or the bill with this number."""
        window = WINDOWS[page]
        if subject(page) == "partner":
            return Call("GET", f"/partners/{number}")
        return Call("GET", f"/bills/{number}/{window.customers}/{window.lines}")


def subject(page: Page) -> str:
    """What a page is of: its root field's name."""
    return "partner" if page is Page.Q1 else "bill"


OURS = Spelling(
    """query Partner($id: ID!) { partner(id: $id) { id name bills(first: BILLS) { nodes {
        id cycle status
        totals { settlement { amount } billAmount { amount } amountDue { amount } }
    } } } }""",
    """query Bill($id: ID!) { bill(id: $id) { id cycle status totals { billAmount { amount } }
        customers(first: CUSTOMERS) { nodes { customer { name } total { amount }
            productLines(first: LINES) { nodes {
                product region expenditures { amount } total { amount }
    } } } } } }""",
    prefixes=("prt_", "bil_"),
)
PLAIN = Spelling(
    """query Partner($id: ID!) { partner(id: $id) { id name bills(first: BILLS) {
        id cycle status settlement billAmount amountDue
    } } }""",
    """query Bill($id: ID!) { bill(id: $id) { id cycle status billAmount
        customers(first: CUSTOMERS) { name total
            productLines(first: LINES) { product region expenditures total }
    } } }""",
)
# Made by PostGraphile from the tables, with the names given to references in its configuration.
TABLES = Spelling(
    """query Partner($id: BigInt!) { partner: myPartner(id: $id) { id: rowId name
        bills: billsByPartnerId(first: BILLS, orderBy: [CYCLE_DESC, ROW_ID_DESC]) { nodes {
            id: rowId cycle status content { settlement billAmount amountDue }
    } } } }""",
    """query Bill($id: BigInt!) { bill: myBill(id: $id) { id: rowId cycle status content {
        billAmount customers(first: CUSTOMERS, orderBy: RANK_ASC) { nodes {
            customer { name } total productLines(first: LINES, orderBy: RANK_ASC) { nodes {
                product region expenditures total
    } } } } } } }""",
)
