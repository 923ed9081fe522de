"""The short form: one round of every fault, after which nothing is lost and nothing is doubled."""

import asyncio
import os
import random
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import BACKEND
from tests.faults.ground import open_ground
from tests.faults.ordeal import open_ordeal

SEED = int(os.environ.get("BILLS_FAULTS_SEED") or random.randrange(10**6))
ALL_SECONDS = 400
MOST = 40  # findings that are shown


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Any:
    """The PostgreSQL server of this run, where it is on PostgreSQL."""
    return request.getfixturevalue("postgres") if BACKEND == "postgres" else None


async def test_nothing_is_lost_or_doubled_by_a_round_of_every_fault(
    database_url: str, server: Any, tmp_path: Path
) -> None:
    print(f"BILLS_FAULTS_SEED={SEED}")
    async with (
        open_ground(database_url, tmp_path, server) as ground,
        asyncio.timeout(ALL_SECONDS),
        open_ordeal(ground, seed=SEED) as ordeal,
    ):
        try:
            findings = await ordeal.run(rounds=1)
        finally:
            print(*ordeal.chaos.said, dict(ordeal.journal.unanswered), sep="\n")
        assert not findings.all, "\n".join(findings.all[:MOST])
        done = ordeal.journal.count_done()
        assert all(done[verb] for verb in ("topUp", "confirm", "pay", "export")), done
