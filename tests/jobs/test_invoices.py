"""The worker writes the documents that confirming a bill asked for."""

from pathlib import Path

from jobs.runners import RUNNERS
from jobs.services import Services
from models.actions import jobs
from models.actions.jobs import Claimant
from models.adapters.database import Database
from models.adapters.files import LocalFiles
from models.adapters.queue import SilentBell
from models.adapters.settings import Settings
from models.rules.jobs import JobKind
from models.tables.invoices import Invoice
from models.tables.jobs import Job
from tests.actions.desk import NOW, Desk
from tests.builders import a_partner


async def test_worker_writes_in_the_name_of_the_vendor(db: Database, tmp_path: Path) -> None:
    await Desk(db, await a_partner(db)).payable()
    settings = Settings(vendor_name="Vendor & Co.", vendor_city="上海")
    services = Services(db, settings, LocalFiles(tmp_path), SilentBell())
    ann = Claimant("ann", settings.lease, frozenset({JobKind.WRITE_INVOICE}))
    [job] = await db.transact(jobs.claim, ann, limit=9, now=NOW)
    await RUNNERS[job.kind].run(services, job, lambda: NOW)
    invoice = await Invoice.get()
    seller = invoice.content["seller"]
    assert (seller["legal_name"], seller["city"]) == ("Vendor & Co.", "上海")
    assert (tmp_path / str(invoice.object_key)).read_bytes().startswith(b"%PDF-1.7")
    assert (await Job.get(kind="WRITE_INVOICE")).status == "DONE"
