"""Versions of a bill, and what changed between them, on both sides exact (I13)."""

from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from models.adapters.database import Database
from models.rules.principals import Role
from models.tables.bills import BillVersion
from tests.api.client import Client
from tests.lives import Life, a_life
from tests.stories.books import sigma

DIFF = """query Diff($bill: ID!, $from: Int!, $to: Int!, $after: Cursor, $change: LineChange) {
  billDiff(billId: $bill, from: $from, to: $to) {
    bill { id } from { id number status } to { id number status }
    totals {
      expenditures { amount } refunds { amount } adjustments { amount } settlement { amount }
      coupons { amount } rounding { amount } tax { amount } billAmount { amount currency }
    }
    changes {
      addedTotal { amount } removedTotal { amount } changedTotal { amount }
      addedCount removedCount changedCount
    }
    lines(first: 2, after: $after, change: $change) {
      totalCount pageInfo { hasNextPage endCursor } nodes {
        change customer { account } product market region derivedType name
        before { amount } after { amount } difference { amount currency }
        chargeCountBefore chargeCountAfter
      }
    }
    charges { totalCount nodes { id amount { amount } chargeType } }
  }
}"""


async def diff(api: Client, life: Life, first: int, second: int, **more: Any) -> Any:
    """A diff with all its lines."""
    asked = {"bill": f"bil_{life.bill}", "from": first, "to": second, **more}
    answer = (await api.ask(DIFF, asked))["billDiff"]
    page = answer["lines"]
    while page["pageInfo"]["hasNextPage"]:
        asked["after"] = page["pageInfo"]["endCursor"]
        page = (await api.ask(DIFF, asked))["billDiff"]["lines"]
        answer["lines"]["nodes"] += page["nodes"]
    assert len(answer["lines"]["nodes"]) == page["totalCount"]
    return answer


def amounts(row: dict[str, Any]) -> dict[str, Decimal]:
    return {name: Decimal(value["amount"]) for name, value in row.items() if value is not None}


def totals(lines: list[dict[str, Any]], change: str) -> Decimal:
    mine = [line for line in lines if line["change"] == change]
    return sigma(line["difference"]["amount"] for line in mine)


@pytest.mark.parametrize(("first", "second"), list(product((1, 2, 3), repeat=2)))
async def test_diff_adds_up_between_any_two_versions(
    api: Client, db: Database, first: int, second: int
) -> None:
    life = await a_life(db)
    api.sign_in(Role.PARTNER_VIEWER, life.partner)
    answer = await diff(api, life, first, second)
    before, after = [await BillVersion.get(bill_id=life.bill, number=n) for n in (first, second)]
    by = amounts(answer["totals"])
    assert by == {
        name: sigma((getattr(after, column), -getattr(before, column)))
        for name, column in (
            ("expenditures", "expenditures"), ("refunds", "refunds"),
            ("adjustments", "adjustments"), ("settlement", "settlement"),
            ("coupons", "coupons"), ("rounding", "rounding"), ("tax", "tax"),
            ("billAmount", "bill_amount"),
        )
    }  # fmt: skip
    changes = answer["changes"]
    added, removed, changed = (
        Decimal(changes[f"{way}Total"]["amount"]) for way in ("added", "removed", "changed")
    )
    assert by["billAmount"] == sigma((added, -removed, changed))
    lines = answer["lines"]["nodes"]
    assert totals(lines, "ADDED") == added
    assert totals(lines, "REMOVED") == -removed
    assert totals(lines, "CHANGED") == changed
    counts = [changes[f"{way}Count"] for way in ("added", "removed", "changed")]
    assert counts == [sum(x["change"] == c for x in lines) for c in ("ADDED", "REMOVED", "CHANGED")]
    assert sum(x["chargeCountAfter"] - x["chargeCountBefore"] for x in lines) == (
        after.charge_count - before.charge_count
    )
    assert answer["charges"]["totalCount"] == abs(after.charge_count - before.charge_count)


async def test_diff_names_each_line_and_what_became_of_it(api: Client, db: Database) -> None:
    life = await a_life(db)
    api.sign_in(Role.PARTNER_VIEWER, life.partner)
    lines = (await diff(api, life, 1, 2))["lines"]["nodes"]
    told = [
        (
            line["change"], line["product"] or line["name"], line["derivedType"],
            (line["customer"] or {}).get("account"),
            line["before"] and line["before"]["amount"], line["after"] and line["after"]["amount"],
            line["chargeCountBefore"], line["chargeCountAfter"],
        )
        for line in lines
    ]  # fmt: skip
    assert told == [
        ("CHANGED", "Elastic Cloud Server", None, "Northwind-1",
         "92.755000000000000001", "96.088300000000000001", 4, 6),
        ("ADDED", "Firewall", None, "Northwind-1", None, "40", 0, 1),
        ("CHANGED", "Rounding", "ROUNDING", None, "0.004999999999999998",
         "0.001699999999999998", 0, 0),
        ("CHANGED", "VAT", "TAX", None, "10.73", "13.33", 0, 0),
        ("CHANGED", "City tax", "TAX", None, "0.45", "0.56", 0, 0),
        ("CHANGED", "Imported tax", "TAX", None, "0.61", "0.71", 0, 0),
    ]  # fmt: skip
    backwards = (await diff(api, life, 2, 1))["lines"]["nodes"]
    assert [line["change"] for line in backwards][1] == "REMOVED"
    assert (backwards[1]["before"], backwards[1]["after"]) == ({"amount": "40"}, None)


async def test_lines_can_be_asked_for_by_change(api: Client, db: Database) -> None:
    life = await a_life(db)
    api.sign_in(Role.PARTNER_VIEWER, life.partner)
    for change, count in (("ADDED", 1), ("REMOVED", 0), ("CHANGED", 5)):
        nodes = (await diff(api, life, 1, 2, change=change))["lines"]["nodes"]
        assert [node["change"] for node in nodes] == [change] * count


async def test_diff_of_what_is_not_there_or_not_yours_is_null(api: Client, db: Database) -> None:
    mine, theirs = await a_life(db), await a_life(db, name="Contoso")
    api.sign_in(Role.PARTNER_ADMIN, mine.partner)
    wrong = [
        (f"bil_{mine.bill}", 1, 4), (f"bil_{mine.bill}", 0, 1), (f"bil_{mine.bill}", -1, 1),
        (f"bil_{theirs.bill}", 1, 2), ("bil_999", 1, 2), ("prt_1", 1, 2), ("", 1, 2),
    ]  # fmt: skip
    for bill, first, second in wrong:
        asked = {"bill": bill, "from": first, "to": second}
        assert await api.ask(DIFF, asked) == {"billDiff": None}, asked
    bad = {"bill": f"bil_{mine.bill}", "from": 1, "to": 2, "after": "zz"}
    assert await api.refuse(DIFF, bad) == "INVALID_CURSOR"
