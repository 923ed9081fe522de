"""Whose the lines of an imported file are, and which bill they go to."""

from decimal import Decimal
from pathlib import Path

import pytest

from models.adapters.database import Database, Tx
from models.rules.anonymity import customer_token
from tests.actions.desk import Desk
from tests.actions.importing import (
    SECRET,
    a_file,
    a_registered_partner,
    charges,
    count,
    referred,
    take,
)

NONE = "NULL"


@pytest.mark.parametrize(
    ("row", "kind", "account"),
    [
        ({"SubAccountId": "2000"}, "RESELLER", "2000"),
        ({"SubAccountId": "own"}, "SELF_USE", "own"),
        ({"SubAccountId": "own", "ChargeCategory": "Credit"}, "SELF_USE", "own"),
        ({"SubAccountId": NONE}, "SELF_USE", "1000"),
        ({"SubAccountId": NONE, "ChargeCategory": "Purchase"}, "SELF_USE", "1000"),
        ({"SubAccountId": NONE, "ChargeCategory": "Tax"}, "SELF_USE", "1000"),
        ({"SubAccountId": NONE, "ChargeCategory": "Credit"}, "RESELLER", "1000"),
        ({"SubAccountId": NONE, "ChargeCategory": "Adjustment"}, "RESELLER", "1000"),
        ({"SubAccountId": "referred"}, "NONE", "referred"),
    ],
)
async def test_import_tells_the_bill_of_a_line(
    db: Database, tmp_path: Path, row: dict[str, str], kind: str, account: str
) -> None:
    await a_registered_partner(db, own_accounts=("own",), customers=(referred("referred"),))
    await take(db, a_file(tmp_path / "a.csv", [row]))
    assert await charges(db, "kind, account") == [(kind, account)]
    [[customer]] = await charges(db, "customer_id")
    assert (customer is not None) == (account in {"2000", "referred"})
    bills = await db.fetch("SELECT kind FROM billable_cycles")
    assert [bill[0] for bill in bills] == ([kind] if kind != "NONE" else [])


async def test_import_makes_a_customer_of_an_unknown_sub_account(
    db: Database, tmp_path: Path
) -> None:
    partner = await a_registered_partner(db)
    rows = [{"SubAccountId": "77", "SubAccountName": NONE}, {"SubAccountId": "78"}]
    await take(db, a_file(tmp_path / "a.csv", rows))
    customers = await db.fetch("SELECT account, name, association, token FROM customers")
    assert sorted(tuple(row) for row in customers) == [
        (account, name, "RESELLER", customer_token(SECRET, partner_id=partner, account=account))
        for account, name in (("77", "77"), ("78", "Atlas Nimbus"))
    ]


async def test_import_leaves_a_registered_customer_as_it_is(db: Database, tmp_path: Path) -> None:
    await a_registered_partner(db, customers=(referred("2000"),))
    await take(db, a_file(tmp_path / "a.csv", [{}]))
    [customer] = await db.fetch("SELECT name, association FROM customers")
    assert tuple(customer) == ("Referred Ltd.", "REFERRAL")


async def test_import_keeps_what_else_a_file_calls_customers(db: Database, tmp_path: Path) -> None:
    await a_registered_partner(db, own_accounts=("own",), customers=(referred("2000"),))
    names = ["Atlas", "Atlas GmbH", NONE, "Referred Ltd.", "Atlas"]
    rows = [{"SubAccountName": name} for name in names]
    rows += [{"SubAccountId": "78", "SubAccountName": name} for name in (NONE, "Birch", "Cedar")]
    rows += [{"SubAccountId": "own", "SubAccountName": "Ours"}]
    await take(db, a_file(tmp_path / "a.csv", rows))
    await take(db, a_file(tmp_path / "b.csv", [*rows, rows[0]]))
    kept = await db.fetch(
        "SELECT c.account, v.kind, v.value FROM customer_values v"
        " JOIN customers c ON c.id = v.customer_id AND c.partner_id = v.partner_id"
    )
    assert sorted(tuple(row) for row in kept) == [
        ("2000", "NAME", "Atlas"),
        ("2000", "NAME", "Atlas GmbH"),
        ("78", "NAME", "Birch"),
        ("78", "NAME", "Cedar"),
    ]


async def test_import_registers_missing_partners_when_told_to(db: Database, tmp_path: Path) -> None:
    rows = [
        {"BillingAccountId": "1", "BillingAccountName": "Sun Bird"},
        {"BillingAccountId": "2", "BillingAccountName": NONE},
    ]
    result = await take(db, a_file(tmp_path / "a.csv", rows), creates_missing=True)
    assert result.added == 2
    partners = await db.fetch(
        "SELECT p.name, a.account, p.time_zone, p.credit_policy, p.last_posting"
        " FROM partners p JOIN billing_accounts a ON a.partner_id = p.id ORDER BY p.id"
    )
    assert [tuple(row) for row in partners] == [
        ("Sun Bird", "1", "Asia/Shanghai", "HELD", 1),
        ("2", "2", "Asia/Shanghai", "HELD", 1),
    ]


async def test_import_takes_the_month_as_it_is_written(db: Database, tmp_path: Path) -> None:
    await a_registered_partner(db)
    row = {"BillingPeriodStart": "2026-03-01T00:00:00-08:00"}
    await take(db, a_file(tmp_path / "a.csv", [row]))
    assert await charges(db, "cycle") == [("2026-03",)]


@pytest.mark.parametrize(
    ("zone", "cycle"), [("Asia/Shanghai", "2026-04"), ("Europe/London", "2026-03")]
)
async def test_import_takes_the_month_of_use_in_the_billing_zone_where_none_is_written(
    db: Database, tmp_path: Path, zone: str, cycle: str
) -> None:
    await a_registered_partner(db, time_zone=zone)
    row = {
        "BillingPeriodStart": NONE,
        "ChargePeriodStart": "2026-03-31T16:00:00Z",
        "ChargePeriodEnd": "2026-03-31T17:00:00Z",
    }
    await take(db, a_file(tmp_path / "a.csv", [row]))
    assert await charges(db, "cycle, origin_cycle") == [(cycle, cycle)]


async def test_import_hands_charges_of_a_confirmed_bill_on_to_the_next(
    db: Database, tmp_path: Path
) -> None:
    partner = await a_registered_partner(db)
    desk = Desk(db, partner)
    await desk.payable("100", cycle="2026-03")
    await take(db, a_file(tmp_path / "late.csv", [{}, {"SubAccountId": NONE}]))
    late = await charges(db, "kind, cycle, origin_cycle, posting")
    assert late[1:] == [
        ("RESELLER", "2026-04", "2026-03", 2),
        ("SELF_USE", "2026-03", "2026-03", 2),
    ]


async def test_import_of_a_line_that_was_handed_on_adds_nothing(
    db: Database, tmp_path: Path
) -> None:
    partner = await a_registered_partner(db)
    await take(db, a_file(tmp_path / "a.csv", [{}]))

    async def hand_on(tx: Tx) -> None:
        await tx.execute("UPDATE charges SET cycle = '2026-05' WHERE partner_id = $1", partner)

    await db.transact(hand_on)
    result = await take(db, a_file(tmp_path / "b.csv", [{}, {"ResourceId": "i-2"}]))
    assert (result.added, result.known) == (1, 1)
    assert await count(db) == 2


async def test_import_of_several_currencies_keeps_them_apart(db: Database, tmp_path: Path) -> None:
    await a_registered_partner(db)
    rows = [{"BillingCurrency": currency} for currency in ("USD", "JPY")]
    await take(db, a_file(tmp_path / "a.csv", rows))
    d = db.dialect
    sums = await db.fetch(
        f"SELECT currency, {d.amount_text(d.sum('amount'))} FROM charges GROUP BY 1 ORDER BY 1"
    )
    assert [(row[0], Decimal(row[1])) for row in sums] == [
        ("JPY", Decimal("12.5")),
        ("USD", Decimal("12.5")),
    ]
