"""kill -9 of real processes in the middle of a delivery: it is there once, whole, as meant."""

import asyncio
import signal
import sys
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from models.adapters.database import Database
from models.rules.jobs import JobKind
from models.tables.deliveries import Delivery
from tests.builders import some_charges
from tests.delivering import LEASE, Mailroom, a_mailroom

SEVENTH = datetime(2026, 4, 6, 16, tzinfo=UTC)
SCHEDULING = frozenset({JobKind.SCHEDULE_DELIVERIES})
# Begun in turn: three parts, the zip; then right before and after the file and its manifest. Each
# number counts from where the process before has left off.
STEPS = (2, 3, 3, 3, 5)


async def die(room: Mailroom, url: str, step: int) -> None:
    """A worker that is killed at a step, and whose lease then runs out."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.dying", url, str(room.folder), str(room.partner),
        room.now.isoformat(), str(step),
    )  # fmt: skip
    assert await asyncio.wait_for(process.wait(), 120) == -signal.SIGKILL
    room.now += LEASE + timedelta(seconds=1)


async def test_delivery_outlives_any_number_of_killed_workers(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    room = await a_mailroom(db, tmp_path)
    room.rows_per_part = 1
    row = {"kind": "SELF_USE", "cycle": "2026-04", "account": "100"}
    await some_charges(db, room.partner, [row | {"amount": amount} for amount in "123"])
    room.now = SEVENTH
    await room.work(kinds=SCHEDULING)
    seen: dict[str, bytes] = {}
    for step in STEPS:
        await die(room, database_url, step)
        there = room.there().objects
        assert seen.items() <= there.items()
        seen = there
    assert len(seen) == 2
    assert (await Delivery.get()).status == "RUNNING"
    assert await room.work() == ["DONE"]
    assert room.there().objects == seen
    delivery = await Delivery.get()
    assert (delivery.status, delivery.attempts) == ("DELIVERED", len(STEPS) + 1)
    [(key, manifest)] = room.there().manifests.items()
    assert sha256(seen[key]).hexdigest() == delivery.sha256
    assert [part.rows for part in manifest.parts] == [1, 1, 1]
    assert [line.rpartition(",")[2] for line in room.there().lines(key)] == ["1", "2", "3"]
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []
