"""Events: written with what happened, and queued for the endpoints that want to know."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from structlog.testing import capture_logs

from models.actions.bills import issue_bills, reissue_bill
from models.actions.confirmations import confirm_bill
from models.actions.events import Happening, announce
from models.actions.webhooks import EndpointChange, update_endpoint
from models.adapters.database import Database, Tx
from models.rules.states import EventType
from models.tables.events import Event
from models.tables.jobs import Job
from models.tables.webhooks import WebhookDelivery
from tests.actions.channel import a_channel
from tests.actions.desk import NOW, finance, shown
from tests.builders import a_charge, a_customer, a_partner
from tests.exporting import a_billed_partner, exported
from tests.hooking import admin, an_endpoint

AT = datetime(2026, 6, 5, 1, 2, 3, 456789, tzinfo=UTC)


def happening(partner: int, event_type: EventType = EventType.BILL_PAID) -> Happening:
    return Happening(partner, event_type, "bil_7", {"amount": "0.10", "billId": "bil_7"})


async def queued() -> list[dict[str, Any]]:
    jobs = await Job.filter(kind="SEND_WEBHOOK").order_by("id")
    assert [job.key for job in jobs] == [f"webhook:{job.arguments['delivery_id']}" for job in jobs]
    return [job.arguments for job in jobs]


async def test_event_without_endpoints_is_one_statement(db: Database) -> None:
    partner, other = await a_partner(db), await a_partner(db)
    await an_endpoint(db, other)
    statements: list[str] = []

    class Counting(Tx):
        async def fetch(self, sql: str, *values: Any) -> list[Any]:
            statements.append(sql)
            return await super().fetch(sql, *values)

    async def verb(tx: Tx) -> None:
        await announce(Counting(tx.client, tx.dialect), happening(partner), now=AT)

    await db.transact(verb)
    [event] = await Event.all()
    assert (event.partner_id, event.event_type, event.object_id) == (partner, "BILL_PAID", "bil_7")
    assert (event.payload, event.occurred_at) == ({"amount": "0.10", "billId": "bil_7"}, AT)
    assert (len(statements), await queued()) == (1, [])
    assert await WebhookDelivery.all().count() == 0


async def test_event_is_queued_for_each_endpoint_that_wants_it(db: Database) -> None:
    partner, other = await a_partner(db), await a_partner(db)
    wants = [await an_endpoint(db, partner, types=[EventType.BILL_PAID]) for _ in range(2)]
    await an_endpoint(db, partner, types=[EventType.BILL_ISSUED])
    disabled = await an_endpoint(db, partner)
    change = EndpointChange(disabled.id, is_enabled=False)
    await db.transact(update_endpoint, admin(partner), change, now=AT)
    await an_endpoint(db, other)
    await db.transact(announce, happening(partner), now=AT)
    deliveries = await WebhookDelivery.all().order_by("id")
    assert [(d.endpoint_id, d.status, d.attempts) for d in deliveries] == [
        (endpoint.id, "PENDING", 0) for endpoint in wants
    ]
    assert await queued() == [{"delivery_id": delivery.id} for delivery in deliveries]


async def test_event_of_a_verb_that_is_rolled_back_is_told_to_nobody(db: Database) -> None:
    partner = await a_partner(db)
    await an_endpoint(db, partner)

    async def broken(tx: Tx) -> None:
        await announce(tx, happening(partner), now=AT)
        raise LookupError("after it was announced")

    with pytest.raises(LookupError):
        await db.transact(broken)
    assert (await Event.all().count(), await queued()) == (0, [])


async def test_bill_is_announced_when_issued_issued_again_and_confirmed(db: Database) -> None:
    partner = await a_partner(db)
    acme = await a_customer(db, partner, name="Acme Trading", email="li@acme.test")
    await a_charge(db, partner, "7.125", customer_id=acme)
    with capture_logs() as logs:
        [bill] = await db.transact(issue_bills, partner_id=partner, cycle="2026-02", now=NOW)
        await db.transact(issue_bills, partner_id=partner, cycle="2026-02", now=NOW)
        await a_charge(db, partner, "1", customer_id=acme)
        for _ in range(2):
            await db.transact(reissue_bill, bill_id=bill, now=NOW)
        for _ in range(2):
            await db.transact(confirm_bill, finance(partner), await shown(bill), now=NOW)
    events = await Event.all().order_by("id")
    told = [(e.event_type, e.payload["version"], e.payload["reason"]) for e in events]
    assert told == [
        ("BILL_ISSUED", 1, "ISSUED"),
        ("BILL_REISSUED", 2, "LATE_CHARGES"),
        ("BILL_CONFIRMED", 2, "LATE_CHARGES"),
    ]
    last = await shown(bill)
    assert events[2].payload == {
        "billId": f"bil_{bill}", "partnerId": f"prt_{partner}", "cycle": "2026-02",
        "kind": "RESELLER", "currency": "USD", "version": 2, "reason": "LATE_CHARGES",
        "digest": last.digest, "billAmount": "8.13", "amountDue": "8.13",
    }  # fmt: skip
    said = json.dumps([event.payload for event in events]) + str(logs)
    assert "Acme" not in said
    assert "acme.test" not in said


async def test_what_the_partner_does_about_a_dispute_is_sent_to_who_asked_for_it(
    db: Database,
) -> None:
    desk = await a_channel(db)
    wanted = [EventType.DISPUTE_REPLIED, EventType.DISPUTE_WITHDRAWN]
    await an_endpoint(db, desk.partner, types=wanted)
    await an_endpoint(db, desk.partner, types=[EventType.DISPUTE_ANSWERED])
    bill = await desk.bill("100")
    dispute = await desk.question(bill)
    await desk.reply(dispute, "All of them", finance(desk.partner))
    await desk.withdraw(dispute, "Never mind")
    deliveries = await WebhookDelivery.all().order_by("id").prefetch_related("event")
    facts = {"disputeId": f"dsp_{dispute}", "billId": f"bil_{bill}", "version": 1}
    facts["resolvedVersion"] = None
    assert [(d.event.event_type, d.event.payload) for d in deliveries] == [
        ("DISPUTE_REPLIED", {**facts, "status": "OPEN"}),
        ("DISPUTE_WITHDRAWN", {**facts, "status": "WITHDRAWN"}),
    ]


async def test_export_is_announced_when_it_is_ready(db: Database, tmp_path: Any) -> None:
    partner = await a_billed_partner(db)
    made = await exported(db, tmp_path, partner)
    [event] = await Event.filter(event_type="EXPORT_READY")
    assert event.object_id == "exp_1"
    assert event.payload == {
        "exportId": "exp_1", "partnerId": f"prt_{partner}", "firstCycle": "2026-01",
        "lastCycle": "2026-02", "view": "DETAILS", "format": "CSV", "rows": made.job.rows_done,
        "bytes": made.job.size_bytes, "sha256": made.job.sha256, "parts": 1,
    }  # fmt: skip
