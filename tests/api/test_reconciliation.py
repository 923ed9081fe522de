"""A bill's reconciliation: all holds on what the product wrote, and damage shows where it is."""

from typing import Any

import pytest

from models.adapters.database import Database
from models.rules.principals import Role
from tests.api.client import Client
from tests.lives import Life, a_life, tamper

QUERY = """query R($bill: ID!) { bill(id: $bill) { reconciliation {
  name statement isHeld left { amount currency } right { amount } difference { amount } } } }"""


async def reconciliation(api: Client, life: Life) -> list[dict[str, Any]]:
    api.sign_in(Role.PARTNER_VIEWER, life.partner)
    data = await api.ask(QUERY, {"bill": f"bil_{life.bill}"})
    return list(data["bill"]["reconciliation"])


@pytest.mark.parametrize("is_paid", [True, False])
async def test_every_identity_of_a_bill_holds(api: Client, db: Database, is_paid: bool) -> None:
    life = await a_life(db, is_paid=is_paid)
    await a_life(db, name="Contoso")
    found = await reconciliation(api, life)
    assert [i for i in found if not i["isHeld"]] == []
    assert list(dict.fromkeys(i["name"] for i in found)) == [f"I{n}" for n in range(1, 13)]
    sides = {i["statement"]: i["left"]["amount"] for i in found}
    assert sides["The bill amount is settlement − coupons, rounded half up, + tax."] == "234.16"
    owed = next(i["left"]["amount"] for i in found if i["name"] == "I12")
    assert owed == ("234.16" if is_paid else "0")


DAMAGE = [
    ("charges SET amount = '21' WHERE id = 2", {"I1", "I10"}),
    ("charges SET customer_id = 2 WHERE id = 2", {"I10"}),
    ("product_lines SET expenditures = '1', total = '1' WHERE version_id = 3 AND market <> 'CLOUD'",
     {"I8", "I10"}),
    ("bill_customers SET refunds = '-1' WHERE version_id = 3 AND rank = 1", {"I9"}),
    ("bill_customers SET total = '1' WHERE version_id = 3 AND rank = 1", {"I10"}),
    ("derived_lines SET amount = '1' WHERE version_id = 3 AND name = 'VAT'", {"I4"}),
    ("derived_lines SET rate = '0.5' WHERE version_id = 3 AND name = 'VAT'", {"I3"}),
    ("derived_lines SET amount = '-1' WHERE version_id = 3 AND name = 'Welcome'", {"I2", "I4"}),
    ("bill_versions SET amount_due = '1' WHERE id = 3", {"I5", "I6"}),
    ("bills SET paid = '31'", {"I6", "I7"}),
    ("allocations SET amount = '1' WHERE id = 1", {"I6", "I7"}),
    ("ledger_entries SET amount = '1' WHERE account = 'RECEIVABLE' AND event = 'BILL'", {"I12"}),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "broken"), DAMAGE)
async def test_damage_shows_in_the_identities_it_breaks(
    api: Client, db: Database, changed: str, broken: set[str]
) -> None:
    life = await a_life(db)
    await tamper(db, f"UPDATE {changed}")
    found = await reconciliation(api, life)
    assert {i["name"] for i in found if not i["isHeld"]} == broken
    for identity in found:
        assert identity["isHeld"] is (identity["difference"]["amount"] == "0")


async def test_a_reversed_payment_is_no_payment(api: Client, db: Database) -> None:
    life = await a_life(db)
    await tamper(db, "UPDATE payments SET status = 'REVERSED' WHERE id = 1")
    await tamper(db, "UPDATE bills SET paid = '10'")
    found = await reconciliation(api, life)
    assert [i for i in found if not i["isHeld"]] == []
