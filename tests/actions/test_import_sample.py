"""The real FOCUS sample, where it lies: imported for partners that own its billing accounts."""

import csv
import random
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from models.actions.imports import ImportOutcome, ImportResult
from models.adapters.database import Database
from models.rules.money import EXACT, canonical
from tests.actions.importing import SAMPLE, a_registered_partner, count, take

pytestmark = pytest.mark.skipif(not SAMPLE.exists(), reason=f"there is no {SAMPLE}")

ACCOUNTS = (
    "1234567890123",
    "20209880",
    "/providers/Microsoft.Billing/billingAccounts/8611537",
)


@pytest.fixture
async def partners(db: Database) -> list[int]:
    """Partners with the three billing accounts."""
    return [await a_registered_partner(db, account) for account in ACCOUNTS]


async def test_sample_sums_are_those_of_the_file(db: Database, partners: list[int]) -> None:
    result = await take(db, SAMPLE)
    assert result == ImportResult(ImportOutcome.IMPORTED, rows=1000, added=1000)
    expected: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    with SAMPLE.open(newline="") as file:
        for row in csv.DictReader(file):
            key = (row["BillingAccountId"], row["BillingPeriodStart"][:7])
            expected[key] = EXACT.add(expected[key], Decimal(row["BilledCost"]))
    d = db.dialect
    stored = await db.fetch(
        f"SELECT a.account, c.cycle, {d.amount_text(d.sum('c.amount'))} FROM charges c"
        " JOIN billing_accounts a ON a.partner_id = c.partner_id GROUP BY a.account, c.cycle"
    )
    assert {(row[0], row[1]): Decimal(row[2]) for row in stored} == {
        key: canonical(amount) for key, amount in expected.items()
    }


async def test_sample_expenditures_and_adjustments_are_known(
    db: Database, partners: list[int]
) -> None:
    await take(db, SAMPLE)
    d = db.dialect
    stored = await db.fetch(
        f"SELECT charge_type, {d.amount_text(d.sum('amount'))}, count(DISTINCT customer_id)"
        " FROM charges WHERE partner_id = $1 AND cycle = '2024-09' AND kind = 'RESELLER'"
        " GROUP BY charge_type ORDER BY charge_type",
        partners[0],
    )
    assert [tuple(row) for row in stored] == [
        ("ADJUSTMENT", "-2.6137", 1),
        ("EXPENDITURE", "20.6203386184", 66),
    ]


async def test_sample_row_of_october_is_of_october(db: Database, partners: list[int]) -> None:
    await take(db, SAMPLE)
    rows = await db.fetch("SELECT partner_id, cycle FROM charges WHERE cycle <> '2024-09'")
    assert [tuple(row) for row in rows] == [(partners[1], "2024-10")]


async def test_sample_shuffled_adds_nothing(
    db: Database, partners: list[int], tmp_path: Path
) -> None:
    await take(db, SAMPLE)
    with SAMPLE.open(newline="") as file:
        rows = list(csv.DictReader(file))
    chance = random.Random(3)
    chance.shuffle(rows)
    shuffled = tmp_path / "shuffled.csv"
    with shuffled.open("w", newline="") as target:
        table = csv.DictWriter(target, chance.sample(list(rows[0]), len(rows[0])))
        table.writeheader()
        table.writerows(rows)
    assert await take(db, shuffled) == ImportResult(ImportOutcome.IMPORTED, rows=1000, known=1000)
    assert await count(db) == 1000


async def test_sample_with_one_broken_row_stores_nothing_or_the_rest(
    db: Database, partners: list[int], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_text(SAMPLE.read_text().replace(",0.00000080000,", ",1O,", 1))
    refused = await take(db, broken)
    assert (refused.outcome, refused.rejected) == (ImportOutcome.REFUSED, 1)
    assert await count(db) == 0
    taken = await take(db, broken, skips_bad_rows=True)
    assert (taken.added, taken.rejected) == (999, 1)


async def test_sample_registers_what_is_missing_when_told_to(db: Database) -> None:
    result = await take(db, SAMPLE, creates_missing=True)
    assert result.added == 1000
    with SAMPLE.open(newline="") as file:
        rows = [
            (row["BillingAccountId"], row["BillingAccountName"]) for row in csv.DictReader(file)
        ]
    names = {(account, name or account) for account, name in rows}
    partners = await db.fetch(
        "SELECT a.account, p.name FROM partners p JOIN billing_accounts a ON a.partner_id = p.id"
    )
    assert {tuple(row) for row in partners} == names
    assert await count(db, "partners") == 3
