"""What the gateway tells unasked: before the answer, twice, in any order, and of others."""

from collections.abc import AsyncIterator
from itertools import permutations
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from models.adapters.database import Database
from models.tables.audit import AuditEntry
from models.tables.bills import Bill
from models.tables.events import Event
from models.tables.jobs import Job
from models.tables.payments import GatewayEvent, LedgerEntry, Payment
from tests.builders import a_partner
from tests.till import Till, books, open_till, statuses

PAID = {"CASH": 100, "SALES": -100}
OWED = {"RECEIVABLE": 100, "SALES": -100}


@pytest.fixture
async def till(db: Database, tmp_path: Path) -> AsyncIterator[Till]:
    with open_till(db, await a_partner(db), tmp_path) as till:
        yield till


async def a_processing_payment(till: Till) -> int:
    payment = await till.pay(await till.desk.payable("100"), means="pm_debit")
    await till.work()
    return payment


async def everything() -> list[list[dict[str, object]]]:
    tables = (Payment, Bill, LedgerEntry, AuditEntry, Event, GatewayEvent, Job)
    return [await table.all().order_by("id").values() for table in tables]


async def test_message_before_the_answer_counts_once(till: Till) -> None:
    await till.pay(await till.desk.payable("100"))
    till.stripe.fail_next("confirm", "hang", after=True)
    await till.work()
    await till.tell("payment_intent.succeeded")
    assert (await statuses(), await books()) == (["SUCCEEDED"], PAID)
    till.wait(seconds=10)
    await till.work()
    assert (await statuses(), await books()) == (["SUCCEEDED"], PAID)
    assert await LedgerEntry.filter(event="PAYMENT").count() == 2
    assert till.stripe.requests.count("retrieve") == 1


async def test_message_that_comes_twice_counts_once(till: Till) -> None:
    await a_processing_payment(till)
    till.stripe.settle("pi_1", status="succeeded")
    await till.tell("payment_intent.succeeded", number=7)
    before = await everything()
    await till.tell("payment_intent.succeeded", number=7)
    assert await everything() == before
    await till.tell("payment_intent.succeeded", number=8)
    assert (await statuses(), await books()) == (["SUCCEEDED"], PAID)


@pytest.mark.parametrize("order", list(permutations(range(4))))
async def test_order_of_the_messages_does_not_matter(till: Till, order: tuple[int, ...]) -> None:
    await a_processing_payment(till)
    intent = till.stripe.the_intent
    messages = [
        ("payment_intent.processing", intent | {"status": "processing"}),
        ("payment_intent.requires_action", intent | {"status": "requires_action"}),
        ("payment_intent.payment_failed", intent | {"status": "requires_payment_method"}),
        ("payment_intent.succeeded", intent | {"status": "succeeded"}),
    ]
    for place in order:
        kind, thing = messages[place]
        await till.tell(kind, **thing)
    assert (await statuses(), await books()) == (["SUCCEEDED"], PAID)


async def test_refund_told_before_the_success_ends_with_nothing(till: Till) -> None:
    await a_processing_payment(till)
    await till.refunded(10_000)
    till.stripe.settle("pi_1", status="succeeded")
    await till.tell("payment_intent.succeeded")
    assert (await statuses(), await books()) == (["REVERSED"], OWED)
    assert await LedgerEntry.filter(account="CASH").count() == 2
    assert await Job.filter(kind="REFUND_PAYMENT").count() == 0


@pytest.mark.parametrize("units", [10_000, 10_001])
async def test_lost_dispute_takes_the_payment_back(till: Till, units: int) -> None:
    await till.pay(await till.desk.payable("100"))
    await till.work()
    dispute = {"payment_intent": "pi_1", "amount": units}
    await till.tell("charge.dispute.created", **dispute, status="needs_response")
    assert await statuses() == ["SUCCEEDED"]
    await till.tell("charge.dispute.closed", **dispute, status="lost")
    assert (await statuses(), await books()) == (["REVERSED"], OWED)
    entry = await AuditEntry.get(action="REVERSE_PAYMENT")
    assert (entry.role, entry.details["reason"]) == ("system", "The gateway took it back.")
    assert await Event.filter(event_type="PAYMENT_REVERSED").count() == 1
    await till.pay(key="again")
    await till.work()
    assert await books() == PAID


async def test_refund_of_a_part_is_shown_to_people_and_moves_nothing(till: Till) -> None:
    payment = await till.pay(await till.desk.payable("100"))
    await till.work()
    await till.refunded(9_999)
    assert (await statuses(), await books()) == (["SUCCEEDED"], PAID)
    entry = await AuditEntry.get(action="PARTIAL_REFUND")
    assert (entry.object_id, entry.details) == (
        f"pay_{payment}",
        {"event": "charge.refunded", "units": 9_999},
    )
    await till.refunded(10_000)
    assert (await statuses(), await books()) == (["REVERSED"], OWED)


@pytest.mark.parametrize(
    ("kind", "thing"),
    [
        ("payment_intent.succeeded", {"id": "pi_other", "status": "succeeded"}),
        ("charge.refunded", {"payment_intent": "pi_other", "amount_refunded": 10_000}),
        ("customer.created", {"id": "cus_1", "email": "ann@example.com"}),
    ],
)
async def test_message_of_something_else_changes_nothing_and_leaves_no_data(
    till: Till, kind: str, thing: dict[str, object]
) -> None:
    await a_processing_payment(till)
    before = await everything()
    with capture_logs() as logs:
        await till.tell(kind, **thing)
    assert await everything() == before
    assert not any("pi_other" in str(line) or "ann@" in str(line) for line in logs)


async def test_unconfirmed_payment_of_the_same_name_elsewhere_is_not_ours(till: Till) -> None:
    payment = await till.pay(await till.desk.payable("100"))
    metadata = {"payment_id": f"pay_{payment}"}
    await till.tell("payment_intent.succeeded", id="pi_9", status="succeeded", metadata=metadata)
    assert (await statuses(), await books()) == (["PENDING"], OWED)
