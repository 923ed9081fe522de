"""The auditor finds what it is there for: what is lost, what is doubled, what is wrong."""

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from jobs.generation import generate_due
from models.adapters.database import Database
from tests.actions.importing import take
from tests.api.client import Client, open_client
from tests.faults.auditor import Auditor
from tests.faults.clients import Clerk, Lines
from tests.faults.journal import Entry, Journal, Outcome
from tests.faults.world import BASE, World
from tests.lives import tamper


@dataclass
class Case:
    """Books in order, and the journal of those who wrote them."""

    db: Database
    client: Client
    world: World
    journal: Journal

    @property
    def partner(self) -> int:
        """The only one."""
        [partner] = self.world.partners.values()
        return partner

    async def found(self) -> list[str]:
        """What the auditor finds, but for the invoices: no worker has written them."""
        findings = await Auditor(self.client, self.journal, self.world).audit()
        return [line for line in findings.all if not line.startswith("lost: invoice of bil_")]


@pytest.fixture
async def case(db: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Case]:
    """Two months of a partner, confirmed, and three payments, one of them taken back."""
    world, journal = World(random.Random(1)), Journal()
    await world.register(db, 1)
    file, amounts = world.a_file(tmp_path / "base.csv", BASE)
    assert (await take(db, file)).added == len(amounts[1])
    world.note(amounts)
    async with open_client(database_url, tmp_path) as client:
        client.now = datetime.now(UTC)
        await generate_due(db, now=client.now)
        case = Case(db, client, world, journal)
        clerk = Clerk(case.partner, Lines([client], journal), random.Random(1), BASE)
        await clerk.top_up(thousands=1)
        for step in (clerk.confirm, clerk.confirm, *[clerk.pay_twice_at_once] * 3, clerk.reverse):
            await step()
        yield case


async def test_books_in_order_are_found_in_order(case: Case) -> None:
    assert await case.found() == []
    assert case.journal.count_done() == {"topUp": 1, "confirm": 2, "pay": 3, "reverse": 1}
    findings = await Auditor(case.client, case.journal, case.world).audit()
    assert findings.lost == ["invoice of bil_2", "invoice of bil_1"]


async def test_payment_that_is_gone_is_lost(case: Case) -> None:
    money = {"amount": "7.77", "currency": "USD"}
    payload = {"payment": {"id": "pay_99"}}
    promised = Entry(case.partner, "pay", "k", {"amount": money}, Outcome.DONE, payload)
    case.journal.entries.append(promised)
    found = await case.found()
    assert "lost: payment pay_99" in found and "lost: payment of 7.77" in found


async def test_payment_that_nobody_was_told_of_is_doubled(case: Case) -> None:
    reversed_ = {entry.variables["payment"] for entry in case.journal.done("reverse")}
    [kept, _] = [
        entry
        for entry in case.journal.done("pay")
        if entry.payload["payment"]["id"] not in reversed_
    ]
    case.journal.entries.remove(kept)
    assert f"doubled: payment {kept.payload['payment']['id']}" in await case.found()


async def test_charge_that_is_not_billed_is_lost(case: Case) -> None:
    case.world.taken[case.partner].append(Decimal("0.000000000000000001"))
    lost, sums = await case.found()
    assert lost == f"lost: charge of partner {case.partner} 1E-18"
    assert sums.startswith("wrong: Σ charges: ")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE bill_versions SET settlement = settlement + 1 WHERE id = 1",
        "UPDATE bills SET paid = paid + 1 WHERE id = 1",
        "UPDATE allocations SET amount = amount + 1 WHERE id = 1",
    ],
)
async def test_identity_that_does_not_hold_is_wrong(case: Case, sql: str) -> None:
    await tamper(case.db, sql)
    [found] = await case.found()
    assert found.startswith(f"wrong: partner {case.partner}: an identity does not hold")


async def test_entry_that_was_changed_is_wrong(case: Case) -> None:
    await tamper(case.db, "UPDATE ledger_entries SET amount = amount + 1 WHERE account = 'CASH'")
    assert any(line.startswith("wrong: CASH account: ") for line in await case.found())
