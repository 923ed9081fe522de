"""Reading connections, whose users may go away at any moment."""

import asyncio
import gc
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from models.adapters import sqlite_reader
from models.adapters.sqlite_reader import SqliteReader


async def test_connection_is_closed_when_nobody_waits_for_it_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "empty.sqlite3"
    path.touch()
    install, is_opening, may_go_on = (
        sqlite_reader.install_functions,
        threading.Event(),
        threading.Event(),
    )

    def slowly(connection: Any) -> None:
        is_opening.set()
        may_go_on.wait()
        install(connection)

    monkeypatch.setattr(sqlite_reader, "install_functions", slowly)
    reader = SqliteReader(f"sqlite://{path}", 1)
    reading = asyncio.create_task(reader.fetch("SELECT 1 AS one", []))
    await asyncio.to_thread(is_opening.wait)
    reading.cancel()
    await asyncio.sleep(0)
    may_go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert [row["one"] for row in await reader.fetch("SELECT 1 AS one", [])] == [1]
    await reader.close()
    del reading
    gc.collect()  # a connection that nobody closed would complain, and every warning is an error


async def test_folder_may_be_called_what_means_something_in_a_uri(tmp_path: Path) -> None:
    path = tmp_path / "50% off #1?mode=rwc&é%20" / "bills.sqlite3"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE here (it TEXT)")
    reader = SqliteReader(f"sqlite://{path}", 1)
    assert await reader.fetch("SELECT it FROM here", []) == []
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await reader.fetch("INSERT INTO here VALUES ('is')", [])
    await reader.close()
