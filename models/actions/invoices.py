"""Issuing numbered documents: an invoice, or a credit note where nothing is asked for (R18).

A document is issued whenever a bill is booked, in the same transaction: when it is confirmed, or
when it is issued to a partner who need not confirm it. A later version that is booked on top gets a
document of its own, over the difference. Numbers have no gaps: whatever undoes the booking undoes
the number, too.
"""

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from models.actions.audit import Act, record
from models.actions.jobs import ClaimedJob, complete, enqueue
from models.actions.rows import save_changes
from models.adapters.database import Tx
from models.adapters.files import StoredFile
from models.rules.billing_addresses import Party
from models.rules.derived import DerivedLine
from models.rules.ids import IdPrefix, public_id
from models.rules.invoices import (
    Content,
    derived_difference,
    invoice_key,
    invoice_number,
    invoice_type,
    series_name,
)
from models.rules.jobs import JobKind, NewJob
from models.rules.money import EXACT, amount_text
from models.rules.months import BillingMonth, billing_zone
from models.rules.states import DerivedType
from models.tables import bills as tables
from models.tables.bills import Bill, BillVersion
from models.tables.invoices import BillingAddress, Invoice
from models.tables.partners import Partner

SELLER = "seller"


async def issue_invoice(tx: Tx, bill: Bill, version: BillVersion, *, now: datetime) -> int:
    """Issue the document of what booking this version moves; the id of the bill's newest one.

    Nothing is issued when the bill's documents say the same already. Called under `lock_partner`;
    a job writes the file.
    """
    last = await _newest(tx, bill)
    since = await _version(tx, bill, last.version_id) if last else None
    if last and since and _net_and_tax(since) == _net_and_tax(version):
        return int(last.id)
    content = await _content(tx, bill, version, since, now=now)
    if last:
        content = content.in_addition_to(invoice_number(last.series, last.number), last.version_id)
    invoice = await _number(tx, bill, version.id, content, now=now)
    await _tell(tx, invoice, now=now)
    return int(invoice.id)


async def _newest(tx: Tx, bill: Bill) -> Invoice | None:
    mine = {"partner_id": bill.partner_id, "bill_id": bill.id}
    return await Invoice.filter(**mine).using_db(tx.client).order_by("-id").first()


async def _version(tx: Tx, bill: Bill, version_id: int) -> BillVersion:
    mine = {"partner_id": bill.partner_id, "id": version_id}
    return await BillVersion.get(**mine, using_db=tx.client)


def _net_and_tax(version: BillVersion) -> tuple[Decimal, Decimal]:
    return EXACT.subtract(version.bill_amount, version.tax), version.tax


async def _content(
    tx: Tx, bill: Bill, version: BillVersion, since: BillVersion | None, *, now: datetime
) -> Content:
    partner = await Partner.get(id=bill.partner_id, using_db=tx.client)
    zone = billing_zone(partner.time_zone)
    month = BillingMonth.parse(bill.cycle)
    net, tax = _net_and_tax(version)
    derived = await _derived_lines(tx, version)
    if since:
        before = _net_and_tax(since)
        net, tax = EXACT.subtract(net, before[0]), EXACT.subtract(tax, before[1])
        derived = derived_difference(derived, await _derived_lines(tx, since))
    return Content(
        bill=public_id(IdPrefix.BILL, bill.id),
        version=version.number,
        kind=bill.kind,
        cycle=bill.cycle,
        first_day=month.first_day,
        last_day=month.last_day,
        issued_on=now.astimezone(zone).date(),
        due_on=bill.due_at.astimezone(zone).date(),
        buyer=await _buyer(tx, partner),
        net=net,
        tax=tax,
        derived=derived,
    )


async def _buyer(tx: Tx, partner: Partner) -> Party:
    """The partner as its billing address has it, or by its name only."""
    address = await BillingAddress.get_or_none(partner_id=partner.id, using_db=tx.client)
    if address is None:
        return Party(partner.name)
    return Party(
        address.legal_name,
        address.street,
        address.city,
        address.postcode,
        address.country,
        address.tax_number,
    )


async def _derived_lines(tx: Tx, version: BillVersion) -> list[DerivedLine]:
    rows = tables.DerivedLine.filter(partner_id=version.partner_id, version_id=version.id).using_db(
        tx.client
    )
    return [
        DerivedLine(
            DerivedType(row.line_type), row.name, row.amount, row.rate, row.base, row.coupon_id
        )
        for row in await rows.order_by("position")
    ]


async def _number(
    tx: Tx, bill: Bill, version_id: int, content: Content, *, now: datetime
) -> Invoice:
    document_type = invoice_type(content.amount)
    series = series_name(document_type, content.issued_on)
    return await Invoice.create(
        using_db=tx.client,
        partner_id=bill.partner_id,
        bill_id=bill.id,
        version_id=version_id,
        document_type=document_type.value,
        series=series,
        number=await _next_number(tx, series),
        currency=bill.currency,
        amount=content.amount,
        issued_at=now,
        content=content.to_json(),
    )


async def _next_number(tx: Tx, series: str) -> int:
    """The next number of a series; whoever comes next waits for this transaction to end."""
    rows = await tx.fetch(
        "INSERT INTO invoice_series (name, last_number) VALUES ($1, 1)"
        " ON CONFLICT (name) DO UPDATE SET last_number = invoice_series.last_number + 1"
        " RETURNING last_number",
        series,
    )
    return int(rows[0]["last_number"])


async def _tell(tx: Tx, invoice: Invoice, *, now: datetime) -> None:
    job = NewJob(
        JobKind.WRITE_INVOICE, f"invoice:{invoice.id}", {"invoice_id": invoice.id}, run_at=now
    )
    await enqueue(tx, job, now=now)
    details = {
        "number": invoice_number(invoice.series, invoice.number),
        "bill": public_id(IdPrefix.BILL, invoice.bill_id),
        "amount": amount_text(invoice.amount),
        "currency": invoice.currency,
    }
    await record(tx, None, _act("ISSUE_INVOICE", invoice, details), now=now)


async def start_invoice(tx: Tx, invoice_id: int, *, seller: Party) -> Invoice | None:
    """The document to be written, with its seller fixed now for good; None once it is there."""
    invoice = await Invoice.get(id=invoice_id, using_db=tx.client)
    if invoice.object_key is not None:
        return None
    if SELLER not in invoice.content:
        invoice.content = {**invoice.content, SELLER: asdict(seller)}
        await save_changes(tx, invoice, ["content"])
    return invoice


async def finish_invoice(tx: Tx, job: ClaimedJob, file: StoredFile, *, now: datetime) -> None:
    """Say that the file is there; finishes the job, or raises Superseded (rule 3)."""
    invoice = await Invoice.get(id=job.arguments["invoice_id"], using_db=tx.client)
    changed = await tx.execute(
        "UPDATE invoices SET object_key = $3, size_bytes = $4, sha256 = $5"
        " WHERE partner_id = $1 AND id = $2 AND object_key IS NULL",
        *(invoice.partner_id, invoice.id, invoice_key(invoice.id, job.run)),
        *(file.size, file.sha256),
    )
    if changed:
        details = {"bytes": file.size, "sha256": file.sha256}
        await record(tx, None, _act("WRITE_INVOICE", invoice, details), now=now)
    await complete(tx, job, now=now)


def _act(action: str, invoice: Invoice, details: dict[str, Any]) -> Act:
    return Act(action, public_id(IdPrefix.INVOICE, invoice.id), invoice.partner_id, details)
