"""Explanations over the API: the whole tree in one request, down to the lines, and adding up."""

from collections.abc import Iterator
from typing import Any

import pytest

from models.adapters.database import Database
from models.rules.explanations import BillAmount
from models.rules.principals import Role
from tests.api.client import Client
from tests.lives import a_life
from tests.stories.books import sigma

NODE = "label reason line amount { amount currency }"


def tree(levels: int) -> str:
    """A selection of that many levels."""
    return NODE if levels == 1 else f"{NODE} addends {{ {tree(levels - 1)} }}"


WHOLE = f"""query E($bill: ID!, $amount: BillAmount!, $first: Int) {{ bill(id: $bill) {{
  totals {{ outstanding {{ amount }} billAmount {{ amount }} coupons {{ amount }} }}
  explain(amount: $amount, first: $first) {{ {tree(7)} }} }} }}"""


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for addend in node.get("addends", []):
        yield from nodes(addend)


@pytest.mark.parametrize("first", [1, 2, 100])
@pytest.mark.parametrize("amount", list(BillAmount))
async def test_the_whole_tree_adds_up(
    api: Client, db: Database, amount: BillAmount, first: int
) -> None:
    life = await a_life(db)
    api.sign_in(Role.PARTNER_VIEWER, life.partner)
    asked = {"bill": f"bil_{life.bill}", "amount": amount.value, "first": first}
    root = (await api.ask(WHOLE, asked))["bill"]["explain"]
    for node in nodes(root):
        below = node.get("addends", [])
        if below:
            assert node["amount"]["amount"] == format(
                sigma(addend["amount"]["amount"] for addend in below).normalize(), "f"
            ), node["label"]
        assert node["label"] != "Not explained"
        assert len(below) <= first + 2 or first == 1


async def test_it_leads_from_what_is_outstanding_to_lines_and_payments(
    api: Client, db: Database
) -> None:
    life = await a_life(db)
    api.sign_in(Role.PARTNER_VIEWER, life.partner)
    asked = {"bill": f"bil_{life.bill}", "amount": "OUTSTANDING", "first": 1}
    bill = (await api.ask(WHOLE, asked))["bill"]
    root = bill["explain"]
    assert root["amount"]["amount"] == bill["totals"]["outstanding"]["amount"] == "204.16"
    assert root["reason"] == "234.16 USD is due, of which 30.00 USD was paid."
    told = [(n["label"], n["amount"]["amount"], (n["line"] or "")[:4]) for n in nodes(root)]
    assert told == [
        ("Outstanding", "204.16", ""),
        ("Amount due", "234.16", ""),
        ("Bill amount", "234.16", ""),
        ("Settlement", "269.843300000000000002", ""),
        ("Expenditures", "286.843300000000000002", ""),
        ("Elastic Cloud Server", "103.338300000000000001", "pln_"),
        ("5 more lines", "183.505000000000000001", ""),
        ("Refunds", "-14.5", ""),
        ("Elastic Cloud Server", "-7.25", "pln_"),
        ("1 more line", "-7.25", ""),
        ("Adjustments", "-2.5", ""),
        ("Elastic Cloud Server", "-2.5", "pln_"),
        ("Coupons", "-50.125", ""),
        ("Welcome", "-50.125", "dln_"),
        ("Rounding", "0.001699999999999998", ""),
        ("Rounded", "219.72", ""),
        ("Exact", "-219.718300000000000002", ""),
        ("Tax", "14.44", ""),
        ("VAT", "13.18", "dln_"),
        ("6 % of 219.718300000000000002 USD", "13.18309800000000000012", ""),
        ("Rounding", "-0.00309800000000000012", ""),
        ("City tax", "0.55", "dln_"),
        ("0.25 % of 219.718300000000000002 USD", "0.549295750000000000005", ""),
        ("Rounding", "0.000704249999999999995", ""),
        ("Imported tax", "0.71", "dln_"),
        ("Elastic Cloud Server", "0.405", "pln_"),
        ("1 more line", "0.305", ""),
        ("Payments", "-30", ""),
        ("Payment", "-20", "pay_"),
        ("1 more payment", "-10", ""),
    ]
    reasons = {n["label"]: n["reason"] for n in nodes(root)}
    assert reasons["VAT"] == "6 % of 219.718300000000000002 USD, rounded half up."
    line = next(n for n in nodes(root) if n["line"] and n["line"].startswith("pln_"))
    assert line["reason"] == (
        "The expenditures among 6 charges of Northwind-1, in the cloud, cn-north-4."
    )


async def test_pages_of_an_explanation_are_bounded(api: Client, db: Database) -> None:
    life = await a_life(db)
    api.sign_in(Role.PARTNER_VIEWER, life.partner)
    asked = {"bill": f"bil_{life.bill}", "amount": "TAX", "first": 101}
    assert await api.refuse(WHOLE, asked) == "PAGE_TOO_LARGE"
    assert await api.refuse(WHOLE, {**asked, "first": 0}) == "INVALID_INPUT"


async def test_the_whole_tree_can_be_asked_for_below_the_viewer(api: Client, db: Database) -> None:
    life = await a_life(db)
    api.sign_in(Role.PARTNER_VIEWER, life.partner)
    below = f"explain(amount: OUTSTANDING) {{ {tree(6)} }}"
    query = f"{{ viewer {{ partner {{ bills(first: 5) {{ nodes {{ {below} }} }} }} }} }}"
    [bill] = (await api.ask(query))["viewer"]["partner"]["bills"]["nodes"]
    assert bill["explain"]["label"] == "Outstanding"
