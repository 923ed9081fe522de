"""The transaction helper: nothing lost, nothing torn, no one left waiting."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError

from models.adapters.database import Database, Tx
from models.tables.audit import IdempotencyKey
from models.tables.payments import LedgerEntry
from tests.builders import a_partner

NOW = datetime(2026, 3, 4, 5, 6, 7, 891011, tzinfo=UTC)


async def _raise_revision(tx: Tx, partner_id: int) -> int:
    row = await tx.fetch_one("SELECT revision FROM partners WHERE id = $1", partner_id)
    assert row is not None
    await asyncio.sleep(0)
    await tx.execute("UPDATE partners SET revision = revision + 1 WHERE id = $1", partner_id)
    return int(row["revision"]) + 1


async def _revision(db: Database, partner_id: int) -> int:
    return int((await db.fetch("SELECT revision FROM partners WHERE id = $1", partner_id))[0][0])


async def test_transact_commits_what_the_verb_wrote(db: Database) -> None:
    partner = await a_partner(db)
    assert await db.transact(_raise_revision, partner) == 1
    assert await _revision(db, partner) == 1


async def test_transact_rolls_back_when_the_verb_raises(db: Database) -> None:
    partner = await a_partner(db)

    async def broken(tx: Tx) -> None:
        await _raise_revision(tx, partner)
        raise LookupError("after the write")

    with pytest.raises(LookupError):
        await db.transact(broken)
    assert await _revision(db, partner) == 0


async def test_transact_survives_any_cancellation(db: Database) -> None:
    partner = await a_partner(db)
    attempts = [
        asyncio.wait_for(db.transact(_raise_revision, partner), 0.0005 * (i % 9))
        for i in range(150)
    ]
    await asyncio.gather(*attempts, return_exceptions=True)
    await db.settle()
    before = await _revision(db, partner)
    await asyncio.wait_for(db.transact(_raise_revision, partner), 5)
    assert await _revision(db, partner) == before + 1


async def test_unique_violation_is_an_error_that_leaves_the_connection_usable(db: Database) -> None:
    async def twice(tx: Tx) -> None:
        for _ in range(2):
            await IdempotencyKey.create(
                partner_id=1,
                operation="pay",
                key="k",
                request_hash="h",
                result_id=1,
                created_at=NOW,
            )

    with pytest.raises(IntegrityError):
        await db.transact(twice)
    assert [tuple(r) for r in await db.fetch("SELECT count(*) FROM idempotency_keys")] == [(0,)]


AMOUNTS = ["0.000000000000000001", "-12345678901234567890.123456789012345678", "100", "0", "-0.10"]


async def test_amounts_and_instants_survive_and_sum_exactly(db: Database) -> None:
    partner = await a_partner(db)

    async def write(tx: Tx) -> None:
        for i, amount in enumerate(AMOUNTS):
            await LedgerEntry.create(
                partner_id=partner, currency="USD", account="CASH", event="TOP_UP",
                transaction_ref=str(i), amount=Decimal(amount), posted_at=NOW,
            )  # fmt: skip

    await db.transact(write)
    stored = await LedgerEntry.all().order_by("id")
    assert [entry.amount for entry in stored] == [Decimal(a) for a in AMOUNTS]
    assert {entry.posted_at for entry in stored} == {NOW}
    d = db.dialect
    total: list[Any] = await db.fetch(
        f"SELECT {d.amount_text(d.sum('amount'))} FROM ledger_entries"
    )
    assert total[0][0] == "-12345678901234567790.223456789012345677"


async def test_display_rounds_half_away_from_zero_to_the_minor_unit(db: Database) -> None:
    d = db.dialect
    cases = [("0.005", "USD"), ("-0.005", "USD"), ("1.5", "JPY"), ("1.0005", "KWD"), ("7", "EUR")]
    cases.append(("-0.004", "USD"))
    shown = [
        (await db.fetch(f"SELECT {d.display(d.amount('$1'), '$2')}", Decimal(a), c))[0][0]
        for a, c in cases
    ]
    assert shown == ["0.01", "-0.01", "2", "1.001", "7.00", "0.00"]
