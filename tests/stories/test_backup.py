"""A backup of the embedded store, taken while an importer, a payer and a worker write it."""

import asyncio
import hashlib
import json
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jobs.demo.queries import QUERIES
from models.adapters.database import Database
from models.reads.migrations import KNOWN
from models.rules.principals import Role
from tests.actions.importing import a_file, a_registered_partner
from tests.api.client import Client
from tests.conftest import BACKEND
from tests.stories.processes import Installation, free_ports, issued, up

pytestmark = pytest.mark.skipif(BACKEND != "sqlite", reason="the embedded store is SQLite")

BEFORE, AFTER = 8, 4  # payments
PAYMENTS = "SELECT count(*) FROM payments"
EXPORTS = "SELECT object_key, sha256 FROM export_jobs WHERE status = 'SUCCEEDED'"
INVOICES = "SELECT object_key, sha256 FROM invoices WHERE object_key IS NOT NULL"


async def run(installation: Installation, *command: str) -> tuple[int, str]:
    """A command to its end: exit code, and what it said."""
    begun = installation.log.stat().st_size if installation.log.exists() else 0
    process = await installation.begin(*command)
    code = await asyncio.wait_for(process.wait(), 120)
    with installation.log.open() as log:
        log.seek(begun)
        return code, log.read()


def asked(database: Path, sql: str) -> Any:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


@asynccontextmanager
async def again_and_again(step: Callable[[int], Awaitable[None]]) -> AsyncIterator[None]:
    """Take a step, and the next, while the block runs; each is finished."""
    is_over = False

    async def go_on() -> None:
        number = 0
        while not is_over:
            number += 1
            await step(number)

    going = asyncio.create_task(go_on())
    try:
        yield
    finally:
        is_over = True
        await going


async def a_confirmed_bill(db: Database, installation: Installation, api: Client) -> str:
    """March, imported, billed, confirmed and provided for; the bill's id."""
    partner = await a_registered_partner(db)
    rows = [{"ResourceId": f"r-{n}", "BilledCost": "125"} for n in range(400)]
    march = a_file(installation.folder / "march.csv", rows)
    assert (await run(installation, "import", str(march), "--quiet"))[0] == 0
    await issued(db, bills=1)
    api.sign_in(Role.PARTNER_FINANCE, partner)
    data = await api.ask("{ viewer { partner { bills { nodes { id version digest } } } } }")
    [bill] = data["viewer"]["partner"]["bills"]["nodes"]
    shown = {"bill": bill["id"], "version": bill["version"], "digest": bill["digest"]}
    await api.ask(QUERIES["confirm"], shown)
    api.sign_in(Role.SALES_OPS)
    money = {"amount": "50000", "currency": "USD"}
    await api.ask(QUERIES["topUp"], {"partner": f"prt_{partner}", "amount": money, "key": "wire"})
    api.sign_in(Role.PARTNER_FINANCE, partner)
    return str(bill["id"])


class Life:
    """What goes on in the installation while the backup is made."""

    def __init__(self, installation: Installation, api: Client, bill: str) -> None:
        self._installation, self._api, self._bill = installation, api, bill
        self.paid = 0

    async def pay(self, number: int) -> None:
        amount = {"amount": "0.01", "currency": "USD"}
        asked = {"bills": [self._bill], "amount": amount, "key": f"p{number}"}
        answer = await self._api.ask(QUERIES["pay"], asked)
        assert answer["payBills"]["userErrors"] == []
        self.paid += 1

    async def import_file(self, number: int) -> None:
        month = f"2026-{4 + number % 4:02}-01T00:00:00Z"
        rows = [
            {"ResourceId": f"i-{number}-{n}", "BillingPeriodStart": month,
             "ChargePeriodStart": month, "ChargePeriodEnd": month.replace("-01T", "-02T")}
            for n in range(100)
        ]  # fmt: skip
        file = a_file(self._installation.folder / f"{number}.csv", rows)
        assert (await run(self._installation, "import", str(file), "--quiet"))[0] == 0

    async def export(self, number: int) -> None:
        asked = {"from": "2026-03", "to": "2026-03", "key": f"e{number}"}
        answer = await self._api.ask(QUERIES["export"], asked)
        assert {error["code"] for error in answer["exportBills"]["userErrors"]} <= {
            "TOO_MANY_EXPORTS"
        }
        await asyncio.sleep(0.1)

    async def until_paid(self, count: int) -> None:
        async with asyncio.timeout(120):
            while self.paid < count:  # noqa: ASYNC110
                await asyncio.sleep(0.02)


async def test_backup_taken_while_all_is_written_is_one_sound_moment(
    db: Database, installation: Installation
) -> None:
    # Exports of several parts, so that they have manifests.
    installation = replace(installation, settings={"BILLS_ROWS_PER_PART": "150"})
    [port] = free_ports(1)
    place = installation.folder / "backup"
    async with installation.worker(), installation.api(port) as (process, api):
        await up(process, api)
        bill = await a_confirmed_bill(db, installation, api)
        life = Life(installation, api, bill)
        async with (
            again_and_again(life.pay),
            again_and_again(life.import_file),
            again_and_again(life.export),
        ):
            await life.until_paid(BEFORE)
            await filed(installation)
            paid = life.paid
            code, said = await run(installation, "backup", str(place))
            assert code == 0, said
            at_the_end = life.paid
            await life.until_paid(at_the_end + AFTER)
    store = place / "bills.sqlite3"
    [(count,)] = asked(store, PAYMENTS)
    assert paid <= count <= at_the_end + 1
    assert asked(Path(installation.database_url[9:]), PAYMENTS)[0][0] > count
    there = await restored(installation, place)
    files_are_what_the_database_says(there)
    shutil.rmtree(place)


async def filed(installation: Installation) -> None:
    """Wait until there are files that the backup has to hold."""
    database = Path(installation.database_url[9:])
    async with asyncio.timeout(120):
        while not (asked(database, EXPORTS) and asked(database, INVOICES)):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def restored(installation: Installation, place: Path) -> Installation:
    """Another installation, made of the backup, and verified."""
    folder = installation.folder / "elsewhere"
    database = folder / "data" / "bills.sqlite3"
    there = replace(installation, database_url=f"sqlite://{database}", folder=folder)
    folder.mkdir()
    code, said = await run(there, "restore", str(place))
    assert code == 0, said
    code, said = await run(there, "verify", "--quiet")
    assert code == 0, said
    assert "All is as it was" in said
    code, said = await run(there, "verify-files", str(there.files / "exports"), "--quiet")
    assert code == 0, said
    assert asked(database, "PRAGMA integrity_check") == [("ok",)]
    assert asked(database, "SELECT count(*) FROM worker_signs") == [(0,)]
    return there


def files_are_what_the_database_says(there: Installation) -> None:
    database = Path(there.database_url[9:])
    manifest = json.loads((there.folder.parent / "backup" / "manifest.json").read_text())
    assert manifest["unsound"] == []
    exports, invoices = asked(database, EXPORTS), asked(database, INVOICES)
    assert exports and invoices
    for key, sha256 in (*exports, *invoices):
        assert hashlib.sha256((there.files / key).read_bytes()).hexdigest() == sha256


async def test_restored_installation_goes_on(
    db: Database, installation: Installation, tmp_path: Path
) -> None:
    """A worker takes up what was queued, and what was under way, at the moment of the backup."""
    partner = await a_registered_partner(db)
    file = a_file(tmp_path / "m.csv", [{"ResourceId": f"r-{n}"} for n in range(50)])
    await run(installation, "import", str(file), "--quiet")
    place = tmp_path / "backup"
    assert (await run(installation, "backup", str(place)))[0] == 0
    folder = tmp_path / "elsewhere"
    url = f"sqlite://{folder / 'data' / 'bills.sqlite3'}"
    there = replace(installation, database_url=url, folder=folder)
    folder.mkdir()
    assert (await run(there, "restore", str(place)))[0] == 0
    async with there.worker():
        async with asyncio.timeout(60):
            while not asked(Path(url[9:]), "SELECT id FROM bills"):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    assert asked(Path(url[9:]), "SELECT partner_id, cycle FROM bills") == [(partner, "2026-03")]
    assert await db.fetch("SELECT id FROM bills") == []
    assert KNOWN[-1] in (place / "manifest.json").read_text()
