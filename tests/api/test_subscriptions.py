"""What listeners are told, by whom it was caused, and what they are not told."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.actions.confirmations import confirm_bill
from models.actions.events import Happening, announce
from models.actions.export_writing import write_export
from models.actions.shown import ShownVersion
from models.adapters.database import Database
from models.adapters.files import LocalFiles
from models.rules.ids import IdPrefix, public_id
from models.rules.principals import Role
from models.rules.states import EventType
from models.tables.bills import Bill
from models.tables.partners import ChannelAssignment
from models.tables.payments import Allocation, Payment
from tests.actions.channel import a_channel
from tests.api.live import Live, bearer, serve
from tests.api.month import TODAY, Month, a_month
from tests.exporting import TERMS, a_workshop, asked, claimed, finance

BILLS = "subscription { billChanged { id status } }"
BILLS_OF = "subscription { billChanged(partnerId: %s) { id status partner { name } } }"
EXPORT = 'subscription { exportProgress(exportId: "%s") { id status progressPercent } }'


@pytest.fixture
async def live(db: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Live]:
    """A server on this test's database."""
    async with serve(database_url, tmp_path / "data") as live:
        yield live


async def _confirm(db: Database, month: Month) -> str:
    bill = await Bill.get(id=month.bills[0])
    rows = await db.fetch("SELECT digest FROM bill_versions WHERE id = $1", bill.version_id)
    shown = ShownVersion(bill.id, bill.version, rows[0]["digest"])
    await db.transact(confirm_bill, finance(month.partner), shown, now=TODAY)
    return public_id(IdPrefix.BILL, bill.id)


async def _tell(db: Database, partner: int, kind: EventType, name: str, **payload: str) -> None:
    await db.transact(announce, Happening(partner, kind, name, payload), now=TODAY)


async def test_confirming_is_told_to_listeners_of_the_partner(live: Live, db: Database) -> None:
    month, other = await a_month(db), await a_month(db, name="Southwind")
    async with (
        live.listen(bearer(month.partner)) as ours,
        live.listen(bearer(None, Role.AUDITOR)) as auditor,
        live.listen(bearer(other.partner)) as theirs,
        live.events(bearer(month.partner), BILLS) as events,
    ):
        await ours.subscribe(BILLS)
        await auditor.subscribe(BILLS_OF % f'"prt_{month.partner}"')
        await theirs.subscribe(BILLS)
        await live.eventually(listeners=4)
        bill = await _confirm(db, month)
        changed = {"id": bill, "status": "CONFIRMED"}
        assert await ours.next() == {"billChanged": changed}
        assert await events.next() == {"billChanged": changed}
        assert await auditor.next() == {"billChanged": changed | {"partner": {"name": "Northwind"}}}
        await theirs.silence()
        await ours.silence()


async def test_what_befalls_a_dispute_or_a_payment_befalls_its_bills(
    live: Live, db: Database
) -> None:
    month = await a_month(db)
    bill, partner = public_id(IdPrefix.BILL, month.bills[0]), month.partner
    payment = await Payment.create(
        partner_id=partner, currency="USD", amount=1, status="REVERSED", paid_at=TODAY, paid_by="a"
    )
    await Allocation.create(
        partner_id=payment.partner_id, payment=payment, bill_id=month.bills[0], amount=1
    )
    async with live.listen(bearer(partner)) as socket:
        await socket.subscribe("subscription { billChanged { id } }")
        await live.eventually(listeners=1)
        await _tell(db, partner, EventType.DISPUTE_ANSWERED, "dsp_7", billId=bill)
        assert await socket.next() == {"billChanged": {"id": bill}}
        await _tell(db, partner, EventType.PAYMENT_REVERSED, f"pay_{payment.id}")
        assert await socket.next() == {"billChanged": {"id": bill}}
        await _tell(db, partner, EventType.EXPORT_READY, "exp_7")
        await socket.silence()


async def test_each_step_of_a_dispute_is_told_once(live: Live, db: Database) -> None:
    desk = await a_channel(db)
    number = await desk.bill("100")
    bill = public_id(IdPrefix.BILL, number)
    partner = finance(desk.partner)
    async with (
        live.listen(bearer(desk.partner)) as ours,
        live.events(bearer(desk.partner), BILLS) as events,
    ):
        await ours.subscribe(BILLS)
        await live.eventually(listeners=2)

        async def told(status: str) -> None:
            changed = {"billChanged": {"id": bill, "status": status}}
            assert [await ours.next(), await events.next()] == [changed, changed]
            await ours.silence()

        dispute = await desk.question(number)
        await told("DISPUTED")
        await desk.reply(dispute, "All of them", partner)
        await told("DISPUTED")
        await desk.reply(dispute, "Which line?")
        await told("DISPUTED")
        await desk.withdraw(dispute, "Never mind")
        await told("ISSUED")


async def test_events_from_before_are_not_told(live: Live, db: Database) -> None:
    month = await a_month(db)
    await _confirm(db, month)
    async with live.listen(bearer(month.partner)) as socket:
        await socket.subscribe(BILLS)
        await live.eventually(listeners=1)
        await socket.silence()


async def test_export_is_followed_to_its_end(live: Live, db: Database, tmp_path: Path) -> None:
    month = await a_month(db)
    export = await asked(db, month.partner, first="2026-10", last="2026-10")
    name = public_id(IdPrefix.EXPORT, export.export_id)
    waiting = {"exportProgress": {"id": name, "status": "QUEUED", "progressPercent": 0}}
    done = {"exportProgress": {"id": name, "status": "SUCCEEDED", "progressPercent": 100}}
    async with (
        live.listen(bearer(month.partner)) as socket,
        live.events(bearer(month.partner), EXPORT % name) as events,
    ):
        await socket.subscribe(EXPORT % name)
        assert [await socket.next(), await events.next()] == [waiting, waiting]
        workshop = a_workshop(db, LocalFiles(tmp_path), now=lambda: datetime.now(UTC))
        await write_export(workshop, await claimed(db, export), terms=TERMS)
        while (seen := await socket.next()) != done:
            assert seen["exportProgress"]["status"] == "RUNNING"
        assert await socket.hear() == {"id": "1", "type": "complete"}
        while (seen := await events.next()) != done:
            assert seen["exportProgress"]["status"] == "RUNNING"
        await events.completed()
        await socket.subscribe(EXPORT % name)
        assert await socket.next() == done
        assert await socket.hear() == {"id": "1", "type": "complete"}
    assert live.changes.listeners == []


async def test_what_is_not_theirs_is_answered_like_what_is_not_there(
    live: Live, db: Database
) -> None:
    month, other = await a_month(db), await a_month(db, name="Southwind")
    export = await asked(db, other.partner, first="2026-10", last="2026-10")
    theirs = (EXPORT % f"exp_{export.export_id}", BILLS_OF % f'"prt_{other.partner}"')
    absent = (EXPORT % "exp_999999", EXPORT % "nonsense", BILLS_OF % '"prt_999999"')
    for who in (bearer(month.partner), bearer(None, Role.CHANNEL_MANAGER)):
        async with live.listen(who) as socket:
            for query in (*theirs, *absent):
                await socket.subscribe(query)
                assert list((await socket.next()).values()) == [None]
                assert await socket.hear() == {"id": "1", "type": "complete"}
    assert not live.changes.is_looking


async def test_vendor_has_to_name_the_partner(live: Live) -> None:
    async with live.listen(bearer(None, Role.SALES_OPS)) as socket:
        await socket.subscribe(BILLS)
        assert await socket.refused() == "INVALID_INPUT"


async def test_assignment_that_was_withdrawn_ends_the_news(live: Live, db: Database) -> None:
    month = await a_month(db)
    await ChannelAssignment.create(partner_id=month.partner, subject="ann")
    async with live.listen(bearer(None, Role.CHANNEL_MANAGER)) as socket:
        await socket.subscribe(BILLS_OF % f'"prt_{month.partner}"')
        await live.eventually(listeners=1)
        await ChannelAssignment.all().delete()
        await _confirm(db, month)
        assert await socket.next() == {"billChanged": None}
        assert await socket.hear() == {"id": "1", "type": "complete"}


async def test_one_user_has_so_many_subscriptions(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    month = await a_month(db)
    ann, bob = bearer(month.partner), bearer(month.partner, subject="bob")
    async with (
        serve(database_url, tmp_path, subscriptions_per_user=2, subscriptions=3) as live,
        live.listen(ann) as socket,
        live.listen(bob) as other,
    ):
        await socket.subscribe(BILLS, "1")
        await socket.subscribe(BILLS, "2")
        await live.eventually(listeners=2)
        await socket.subscribe(BILLS, "3")
        assert await socket.refused() == "TOO_MANY_SUBSCRIPTIONS"
        async with live.events(ann, BILLS) as events:
            assert await events.refused() == "TOO_MANY_SUBSCRIPTIONS"
            await events.completed()
        await other.subscribe(BILLS, "1")
        await live.eventually(listeners=3)
        await other.subscribe(BILLS, "2")
        assert await other.refused() == "TOO_MANY_SUBSCRIPTIONS"
        await socket.say("complete", id="1")
        await live.eventually(listeners=2)
        await other.subscribe(BILLS, "2")
        await live.eventually(listeners=3)


async def test_whoever_leaves_leaves_nothing_behind(live: Live, db: Database) -> None:
    month = await a_month(db)
    async with live.listen(bearer(month.partner)) as socket:
        await socket.subscribe(BILLS, "a")
        await socket.subscribe(BILLS, "b")
        async with live.events(bearer(month.partner), BILLS):
            await live.eventually(listeners=3)
            assert live.changes.is_looking
        await live.eventually(listeners=2)
        await socket.say("complete", id="a")
        await live.eventually(listeners=1)
    await live.eventually(listeners=0)
    assert not live.changes.is_looking
