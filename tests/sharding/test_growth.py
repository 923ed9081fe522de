"""Month 60 costs what month 1 cost: by the plans of the databases, not by the clock."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from models.actions.bills import renew_bill
from models.adapters.database import Database, Tx
from models.rules.principals import Role
from models.rules.states import VersionReason
from models.tables.bills import Bill
from tests.api.client import open_client
from tests.sharding.lives import look
from tests.sharding.owned import owned, tables_of
from tests.sharding.plans import cost, counted
from tests.sharding.sixty import NOW, sixty_months
from tests.sharding.survey import surveyed
from tests.sharding.test_keys import OPEN_ROWS
from tests.stories.books import Ask
from tests.tenancy.worlds import a_world, fill

BY_CUSTOMER = """customers(first: 5) { totalCount pageInfo { hasNextPage } nodes {
  customer { name } total { amount } productLines(first: 5) { nodes { product } } } }"""
PAGE = """{{ partner(id: "prt_{}") {{ bills(first: {}) {{ nodes {{
  cycle paymentStatus totals {{ billAmount {{ amount }} amountDue {{ amount }} }} }} }} }} }}"""
BY_PRODUCT = """products(first: 50) { nodes { product expenditures { amount } } }
  regions { region expenditures { amount } } others { refunds { amount } }"""
PAGES = {
    "overview": "cycle chargeCount totals { settlement { amount } billAmount { amount } }",
    "by product": BY_PRODUCT,
    "by customer": BY_CUSTOMER,
    "charges": "charges(first: 20) { pageInfo { hasNextPage } nodes { id customer { name } } }",
    "of a customer": "customers(first: 1) { nodes { charges(first: 20) { nodes { id } } } }",
    "why": "explain(amount: AMOUNT_DUE) { addends { label amount { amount } } }",
}
KEYS = {"bills": ("id", "version_id"), "bill_versions": ("id", "bill_id")}
# The ids of the rows that are copied are smaller.
STEP = 1_000_000
# A tree may be a page deeper, rows may stand on one page more.
SLACK_PAGES = 12


class _Undo(Exception):
    """Leaves everything as it was."""


async def test_last_of_sixty_months_costs_what_the_first_did(
    db: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if db.dialect.name == "sqlite":
        pytest.skip("SQLite does not count pages")
    months = await sixty_months(db)
    await db.transact(_analyze)
    first, last = months.bills[0], months.bills[-1]
    async with open_client(database_url, tmp_path) as api:
        api.now = NOW
        api.sign_in(Role.PARTNER_FINANCE, months.partner)
        spent = {
            name: [await _page(db, api.ask, fields, bill) for bill in (first, last)]
            for name, fields in PAGES.items()
        }
        spent["generation"] = [await _generation(db, bill) for bill in (first, last)]
    assert min(pages for both in spent.values() for pages in both) > 0
    worse = {
        name: (before, after)
        for name, (before, after) in spent.items()
        if after > 1.2 * before + SLACK_PAGES
    }
    assert worse == {}, spent


async def test_a_page_of_bills_costs_by_its_length_not_by_the_partners_months(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    if db.dialect.name == "sqlite":
        pytest.skip("SQLite does not count pages")
    months = await sixty_months(db)
    for table in KEYS:
        await db.transact(_spread, table)
    await db.transact(_analyze)
    async with open_client(database_url, tmp_path) as api:
        api.sign_in(Role.PARTNER_FINANCE, months.partner)
        five, sixty = [
            await _cost(db, api.ask, PAGE.format(months.partner, first)) for first in (5, 60)
        ]
    assert 0 < 5 * five < sixty


async def _spread(tx: Tx, table: str) -> None:
    """Put a partner's rows among those of fifty others, month by month, as time does."""
    changed = ", ".join(
        f"'{column}', b.{column} + {step} * k"
        for column, step in [("partner_id", 1), *((name, STEP) for name in KEYS[table])]
    )
    await tx.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {table}_partner_id_fkey")
    await tx.execute(
        f"INSERT INTO {table} SELECT (jsonb_populate_record(b, jsonb_build_object({changed}))).*"
        f" FROM {table} b, generate_series(1, 50) k"
    )
    await tx.execute(f"CREATE INDEX spread_{table} ON {table} ((id % {STEP}))")
    await tx.execute(f"CLUSTER {table} USING spread_{table}")


async def _analyze(tx: Tx) -> None:
    await tx.execute("ANALYZE")


async def _page(db: Database, ask: Ask, fields: str, bill: int) -> int:
    """The pages that the statement of one bill's fields reads."""
    return await _cost(db, ask, f'{{ bill(id: "bil_{bill}") {{ {fields} }} }}')


async def _cost(db: Database, ask: Ask, query: str) -> int:
    """The pages that the statement of one query reads."""
    with pytest.MonkeyPatch.context() as patched, surveyed(patched) as seen:
        await ask(query)
    [(sql, values)] = [(sql, each) for (by, sql), each in seen.items() if by.endswith(":_row")]
    return await cost(db, sql, *values)


async def _generation(db: Database, bill_id: int) -> int:
    """The pages that making one more version of a bill takes; it is not kept."""

    async def verb(tx: Tx) -> None:
        bill = await Bill.get(id=bill_id, using_db=tx.client)
        await renew_bill(tx, bill, VersionReason.LATE_CHARGES, now=NOW)
        raise _Undo

    with counted() as spent, pytest.raises(_Undo):
        await db.transact(verb)
    assert len(spent) > 5
    return sum(spent)


async def test_no_reading_statement_of_sqlite_scans_a_partners_table(
    db: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if db.dialect.name != "sqlite":
        pytest.skip("PostgreSQL scans a small table whatever the indexes")
    async with a_world(db, database_url, tmp_path) as world:
        await fill(world)
        with surveyed(monkeypatch) as seen:
            await look(world, world.alpha)
    leading = await _leading_columns(db)
    scanned, misled, led = set(), set(), 0
    for (by, sql), values in seen.items():
        if not by.endswith(":_row"):
            continue
        aliases = _aliases(sql)
        for row in await db.fetch(f"EXPLAIN QUERY PLAN {sql}", *values):
            how, name, *rest = str(row["detail"]).split()
            table = aliases.get(name)
            if table in owned() and how == "SCAN":
                scanned.add((table, name))
            elif table in owned() and "INDEX" in rest:
                index = rest[rest.index("INDEX") + 1]
                led += leading[index] == "partner_id"
                if leading[index] != "partner_id" and (table, leading[index]) not in _open():
                    misled.add((table, index))
    assert scanned == set()
    assert misled == set()
    assert led > 200


def _aliases(sql: str) -> dict[str, str]:
    """The table of each alias that stands for one table only, and for no subquery."""
    named: dict[str, set[str]] = defaultdict(set)
    for _, table, alias in tables_of(sql):
        named[alias or table].add(table)
    inner = set(re.findall(r"\) (?:AS )?(\w+)", sql))
    return {
        name: each.pop() for name, each in named.items() if len(each) == 1 and name not in inner
    }


def _open() -> set[tuple[str, str]]:
    return {(table, columns[0]) for table, columns in OPEN_ROWS}


async def _leading_columns(db: Database) -> dict[str, str]:
    """The first column of each index."""
    rows = await db.fetch(
        "SELECT m.name AS name, i.name AS leading FROM sqlite_master m, pragma_index_info(m.name) i"
        " WHERE m.type = 'index' AND i.seqno = 0"
    )
    return {row["name"]: row["leading"] for row in rows}
