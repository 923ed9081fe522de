"""Reading connections, whose users may go away at any moment."""

import asyncio
import gc
import threading
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
