"""What is rare among charges is found by an index of its own, on both databases."""

import pytest

from models.adapters.database import Database, Tx
from models.adapters.dialects import DIALECTS
from models.reads.charges import CHARGE, CORRECTING_BILL
from models.reads.engine.compiler import Compiler
from models.reads.engine.shapes import Flag
from models.rules.principals import Principal, Role
from tests.builders import a_partner, some_charges


async def plan(db: Database, sql: str) -> str:
    """How the database is going to answer, in its own words."""

    async def explain(tx: Tx) -> str:
        if tx.dialect.name == "postgres":
            await tx.execute("SET LOCAL enable_seqscan = off")
            rows = await tx.fetch(f"EXPLAIN {sql}")
            return "\n".join(row[0] for row in rows)
        rows = await tx.fetch(f"EXPLAIN QUERY PLAN {sql}")
        return "\n".join(row["detail"] for row in rows)

    return await db.transact(explain)


@pytest.fixture
async def filled(db: Database) -> Database:
    """A thousand charges, of which one is rare."""
    partner = await a_partner(db)
    common = [{"amount": "1"} for _ in range(1000)]
    rare = {"amount": "-1", "origin_cycle": "2026-01", "corrects_id": 1}
    rare |= {"original_ref": "order-1", "transaction_ref": "order-2", "charge_type": "REFUND"}
    await some_charges(db, partner, [*common, rare])
    return db


def compiled(db: Database, template: str) -> str:
    compiler = Compiler(DIALECTS[db.dialect.name], {}, Principal("a", Role.AUDITOR))
    return compiler.text(template, t="t1", c="c1")


async def test_flag_of_a_refund_looks_up_what_names_its_transaction(filled: Database) -> None:
    source = CHARGE.fields["isBeyondOriginal"]
    assert isinstance(source, Flag)
    found = await plan(filled, f"SELECT {compiled(filled, source.sql)} FROM charges t1")
    assert "idx_charges_original" in found
    assert "idx_charges_transaction" in found


async def test_corrections_of_a_bill_are_found_without_its_charges(filled: Database) -> None:
    where = compiled(filled, CORRECTING_BILL)
    found = await plan(filled, f"SELECT c1.id FROM bills t1 JOIN charges c1 ON {where}")
    assert "idx_charges_moved" in found


async def test_what_corrects_a_charge_is_found_by_it(filled: Database) -> None:
    found = await plan(filled, "SELECT id FROM charges WHERE corrects_id = 1")
    assert "idx_charges_corrects" in found
