"""The identities as properties of the API: random bills, coupons, taxes and late charges."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from models.actions.bills import issue_bills, reissue_bill
from models.actions.coupons import Grant, grant_coupon
from models.actions.taxes import TaxOrder, set_taxes
from models.adapters.currencies import minor_digits
from models.adapters.database import Database
from models.reads.verification import Extent, verify
from models.rules.derived import Tax
from models.rules.money import Money, exact_sum, round_half_up
from models.rules.principals import Role
from models.tables.bills import Bill
from tests.actions.desk import NOW, SALES
from tests.actions.test_generation_exact import AMOUNTS, CHARGES, Charges
from tests.api.client import Client
from tests.builders import a_customer, a_partner, some_charges

CURRENCIES = ("JPY", "USD", "KWD")
RATES = st.decimals(0, 1, allow_nan=False, allow_infinity=False, places=9)
BILLS = """{ viewer { partner {
  amountsDue { currency newestCycle { amount } earlierCycles { amount } total { amount } }
  bills(first: 100) { nodes { id currency version
    totals { outstanding { amount currency } billAmount { amount } }
    reconciliation { name isHeld difference { amount } } } } } } }"""
EXPLAIN = """query Why($id: ID!) { bill(id: $id) { explain(amount: OUTSTANDING, first: 2) {
  ...Node addends { ...Node addends { ...Node addends { ...Node addends { ...Node addends {
  ...Node } } } } } } } }
fragment Node on Explanation { label amount { amount currency } }"""
DIFF = """query Diff($id: ID!, $from: Int!, $to: Int!) {
  billDiff(billId: $id, from: $from, to: $to) {
  from { totals { billAmount { amount } } } to { totals { billAmount { amount } } }
  changes { addedTotal { amount } removedTotal { amount } changedTotal { amount } }
  lines(first: 100) { nodes { difference { amount currency } } } } }"""


@settings(
    max_examples=12,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(first=CHARGES, late=CHARGES, coupon=AMOUNTS, rate=RATES)
async def test_every_identity_holds_for_any_charges(
    db: Database, api: Client, first: Charges, late: Charges, coupon: Decimal, rate: Decimal
) -> None:
    partner = await a_partner(db)
    await _terms(db, partner, coupon, rate)
    customers = {account: await a_customer(db, partner, account) for account in "abc"}
    for rows, change in ((first, _issue), (late, _reissue)):
        await some_charges(db, partner, [_charge(row, customers) for row in rows])
        await change(db, partner)
    api.sign_in(Role.PARTNER_VIEWER, partner)
    found = (await api.ask(BILLS))["viewer"]["partner"]
    bills = found["bills"]["nodes"]
    _check_pane(found["amountsDue"], bills)
    for bill in bills:
        assert [row for row in bill["reconciliation"] if not row["isHeld"]] == []
        tree = (await api.ask(EXPLAIN, {"id": bill["id"]}))["bill"]["explain"]
        assert tree["amount"] == bill["totals"]["outstanding"]
        _check_tree(tree, bill["currency"])
        if bill["version"] == 2:
            await _check_diff(api, bill)
    await verify(db, Extent(partner_id=partner), progress=lambda _done: None)


async def _terms(db: Database, partner: int, coupon: Decimal, rate: Decimal) -> None:
    days = (NOW.date(), NOW.date() + timedelta(days=9))
    for currency in CURRENCIES:
        worth = round_half_up(abs(coupon), minor_digits(currency))
        if worth:
            grant = Grant(partner, "Voucher", Money(worth, currency), days, currency)
            await db.transact(grant_coupon, SALES, grant, now=NOW)
    taxes = [Tax("VAT", rate), Tax("City", rate, True)]
    await db.transact(set_taxes, SALES, TaxOrder(partner, "2026-02", taxes), now=NOW)


def _charge(row: dict[str, Any], customers: dict[str, int]) -> dict[str, Any]:
    values = {name: value for name, value in row.items() if name != "customer"}
    return values | {"customer_id": customers.get(row["customer"])}


async def _issue(db: Database, partner: int) -> None:
    await db.transact(issue_bills, partner_id=partner, cycle="2026-02", now=NOW)


async def _reissue(db: Database, partner: int) -> None:
    """Bring the bills up to date, and issue those in a currency that had none."""
    for bill in await Bill.filter(partner_id=partner):
        await db.transact(reissue_bill, bill_id=bill.id, now=NOW + timedelta(days=1))
    await _issue(db, partner)


def _check_pane(pane: list[Any], bills: list[Any]) -> None:
    """I7 and I19: what is due is the sum of what is outstanding, currency by currency."""
    owed: dict[str, list[Decimal]] = defaultdict(list)
    for bill in bills:
        amount = bill["totals"]["outstanding"]
        assert amount["currency"] == bill["currency"]
        owed[bill["currency"]].append(Decimal(amount["amount"]))
    shown = {row["currency"]: Decimal(row["total"]["amount"]) for row in pane}
    assert shown == {currency: exact_sum(amounts) for currency, amounts in owed.items()}
    for row in pane:
        parts = (Decimal(row[name]["amount"]) for name in ("newestCycle", "earlierCycles"))
        assert exact_sum(parts) == shown[row["currency"]]


def _check_tree(node: Any, currency: str) -> None:
    """Every node is the sum of its addends."""
    assert node["amount"]["currency"] == currency
    below = node.get("addends", [])
    if below:
        addends = [Decimal(part["amount"]["amount"]) for part in below]
        assert exact_sum(addends) == Decimal(node["amount"]["amount"]), node["label"]
    for part in below:
        _check_tree(part, currency)


async def _check_diff(api: Client, bill: Any) -> None:
    """I13, in both directions."""
    for first, second in ((1, 2), (2, 1)):
        variables = {"id": bill["id"], "from": first, "to": second}
        diff = (await api.ask(DIFF, variables))["billDiff"]
        added, removed, changed = (
            Decimal(diff["changes"][f"{name}Total"]["amount"])
            for name in ("added", "removed", "changed")
        )
        before, after = (
            Decimal(diff[end]["totals"]["billAmount"]["amount"]) for end in ("from", "to")
        )
        difference = exact_sum((after, before.copy_negate()))
        assert difference == exact_sum((added, removed.copy_negate(), changed))
        lines = [Decimal(line["difference"]["amount"]) for line in diff["lines"]["nodes"]]
        assert exact_sum(lines) == difference
