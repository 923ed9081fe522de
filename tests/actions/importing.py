"""What the tests of importing share: files of few rows, and what became of them."""

import csv
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models.actions.imports import ImportOptions, ImportResult, import_file
from models.actions.partners import put_partner
from models.adapters.database import Database
from models.rules.registration import Association, CustomerRegistration, PartnerRegistration
from tests.rules.focus_rows import A_ROW

NOW = datetime(2026, 6, 1, 2, 3, 4, 567890, tzinfo=UTC)
SECRET = "a secret of the tests, long enough"
SAMPLE = Path(__file__).parents[3] / "shared" / "data" / "focus_sample.csv"


def a_file(path: Path, rows: Iterable[Mapping[str, str]]) -> Path:
    """A FOCUS file; each row names what differs from the default row of billing account 1000."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(A_ROW))
        table.writeheader()
        table.writerows({**A_ROW, **row} for row in rows)
    return path


async def a_registered_partner(db: Database, *accounts: str, **settings: Any) -> int:
    """A partner who pays for the billing accounts, 1000 unless told otherwise; its id."""
    registration = PartnerRegistration("Sun Bird", accounts or ("1000",), **settings)
    put = await db.transact(put_partner, None, registration=registration, secret=SECRET, now=NOW)
    return put.partner_id


async def take(db: Database, path: Path, **options: Any) -> ImportResult:
    """Import a file."""
    return await import_file(db, path, ImportOptions(SECRET, **options), now=NOW)


async def charges(db: Database, columns: str = "amount") -> list[tuple[Any, ...]]:
    """Columns of all charges, in the order of their ids."""
    return [tuple(row) for row in await db.fetch(f"SELECT {columns} FROM charges ORDER BY id")]


async def count(db: Database, table: str = "charges") -> int:
    """How many rows a table has."""
    return int((await db.fetch(f"SELECT count(*) FROM {table}"))[0][0])


def referred(account: str) -> CustomerRegistration:
    """A customer who is not on the partner's bills."""
    return CustomerRegistration(account, "Referred Ltd.", Association.REFERRAL)
