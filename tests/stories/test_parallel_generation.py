"""Several workers generate many partners at once on PostgreSQL, and none waits for another's."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from jobs.schedule import enqueue_due
from jobs.worker import PLACES
from models.actions.bills import issue_bills
from models.adapters.database import Database, Tx
from models.tables.bills import Bill, BillVersion
from models.tables.invoices import Invoice
from tests.builders import a_customer, a_partner, some_charges
from tests.conftest import BACKEND
from tests.stories.processes import Installation, acts, settled

pytestmark = pytest.mark.skipif(BACKEND != "postgres", reason="SQLite has one writer at a time")

CYCLE = "2024-05"
NOW = datetime(2024, 6, 6, tzinfo=UTC)
PARTNERS = 16
CHARGES = 60
# One worker could have nothing but these in its hands.
HELD = PLACES
SECONDS = 150

WAITING = """SELECT DISTINCT pid, unnest(pg_blocking_pids(pid)) FROM pg_locks
    WHERE NOT granted AND locktype IN ('transactionid', 'tuple')"""


async def charged(db: Database) -> list[int]:
    """Partners with a month of charges each, which no worker knows of yet; their ids."""
    partners = []
    for number in range(PARTNERS):
        partner = await a_partner(db, name=f"Partner {number}")
        customer = await a_customer(db, partner)
        row = {"cycle": CYCLE, "customer_id": customer}
        rows = [row | {"amount": f"{number}.{n:04}1"} for n in range(CHARGES)]
        await some_charges(db, partner, rows)
        partners.append(partner)
    return partners


async def signed_in(db: Database, workers: int) -> None:
    async with asyncio.timeout(SECONDS):
        while (await db.fetch("SELECT count(*) FROM worker_signs"))[0][0] < workers:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def generate_and_stay(
    tx: Tx, db: Database, partners: Sequence[int], is_held: asyncio.Event
) -> Counter[bool]:
    """Generate the first, and stay in that transaction until the workers have done all others.

    How often a session was seen that waits for this one (True), and for any other (False).
    """
    held, others = partners[:HELD], set(partners[HELD:])
    for partner in held:
        await issue_bills(tx, partner_id=partner, cycle=CYCLE, now=datetime.now(UTC))
    is_held.set()
    [(own,)] = await tx.fetch("SELECT pg_backend_pid()")
    seen = Counter[bool]()
    async with asyncio.timeout(SECONDS):
        while True:
            waits = [(pid, blocker == own) for pid, blocker in await tx.fetch(WAITING)]
            seen.update(is_ours for _, is_ours in waits)
            billed = {row[0] for row in await db.fetch("SELECT partner_id FROM bills")}
            if billed == others and len(dict(waits)) == len(held):
                return seen
            await asyncio.sleep(0.01)


async def test_partners_are_generated_while_others_are_held_in_their_transactions(
    db: Database, installation: Installation
) -> None:
    quiet = replace(installation, settings={"BILLS_SCHEDULE_SECONDS": "3600"})
    async with quiet.worker(), quiet.worker():
        await signed_in(db, workers=2)
        partners, is_held = await charged(db), asyncio.Event()
        staying = asyncio.create_task(db.transact(generate_and_stay, db, partners, is_held))
        async with asyncio.timeout(SECONDS):
            await is_held.wait()
        await enqueue_due(db, now=datetime.now(UTC))
        seen = await staying
        assert seen[True] >= HELD
        assert seen[False] == 0
        await settled(db, SECONDS)
    bills = await Bill.all()
    assert sorted(bill.partner_id for bill in bills) == partners
    assert {(v.number, v.charge_count) for v in await BillVersion.all()} == {(1, CHARGES)}
    assert await acts(db, "ISSUE_BILL") == PARTNERS


class _NeverMind(Exception):
    """The transaction is to be rolled back."""


async def stand_in_the_way(
    tx: Tx, partner: int, is_there: asyncio.Event, until: asyncio.Event
) -> None:
    """Let nobody issue the partner's second bill for a while."""
    bill: dict[str, Any] = {
        "kind": "SELF_USE",
        "currency": "USD",
        "status": "ISSUED",
        "paid": 0,
        "version": 1,
    }
    bill |= {"version_id": 0, "is_late": False, "issued_at": NOW, "due_at": NOW}
    await Bill.create(using_db=tx.client, partner_id=partner, cycle=CYCLE, **bill)
    is_there.set()
    async with asyncio.timeout(SECONDS):
        while not until.is_set():  # an idle transaction would be ended by the database
            await tx.fetch("SELECT 1")
            await asyncio.sleep(0.05)
    raise _NeverMind


async def test_numbers_are_drawn_when_all_bills_of_the_partner_are_worked_out(
    db: Database,
) -> None:
    slow, *others = [await a_partner(db, confirmation_required=False) for _ in range(4)]
    for partner in (slow, *others):
        await some_charges(db, partner, [{"cycle": CYCLE}, {"cycle": CYCLE, "kind": "SELF_USE"}])
    is_there, is_over = asyncio.Event(), asyncio.Event()
    standing = asyncio.create_task(db.transact(stand_in_the_way, slow, is_there, is_over))
    async with asyncio.timeout(SECONDS):
        await is_there.wait()

    def issuing(partner: int) -> "asyncio.Task[list[int]]":
        return asyncio.create_task(
            db.transact(issue_bills, partner_id=partner, cycle=CYCLE, now=NOW)
        )

    waiting = issuing(slow)
    async with asyncio.timeout(SECONDS):
        while not await db.fetch(WAITING):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await asyncio.gather(*map(issuing, others))
    assert not waiting.done()
    is_over.set()
    with pytest.raises(_NeverMind):
        await standing
    assert len(await waiting) == 2
    numbers = await Invoice.all().order_by("number").values_list("number", "partner_id")
    assert [number for number, _ in numbers] == list(range(1, 9))
    assert [partner for _, partner in numbers][-2:] == [slow, slow]
