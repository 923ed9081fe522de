"""The file of an invoice: written once, the same whenever it is written."""

import io
from datetime import datetime, timedelta
from pathlib import Path

import facturx
import pytest
from pypdf import PdfReader

from models.actions.billing_addresses import set_billing_address
from models.actions.bills import reissue_bill
from models.actions.invoice_writing import write_invoice
from models.actions.jobs import Claimant, ClaimedJob, Superseded, claim
from models.adapters.database import Database
from models.adapters.files import LocalFiles
from models.rules.billing_addresses import Party
from models.rules.jobs import JobKind
from models.tables.audit import AuditEntry
from models.tables.invoices import Invoice
from models.tables.jobs import Job
from models.tables.partners import Partner
from tests.actions.desk import NOW, SALES, Desk
from tests.builders import a_charge, a_partner
from tests.documents import BUYER, SELLER

LEASE = timedelta(seconds=30)
ANN = Claimant("ann", LEASE, frozenset({JobKind.WRITE_INVOICE}))


def clock() -> datetime:
    return NOW


async def claimed(db: Database, *, now: datetime = NOW) -> ClaimedJob:
    """The only job that writes a document."""
    [job] = await db.transact(claim, ANN, limit=5, now=now)
    return job


async def an_invoiced_desk(db: Database, amount: str = "100") -> Desk:
    """A partner with an address, and a confirmed bill."""
    desk = Desk(db, await a_partner(db, name="北京云合"))
    await db.transact(set_billing_address, SALES, partner_id=desk.partner, address=BUYER, now=NOW)
    await desk.payable(amount, product="对象存储 #panic()")
    return desk


async def write(
    db: Database, files: LocalFiles, job: ClaimedJob, *, seller: Party = SELLER
) -> Invoice:
    await write_invoice(db, files, job, seller=seller, now=clock)
    return await Invoice.get(id=job.arguments["invoice_id"])


def content(folder: Path, invoice: Invoice) -> bytes:
    return (folder / str(invoice.object_key)).read_bytes()


async def test_file_holds_what_people_and_machines_read(db: Database, tmp_path: Path) -> None:
    await an_invoiced_desk(db, "12.345")
    invoice = await write(db, LocalFiles(tmp_path), await claimed(db))
    pdf = content(tmp_path, invoice)
    assert (invoice.object_key, invoice.size_bytes) == ("invoices/inv_1/run-1.pdf", len(pdf))
    text = PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    for words in ("INV-2026-000001", "北京云合科技有限公司", "对象存储 #panic()", "12.35"):
        assert words in text
    name, xml = facturx.get_facturx_xml_from_pdf(pdf, check_xsd=True)
    assert name == "factur-x.xml"
    assert b"<ram:DuePayableAmount>12.35</ram:DuePayableAmount>" in xml
    assert (await Job.get(kind="WRITE_INVOICE")).status == "DONE"
    entry = await AuditEntry.get(action="WRITE_INVOICE")
    assert entry.details == {"bytes": len(pdf), "sha256": invoice.sha256}


async def test_file_made_again_is_the_same_whatever_has_changed_since(
    db: Database, tmp_path: Path
) -> None:
    desk = await an_invoiced_desk(db)
    files = LocalFiles(tmp_path)
    first = await write(db, files, await claimed(db))
    before = content(tmp_path, first)
    other = Party("Another Vendor", "Street", "City", "1", "DE", "DE1")
    await db.transact(set_billing_address, SALES, partner_id=desk.partner, address=other, now=NOW)
    await Partner.filter(id=desk.partner).update(name="Renamed")
    await Invoice.all().update(object_key=None, size_bytes=None, sha256=None)
    await Job.all().update(status="QUEUED", run_at=NOW)
    again = await write(db, files, await claimed(db), seller=other)
    assert (again.sha256, content(tmp_path, again)) == (first.sha256, before)
    assert again.object_key == "invoices/inv_1/run-2.pdf"
    assert not (tmp_path / "invoices/inv_1/run-1.pdf").exists()


async def test_file_that_is_there_is_not_written_again(db: Database, tmp_path: Path) -> None:
    await an_invoiced_desk(db)
    files = LocalFiles(tmp_path)
    first = await write(db, files, await claimed(db))
    await Job.all().update(status="QUEUED", run_at=NOW)
    again = await write(db, files, await claimed(db))
    assert again.object_key == first.object_key == "invoices/inv_1/run-1.pdf"
    assert (await Job.get(kind="WRITE_INVOICE")).status == "DONE"
    assert await AuditEntry.filter(action="WRITE_INVOICE").count() == 1


async def test_run_that_lost_its_job_leaves_nothing(db: Database, tmp_path: Path) -> None:
    await an_invoiced_desk(db)
    files = LocalFiles(tmp_path)
    slow = await claimed(db)
    fast = await claimed(db, now=NOW + 2 * LEASE)
    with pytest.raises(Superseded):
        await write(db, files, slow)
    assert not (tmp_path / "invoices/inv_1/run-1.pdf").exists()
    assert (await Invoice.get()).object_key is None
    assert (await write(db, files, fast)).object_key == "invoices/inv_1/run-2.pdf"


async def test_document_over_a_difference_shows_only_what_changed(
    db: Database, tmp_path: Path
) -> None:
    desk = Desk(db, await a_partner(db, confirmation_required=False))
    bill = await desk.bill("100", product="Steady")
    await a_charge(db, desk.partner, "5.5", product="Late")
    await db.transact(reissue_bill, bill_id=bill, now=NOW)
    files = LocalFiles(tmp_path)
    texts = {}
    for job in await db.transact(claim, ANN, limit=5, now=NOW):
        invoice = await write(db, files, job)
        reader = PdfReader(io.BytesIO(content(tmp_path, invoice)))
        texts[invoice.number] = reader.pages[0].extract_text()
    assert "Steady" in texts[1] and "100.00" in texts[1]
    assert "Late" in texts[2] and "5.50" in texts[2] and "INV-2026-000001" in texts[2]
    assert "Steady" not in texts[2]
