"""An invoice's file: PDF/A-3 for people, with the e-invoice for machines inside (R18).

Everything on it was fixed when it was numbered, its lines belong to an immutable version, and it is
dated by its issue: whenever and wherever it is made, it is the same bytes (I20).
"""

from collections.abc import Callable
from contextlib import closing
from datetime import datetime

from models.actions.invoices import SELLER, finish_invoice, start_invoice
from models.actions.jobs import ClaimedJob, Superseded, complete
from models.actions.threads import in_thread
from models.adapters.currencies import minor_digits
from models.adapters.database import Database
from models.adapters.einvoices import check_einvoice, declare_einvoice
from models.adapters.files import FileStore, Label, StoredFile
from models.adapters.typesetting import typeset
from models.reads.downloads import PDF
from models.reads.invoices import product_totals
from models.rules.billing_addresses import Party
from models.rules.einvoice_xml import einvoice_xml
from models.rules.einvoices import is_statable
from models.rules.invoices import (
    Content,
    Document,
    Title,
    invoice_key,
    invoice_number,
    product_difference,
    write_document,
)
from models.rules.papers import invoice_paper
from models.rules.states import InvoiceType
from models.tables.invoices import Invoice


async def write_invoice(
    db: Database, files: FileStore, job: ClaimedJob, *, seller: Party, now: Callable[[], datetime]
) -> None:
    """Write the file of a claimed WRITE_INVOICE job.

    Raises Unavailable (STORAGE_FULL), Superseded.
    """
    invoice = await db.transact(start_invoice, int(job.arguments["invoice_id"]), seller=seller)
    if invoice is None:
        await db.transact(complete, job, now=now())
        return
    pdf = await in_thread(invoice_pdf, await read_document(db, invoice), invoice.issued_at)
    keys = [invoice_key(invoice.id, run) for run in range(1, job.run + 1)]
    for left_behind in keys[:-1]:
        await in_thread(files.remove, left_behind)
    file_name = f"{invoice_number(invoice.series, invoice.number)}.pdf"
    file = await in_thread(_store, files, keys[-1], Label(file_name, PDF), pdf)
    try:
        await db.transact(finish_invoice, job, file, now=now())
    except Superseded:
        await in_thread(files.remove, keys[-1])
        raise


async def read_document(db: Database, invoice: Invoice) -> Document:
    """The document of an invoice whose seller is fixed."""
    content = Content.from_json(invoice.content)
    products = await product_totals(db, invoice.partner_id, invoice.version_id)
    if content.since_version_id is not None:
        before = await product_totals(db, invoice.partner_id, content.since_version_id)
        products = product_difference(products, before)
    title = Title(
        invoice_number(invoice.series, invoice.number),
        InvoiceType(invoice.document_type),
        invoice.currency,
        minor_digits(invoice.currency),
    )
    return write_document(title, Party(**invoice.content[SELLER]), content, products)


def invoice_pdf(document: Document, issued_at: datetime) -> bytes:
    """The file of a document, with the e-invoice inside wherever the standard can state it."""
    paper = invoice_paper(document)
    if not is_statable(document):
        return typeset("invoice", paper, timestamp=issued_at)
    xml = einvoice_xml(document)
    check_einvoice(xml)
    return declare_einvoice(typeset("invoice", paper, timestamp=issued_at, attachment=xml))


def _store(files: FileStore, key: str, label: Label, content: bytes) -> StoredFile:
    with closing(files.create(key, label)) as file:
        file.write(content)
        return file.commit()
