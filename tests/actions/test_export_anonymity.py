"""Personal values of customers are in no byte of any file, whatever it is packed in (R37)."""

import io
import zipfile
from pathlib import Path

import pyarrow.parquet
import pytest
from openpyxl import load_workbook

from models.actions.bills import issue_bills
from models.actions.customers import Roster, register_customers
from models.adapters.database import Database
from models.reads.exports import customers_of
from models.rules.exports import ExportFormat
from models.rules.registration import CustomerRegistration
from tests.actions.importing import NOW as IMPORTED
from tests.actions.importing import SECRET, a_file, a_registered_partner, take
from tests.builders import a_customer, a_partner, some_charges
from tests.exporting import NOW, exported

CANARIES = ("Canary Trading", "Cana.Ry@canary.test", "13900139000", "王小明")
TEXTS = ("product", "region", "resource", "transaction_ref", "original_ref", "unit", "description")


DISGUISED = (
    *("Canary%20Trading", "%E7%8E%8B%E5%B0%8F%E6%98%8E", r"\u738b\u5c0f\u660e"),
    *("Canary\u2011Trading", "王\u200b小\u00b7明", "139\u20130013\u20119000"),
)
FORMER = ("Canary Brothers", "old@canary.test", "+49 (0)30 7654321", "Kanarienvogel KG")


async def a_partner_with_canaries(db: Database) -> int:
    partner = await a_partner(db)
    values = {"mobile": "+86 139 0013 9000", "email": CANARIES[1]}
    canary = await a_customer(db, partner, "c", name=CANARIES[0], token="cust-c", **values)
    wang = await a_customer(db, partner, "w", name=CANARIES[3], token="cust-w")
    await some_charges(
        db,
        partner,
        [
            {"customer_id": customer, text: f"x-{canary_text}-y", "amount": "1.5"}
            for customer in (canary, wang, None)
            for text in TEXTS
            for canary_text in CANARIES + DISGUISED
        ],
    )
    await db.transact(issue_bills, partner_id=partner, cycle="2026-02", now=NOW)
    return partner


def everything_in(content: bytes, name: str) -> list[bytes]:
    """A file's bytes, those of all that is packed in it, and its cells as other tools read them."""
    found = [content]
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for each in archive.namelist():
                found += everything_in(archive.read(each), each)
    if name.endswith(".xlsx"):
        sheet = load_workbook(io.BytesIO(content), read_only=True).worksheets[0]
        found.append(repr(list(sheet.values)).encode())
    if name.endswith(".parquet"):
        found.append(repr(pyarrow.parquet.read_table(io.BytesIO(content)).to_pylist()).encode())
    return found


@pytest.mark.parametrize("rows_per_part", [30, 1_000])
@pytest.mark.parametrize("file_format", ExportFormat)
async def test_no_personal_value_is_in_any_byte(
    db: Database, tmp_path: Path, file_format: ExportFormat, rows_per_part: int
) -> None:
    file = await exported(
        db,
        tmp_path / "files",
        await a_partner_with_canaries(db),
        rows_per_part=rows_per_part,
        format=file_format,
    )
    seen = everything_in(file.content, str(file.job.file_name))
    assert any(b"x-cust-c-y" in text for text in seen)
    for canary in CANARIES + DISGUISED:
        for text in seen:
            assert canary.lower().encode() not in text.lower()
            assert canary.encode("utf-16-le") not in text


async def test_no_value_of_before_is_in_an_export_of_past_bills(
    db: Database, tmp_path: Path
) -> None:
    before = CustomerRegistration("2000", FORMER[0], email=FORMER[1], mobile=FORMER[2])
    partner = await a_registered_partner(db, customers=(before,))
    rows = [{"SubAccountName": FORMER[3], "ResourceId": f"x-{text}-y"} for text in FORMER]
    await take(db, a_file(tmp_path / "a.csv", rows))
    after = Roster(partner, (CustomerRegistration("2000", "Robin"),))
    await db.transact(register_customers, None, roster=after, secret=SECRET, now=IMPORTED)
    await db.transact(issue_bills, partner_id=partner, cycle="2026-03", now=IMPORTED)
    [customer, *_] = await customers_of(db, partner)
    file = await exported(db, tmp_path / "files", partner, first="2026-03", last="2026-03")
    told = [row["resource"] for row in file.rows]
    token = customer.token
    assert told == [f"x-{token}-y", f"x-{token}-y", f"x-+49 ({token}-y", f"x-{token}-y"]
