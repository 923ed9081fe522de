"""A database of the release before, brought to this one with all its rows."""

from pathlib import Path
from typing import Any

import pytest
from tortoise.context import TortoiseContext
from tortoise.migrations.api.migrate import migrate as apply_migrations

from models.adapters.connections import tortoise_config
from models.adapters.database import Database, Tx, open_database
from models.adapters.migrate import migrate

AT = "'2026-01-01T00:00:00.000000Z'"
PARTNER = (
    "INSERT INTO partners (id, name, time_zone, confirmation_required, credit_policy,"
    " payment_days, created_at, revision, last_posting)"
    f" VALUES (1, 'N', 'UTC', TRUE, 'HELD', 30, {AT}, 0, 0)"
)
BILL = (
    "INSERT INTO bills (id, partner_id, cycle, kind, currency, status, version, version_id,"
    " paid, booked, is_late, issued_at, due_at) VALUES"
    f" (1, 1, '2026-01', 'RESELLER', 'USD', 'CONFIRMED', 1, 1, '5', '5', FALSE, {AT}, {AT})"
)
PAYMENT = (
    "INSERT INTO payments (id, partner_id, currency, amount, status, paid_at, paid_by)"
    f" VALUES (1, 1, 'USD', '5', 'SUCCEEDED', {AT}, 'fay')"
)
ALLOCATION = "INSERT INTO allocations (id, payment_id, bill_id, amount) VALUES (1, 1, 1, '5')"

INVOICE = (
    "INSERT INTO invoices (id, partner_id, bill_id, version_id, document_type, series, number,"
    " currency, amount, issued_at, content)"
    f" VALUES (1, 1, 1, 1, 'INVOICE', 'INV-2026', 1, 'USD', '5', {AT}, '{{}}')"
)


@pytest.fixture
def old_url(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> str:
    """An empty database beside this test's own."""
    if database_url.startswith("sqlite:"):
        return f"sqlite://{tmp_path / 'old.sqlite3'}"
    server, name = request.getfixturevalue("postgres"), f"old_{Path(database_url).name[:40]}"
    name = "".join(c for c in name if c.isalnum() or c == "_")
    server.psql(f"CREATE DATABASE {name};")
    request.addfinalizer(lambda: server.psql(f"DROP DATABASE {name} WITH (FORCE);"))
    return str(server.get_uri(name))


async def fill(tx: Tx) -> None:
    for row in (PARTNER, BILL, PAYMENT, ALLOCATION):
        await tx.execute(row)


async def rows(db: Database, table: str) -> list[dict[str, Any]]:
    return [dict(row) for row in await db.fetch(f"SELECT * FROM {table}")]


@pytest.mark.parametrize(
    ("status", "has_document", "confirmation_required"),
    [
        ("ISSUED", True, False),
        ("ISSUED", False, True),
        ("DISPUTED", True, False),
        ("CONFIRMED", True, True),
    ],
)
async def test_bill_with_a_document_and_no_confirmation_needed_none(
    old_url: str, status: str, has_document: bool, confirmation_required: bool
) -> None:
    async with TortoiseContext():
        config = tortoise_config(old_url, writers=1)
        await apply_migrations(config=config, target="models.0008_bills_in_order")

    async def fill_bills(tx: Tx) -> None:
        documents = [INVOICE] if has_document else []
        for row in (PARTNER, BILL.replace("CONFIRMED", status), *documents):
            await tx.execute(row)

    async with open_database(old_url) as db:
        await db.transact(fill_bills)
    await migrate(old_url)
    async with open_database(old_url) as db:
        [bill] = await rows(db, "bills")
        assert (bill["status"], bool(bill["confirmation_required"])) == (
            status,
            confirmation_required,
        )


async def test_payments_and_what_they_went_to_outlive_the_upgrade(old_url: str) -> None:
    async with TortoiseContext():
        config = tortoise_config(old_url, writers=1)
        await apply_migrations(config=config, target="models.0001_initial")
    async with open_database(old_url) as db:
        await db.transact(fill)
        [before] = await rows(db, "payments")
        allocations = await rows(db, "allocations")
    await migrate(old_url)
    async with open_database(old_url) as db:
        [after] = await rows(db, "payments")
        assert {name: after[name] for name in before} == before
        assert (after["method"], int(after["surplus"]), after["attempts"]) == ("DEPOSIT", 0, 0)
        assert len(allocations) == 1
        known = {"partner_id": 1}
        assert await rows(db, "allocations") == [row | known for row in allocations]
