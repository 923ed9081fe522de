"""What an operator is shown of files that were not taken in."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jobs.commands import app
from models.adapters.database import Database, open_database
from models.reads.inbox import untaken_count, untaken_files
from tests.actions.importing import a_registered_partner
from tests.jobs.inboxes import inbox, look, put, run_imports, services_for


async def test_file_that_was_not_taken_in_is_listed_until_another_is_put_in_its_place(
    db: Database, tmp_path: Path
) -> None:
    await a_registered_partner(db)
    services = services_for(db, tmp_path)
    put(tmp_path, "a.csv", [{"BilledCost": "x"}])
    put(tmp_path, "b.csv")
    await look(services)
    await run_imports(services)
    [file] = await untaken_files(db)
    assert (file.id, file.name, file.status) == (1, "a.csv", "REFUSED")
    assert await untaken_count(db) == 1
    put(tmp_path, "a.csv", [{"BilledCost": "7"}])
    await look(services)
    assert await untaken_files(db) == []
    await run_imports(services)
    assert await inbox(db, "status") == [("REFUSED",), ("IMPORTED",), ("IMPORTED",)]


def test_commands_tell_of_it_on_one_line(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse() -> None:
        async with open_database(database_url) as db:
            services = services_for(db, tmp_path)
            put(tmp_path, "a\x1b[2J\n.csv")
            await look(services)
            await run_imports(services)

    asyncio.run(refuse())
    monkeypatch.setenv("BILLS_DATABASE_URL", database_url)
    monkeypatch.setenv("BILLS_DATA_DIR", str(tmp_path))
    listed = CliRunner().invoke(app, ["jobs"]).stdout
    assert listed == (
        "No job is parked.\n"
        "inb_1  a\\x1b[2J\\n.csv  REFUSED: 1 of 1 rows are broken, nothing was stored; the first:"
        " line 2, BillingAccountId: '1000' is not a registered billing account.\n"
    )
    assert "1 files were not taken in" in CliRunner().invoke(app, ["doctor"]).stdout
