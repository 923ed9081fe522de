"""The files that workers write: equal to the database, anonymised, always the same."""

import hashlib
import itertools
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from models.actions.bills import issue_bills, reissue_bill
from models.adapters.database import Database
from models.adapters.files import LocalFiles
from models.rules.exports import ExportView
from models.tables.bills import BillVersion
from models.tables.charges import Charge
from tests.builders import a_charge, a_customer, a_partner, some_charges
from tests.exporting import NOW, a_billed_partner, asked, claimed, exported, run

GOLDEN = Path(__file__).parent / "golden"


async def settlements() -> dict[str, Decimal]:
    return {f"bil_{version.bill_id}": version.settlement for version in await BillVersion.all()}


@pytest.mark.parametrize("view", ExportView)
async def test_file_is_the_golden_one_on_both_databases(
    db: Database, tmp_path: Path, view: ExportView
) -> None:
    file = await exported(db, tmp_path, await a_billed_partner(db), view=view)
    golden = GOLDEN / f"{view.lower()}.csv"
    assert file.content == golden.read_bytes()
    assert file.job.sha256 == hashlib.sha256(file.content).hexdigest()
    assert file.job.size_bytes == len(file.content)
    assert file.job.rows_done == file.job.rows_total == len(file.rows)


@pytest.mark.parametrize("view", ExportView)
async def test_rows_of_every_view_add_up_to_the_bills(
    db: Database, tmp_path: Path, view: ExportView
) -> None:
    file = await exported(db, tmp_path, await a_billed_partner(db), view=view)
    last = "settlement_amount" if view is ExportView.DETAILS else "total"
    assert file.sums(last) == await settlements()
    assert len(file.sums(last)) == 6
    if view is not ExportView.DETAILS:
        for addend in ("expenditures", "refunds", "adjustments"):
            versions = {f"bil_{v.bill_id}": getattr(v, addend) for v in await BillVersion.all()}
            assert file.sums(addend) == versions


async def test_details_are_the_charges(db: Database, tmp_path: Path) -> None:
    file = await exported(db, tmp_path, await a_billed_partner(db))
    charges = {f"chg_{charge.id}": charge for charge in await Charge.all()}
    assert {row["charge"] for row in file.rows} == charges.keys()
    for row in file.rows:
        charge = charges[row["charge"]]
        amount = "tax" if charge.charge_type == "TAX" else "settlement_amount"
        assert Decimal(row[amount]) == charge.amount
        assert row["charge_type"] == charge.charge_type
        assert (row["cycle"], row["kind"], row["currency"]) == (
            charge.cycle,
            charge.kind,
            charge.currency,
        )
        assert datetime.fromisoformat(row["transaction_time"]) == charge.posted_at
        discount = "" if charge.list_amount is None else str(charge.list_amount - charge.amount)
        assert row["discount"] == discount
        assert row["region"] == (charge.region or "")


async def test_file_made_again_is_the_same_byte_for_byte(db: Database, tmp_path: Path) -> None:
    partner = await a_billed_partner(db)
    first = await exported(db, tmp_path, partner)
    second = await exported(db, tmp_path, partner)
    assert first.content == second.content
    assert first.job.object_key != second.job.object_key


async def test_file_holds_what_stood_when_it_was_asked_for(db: Database, tmp_path: Path) -> None:
    partner = await a_billed_partner(db)
    before = await asked(db, partner)
    await a_charge(db, partner, "1000", cycle="2026-02")
    assert await db.transact(reissue_bill, bill_id=5, now=NOW)
    await run(db, LocalFiles(tmp_path), await claimed(db, before))
    old = (tmp_path / "exports/exp_1/run-1-part-1.csv").read_bytes()
    assert old == (GOLDEN / "details.csv").read_bytes()
    new = await exported(db, tmp_path, partner)
    assert {row["version"] for row in new.rows if row["bill"] == "bil_5"} == {"2"}
    assert len(new.rows) == 17


CANARIES = ("canary trading", "canary-trading", "13900139000", "cana.ry@canary.test", "王小明")
TEXTS = ("product", "region", "resource", "transaction_ref", "original_ref", "unit")


async def a_partner_with_canaries(db: Database) -> int:
    """Every personal value in every text of some charge; its id."""
    partner = await a_partner(db)
    values = {"mobile": "+86 139 0013 9000", "email": "Cana.Ry@canary.test"}
    canary = await a_customer(db, partner, "c", name="Canary Trading", token="cust-c", **values)
    wang = await a_customer(db, partner, "w", name="王小明", token="cust-w")
    rows: list[dict[str, Any]] = [
        {"customer_id": customer, text: f"x-{value}-y", "amount": "1.5"}
        for customer, text, value in itertools.product((canary, wang, None), TEXTS, CANARIES)
    ]
    rows.append({"resource": "someone@else.test", "description": "Canary Trading"})
    await some_charges(db, partner, rows)
    await db.transact(issue_bills, partner_id=partner, cycle="2026-02", now=NOW)
    return partner


@pytest.mark.parametrize("view", ExportView)
async def test_nothing_personal_is_in_any_view(
    db: Database, tmp_path: Path, view: ExportView
) -> None:
    file = await exported(db, tmp_path, await a_partner_with_canaries(db), view=view)
    text = file.content.decode().lower()
    assert [canary for canary in (*CANARIES, "else.test") if canary in text] == []
    assert "cust-c" in text


async def test_personal_values_become_tokens_in_every_text(db: Database, tmp_path: Path) -> None:
    file = await exported(db, tmp_path, await a_partner_with_canaries(db))
    for column in ("product", "region", "resource", "transaction", "original_charge", "unit"):
        found = {row[column] for row in file.rows if row[column].startswith("x-")}
        assert found == {"x-cust-c-y", "x-cust-w-y"}
    assert "[e-mail]" in {row["resource"] for row in file.rows}


async def test_text_cells_are_safe_for_spreadsheets_and_numbers_stay_numbers(
    db: Database, tmp_path: Path
) -> None:
    partner = await a_partner(db)
    hostile = ['=HYPERLINK("http://x")', "+1", "-1", "@x", "\t=1", "\r=1", 'a,"=b', "100%"]
    await some_charges(db, partner, [{"resource": text, "amount": "-1"} for text in hostile])
    await db.transact(issue_bills, partner_id=partner, cycle="2026-02", now=NOW)
    file = await exported(db, tmp_path, partner)
    safe = [f"'{text}" for text in hostile[:6]] + hostile[6:]
    assert [row["resource"] for row in file.rows] == safe
    assert {row["settlement_amount"] for row in file.rows} == {"-1"}


async def test_many_rows_come_in_batches_in_a_stable_order(db: Database, tmp_path: Path) -> None:
    partner = await a_partner(db)
    customers = [await a_customer(db, partner, account) for account in "ab"]
    rows = [{"customer_id": customers[n % 2], "amount": f"0.{n:05d}1"} for n in range(6_000)]
    await some_charges(db, partner, rows)
    await db.transact(issue_bills, partner_id=partner, cycle="2026-02", now=NOW)
    file = await exported(db, tmp_path, partner)
    assert file.sums("settlement_amount") == await settlements()
    assert [(row["customer"], int(row["charge"][4:])) for row in file.rows] == sorted(
        (row["customer"], int(row["charge"][4:])) for row in file.rows
    )
    assert file.job.rows_done == 6_000
