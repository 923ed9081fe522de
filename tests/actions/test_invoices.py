"""Numbered documents: one for each booking, without gaps."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from models.actions.billing_addresses import set_billing_address
from models.actions.bills import issue_bills, reissue_bill
from models.actions.confirmations import confirm_bill
from models.adapters.database import Database, Tx
from models.rules.errors import Conflict
from models.rules.invoices import invoice_number
from models.rules.money import exact_sum
from models.tables.audit import AuditEntry
from models.tables.bills import Bill, BillVersion
from models.tables.coupons import TaxComponent
from models.tables.invoices import Invoice, InvoiceSeries
from models.tables.jobs import Job
from tests.actions.desk import NOW, SALES, Desk, finance, shown
from tests.builders import a_charge, a_partner
from tests.documents import BUYER


async def numbers() -> list[str]:
    """The numbers of all documents, in the order of their issue."""
    rows = await Invoice.all().order_by("id")
    return [invoice_number(row.series, row.number) for row in rows]


async def test_confirmed_bill_has_an_invoice_and_a_job_that_writes_it(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    bill = await desk.payable("12.345")
    invoice = await Invoice.get()
    assert (invoice.partner_id, invoice.bill_id, invoice.amount) == (
        desk.partner,
        bill,
        Decimal("12.35"),
    )
    assert (invoice.document_type, invoice.series, invoice.number) == ("INVOICE", "INV-2026", 1)
    assert (invoice.issued_at, invoice.object_key, invoice.sha256) == (NOW, None, None)
    job = await Job.get(kind="WRITE_INVOICE")
    assert (job.key, job.arguments) == (f"invoice:{invoice.id}", {"invoice_id": invoice.id})
    entry = await AuditEntry.get(action="ISSUE_INVOICE")
    assert (entry.subject, entry.object_id) == ("system", f"inv_{invoice.id}")
    assert entry.details == {
        "number": "INV-2026-000001",
        "bill": f"bil_{bill}",
        "amount": "12.35",
        "currency": "USD",
    }


async def test_bill_that_waits_for_confirmation_has_none(db: Database) -> None:
    await Desk(db, await a_partner(db)).bill()
    assert await Invoice.all().count() == 0
    assert await Job.filter(kind="WRITE_INVOICE").count() == 0


async def test_same_confirmation_again_issues_nothing(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    await desk.confirm(await shown(await desk.payable()))
    assert await numbers() == ["INV-2026-000001"]


@pytest.mark.parametrize("amount", ["-5", "0", "-0.004"])
async def test_bill_on_which_nothing_is_due_has_a_credit_note(db: Database, amount: str) -> None:
    desk = Desk(db, await a_partner(db))
    await desk.payable(amount, charge_type="REFUND")
    assert await numbers() == ["CN-2026-000001"]
    assert (await Invoice.get()).amount == round(Decimal(amount), 2)


async def test_each_series_counts_for_itself(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    await desk.payable("10", cycle="2026-01")
    await desk.payable("-10", cycle="2026-02", charge_type="REFUND")
    await desk.payable("10", cycle="2026-03")
    assert await numbers() == ["INV-2026-000001", "CN-2026-000001", "INV-2026-000002"]


async def test_series_is_that_of_the_local_year(db: Database) -> None:
    desk = Desk(db, await a_partner(db, time_zone="Asia/Shanghai"))
    bill = await desk.bill()
    new_year = datetime(2026, 12, 31, 16, tzinfo=UTC)
    for now, number in ((new_year - timedelta(seconds=1), "INV-2026"), (new_year, "INV-2027")):

        async def try_it(tx: Tx, at: datetime, series: str) -> None:
            await confirm_bill(tx, finance(desk.partner), await shown(bill), now=at)
            assert (await Invoice.get(using_db=tx.client)).series == series
            raise Conflict("only a try")

        with pytest.raises(Conflict, match="only a try"):
            await db.transact(try_it, now, number)


async def test_number_of_what_was_undone_is_given_again(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    await desk.payable(cycle="2026-01")
    seen = await shown(await desk.bill(cycle="2026-02"))

    async def fail_late(tx: Tx) -> None:
        await confirm_bill(tx, finance(desk.partner), seen, now=NOW)
        raise Conflict("the last moment")

    with pytest.raises(Conflict, match="the last moment"):
        await db.transact(fail_late)
    assert (await numbers(), await Job.filter(kind="WRITE_INVOICE").count()) == (
        ["INV-2026-000001"],
        1,
    )
    await desk.confirm(seen)
    assert await numbers() == ["INV-2026-000001", "INV-2026-000002"]


async def test_many_at_once_leave_no_gap(db: Database) -> None:
    desks = [Desk(db, await a_partner(db)) for _ in range(30)]
    seen = [await shown(await desk.bill()) for desk in desks]
    every_second = [
        desk.confirm(version) for desk, version in zip(desks, seen, strict=True) for _ in range(2)
    ]
    await asyncio.gather(*every_second)
    assert sorted(await numbers()) == [f"INV-2026-{n:06d}" for n in range(1, 31)]
    assert (await InvoiceSeries.get()).last_number == 30


async def test_bill_that_needs_no_confirmation_has_one_when_it_is_issued(db: Database) -> None:
    desk = Desk(db, await a_partner(db, confirmation_required=False))
    bill = await desk.bill("100")
    assert await numbers() == ["INV-2026-000001"]
    await desk.confirm(await shown(bill))
    await desk.top_up("100 USD")
    await desk.pay(bill)
    assert await numbers() == ["INV-2026-000001"]


async def test_later_version_has_one_over_the_difference(db: Database) -> None:
    desk = Desk(db, await a_partner(db, confirmation_required=False))
    bill = await desk.bill("100.004")
    for amount in ("20", "-50.5", "0.0001"):
        await a_charge(db, desk.partner, amount, product="Late")
        await db.transact(reissue_bill, bill_id=bill, now=NOW)
    assert await numbers() == ["INV-2026-000001", "INV-2026-000002", "CN-2026-000001"]
    first, second, third = await Invoice.all().order_by("id")
    assert [first.amount, second.amount, third.amount] == [100, 20, Decimal("-50.5")]
    assert (first.content["corrects"], first.content["since_version_id"]) == (None, None)
    assert second.content["corrects"] == "INV-2026-000001"
    assert third.content["corrects"] == "INV-2026-000002"
    assert third.content["since_version_id"] == second.version_id


async def test_documents_of_a_bill_add_up_to_what_is_booked(db: Database) -> None:
    desk = Desk(db, await a_partner(db, confirmation_required=False))
    bill = await desk.bill("100.004")
    for amount in ("0.003", "-300", "7.7777", "500"):
        await a_charge(db, desk.partner, amount)
        await db.transact(reissue_bill, bill_id=bill, now=NOW)
        documents = await Invoice.filter(bill_id=bill)
        assert exact_sum(document.amount for document in documents) == (await Bill.get()).booked


async def test_content_is_what_stood_there_at_the_time_of_issue(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    await db.transact(set_billing_address, SALES, partner_id=desk.partner, address=BUYER, now=NOW)

    async def tax(tx: Tx) -> None:
        await TaxComponent.create(
            using_db=tx.client,
            partner_id=desk.partner,
            name="VAT",
            rate=Decimal("0.06"),
            first_cycle="2026-01",
        )

    await db.transact(tax)
    bill = await desk.payable("100.004")
    content = (await Invoice.get()).content
    assert content["buyer"] == {
        "legal_name": BUYER.legal_name,
        "street": BUYER.street,
        "city": BUYER.city,
        "postcode": BUYER.postcode,
        "country": "CN",
        "tax_number": BUYER.tax_number,
    }
    assert {name: content[name] for name in ("bill", "version", "cycle", "net", "tax")} == {
        "bill": f"bil_{bill}",
        "version": 1,
        "cycle": "2026-02",
        "net": "100",
        "tax": "6",
    }
    assert (content["issued_on"], content["due_on"]) == ("2026-06-05", "2026-07-05")
    assert [line["line_type"] for line in content["derived"]] == ["ROUNDING", "TAX"]
    assert content["derived"][1] == {
        "line_type": "TAX",
        "name": "VAT",
        "amount": "6",
        "rate": "0.06",
        "base": "100.004",
        "coupon_id": None,
    }


async def test_document_of_a_version_that_is_not_the_first_is_over_that_version(
    db: Database,
) -> None:
    desk = Desk(db, await a_partner(db))
    bill = await desk.bill("100")
    await a_charge(db, desk.partner, "11")
    await db.transact(reissue_bill, bill_id=bill, now=NOW)
    await desk.confirm(await shown(bill))
    invoice = await Invoice.get()
    version = await BillVersion.get(bill_id=bill, number=2)
    assert (invoice.version_id, invoice.amount) == (version.id, 111)
    assert (invoice.content["version"], invoice.content["corrects"]) == (2, None)


async def test_second_run_of_the_schedule_issues_nothing_more(db: Database) -> None:
    desk = Desk(db, await a_partner(db, confirmation_required=False))
    await desk.bill()
    again = await db.transact(issue_bills, partner_id=desk.partner, cycle="2026-02", now=NOW)
    assert (again, await numbers()) == ([], ["INV-2026-000001"])
