"""What kept answers rest on: no verb changes what they are read from without raising a revision.

A story that uses nearly every verb is told again, and each transaction of it is looked at.
"""

from collections import defaultdict
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from models.adapters.database import Database
from models.reads.engine.lasting import LASTING, all_tables
from tests.stories import test_quarter

UNMARKED = {"revision", "last_posting"}
ONLY = 1  # the story's partner


async def _state(db: Database) -> tuple[dict[int, str], dict[int, int]]:
    """By partner: what its rows in the lasting tables come to, and its revision."""
    rows: dict[int, list[str]] = defaultdict(list)
    revisions: dict[int, int] = {}
    for table in sorted(LASTING):
        for row in await db.fetch(f"SELECT * FROM {table} ORDER BY id"):
            named = dict(row)
            partner = named["id"] if table == "partners" else named.get("partner_id", ONLY)
            if table == "partners":
                revisions[partner] = named["revision"]
            rows[partner].append(repr([v for k, v in named.items() if k not in UNMARKED]))
    states = {p: sha256("\n".join(found).encode()).hexdigest() for p, found in rows.items()}
    return states, revisions


@pytest.fixture
def changes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Verbs that changed a partner's rows; one that raised no revision fails the test."""
    seen: list[str] = []
    transact = Database.transact

    async def watched(self: Database, verb: Callable[..., Any], /, *args: Any, **kw: Any) -> Any:
        states, revisions = await _state(self)
        answer = await transact(self, verb, *args, **kw)
        after, raised = await _state(self)
        name = getattr(verb, "__name__", repr(verb))
        for partner in states.keys() & after.keys():
            if after[partner] != states[partner]:
                seen.append(name)
                assert raised[partner] > revisions[partner], name
        return answer

    monkeypatch.setattr(Database, "transact", watched)
    return seen


def test_tables_are_those_of_the_schema() -> None:
    assert all_tables() > LASTING
    assert len(all_tables()) > 35


async def test_every_change_in_a_quarter_raises_the_revision(
    db: Database, database_url: str, tmp_path: Path, changes: list[str]
) -> None:
    await test_quarter.test_three_months_of_one_partner(db, database_url, tmp_path)
    assert {"adjust_bill", "open_dispute", "post_import", "resolve_dispute"} <= set(changes)
    assert len(set(changes)) >= 10, set(changes)
