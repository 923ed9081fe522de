"""Deliveries through the real application: what was due, what is missing, and asking for it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from models.actions.storage_changes import StorageChange, update_storage
from models.adapters.database import Database, Tx
from models.rules.errors import ErrorCode, Unavailable
from models.rules.jobs import JobKind
from models.rules.principals import Principal, Role
from models.tables.deliveries import Delivery
from models.tables.partners import ChannelAssignment
from tests.actions.test_delivery_bills import NINTH, an_april, confirm
from tests.api.client import Client, open_client
from tests.builders import a_partner, some_charges
from tests.delivering import Mailroom, a_mailroom, calm
from tests.storing import admin

SEVENTH = datetime(2026, 4, 6, 16, tzinfo=UTC)
DAY = timedelta(days=1)
FIELDS = """id kind account cycle firstDay lastDay isProvisional dueAt status attempts failure
  attemptedAt nextAttemptAt deliveredAt destination { id bucket } fileName objectKey rows sizeBytes
  sha256 controlSums { amount currency display } bill { id } askedBy"""
LIST = f"""query List($id: ID!, $kind: DeliveryKind, $status: [DeliveryStatus!],
    $cycle: BillingMonth) {{ partner(id: $id) {{
  deliveries(kind: $kind, status: $status, cycle: $cycle) {{ totalCount nodes {{ {FIELDS} }} }}
}} }}"""
GAPS = """query Gaps($id: ID!, $from: Date!, $to: Date!) { partner(id: $id) {
  deliveryGaps(from: $from, to: $to) {
    kind account cycle day dueAt status reason deliveryId } } }"""
TRIGGER = """mutation T($id: ID!) { triggerDelivery(input: { deliveryId: $id, idempotencyKey: "k" })
  { delivery { id status askedBy } userErrors { code path } } }"""
BILL = """mutation B($id: ID!) { deliverBill(input: { billId: $id, idempotencyKey: "k" })
  { delivery { id status bill { id deliveries { id } } } userErrors { code path } } }"""
BACKFILL = """mutation F($input: BackfillDeliveriesInput!) { backfillDeliveries(input: $input) {
  queued partner { id deliveryGaps(from: "2026-04-01", to: "2026-04-30") { day reason } }
  userErrors { code path } } }"""
ONE = "query One($id: ID!) { delivery(id: $id) { id } node(id: $id) { id __typename } }"


async def broken(_moment: str, _key: str) -> None:
    raise Unavailable("The bucket does not answer.", ErrorCode.BUCKET_UNAVAILABLE)


@pytest.fixture
async def api(database_url: str, tmp_path: Path) -> AsyncIterator[Client]:
    async with open_client(database_url, tmp_path) as client:
        yield client


@pytest.fixture
async def room(api: Client, db: Database, tmp_path: Path) -> Mailroom:
    """A partner with files of 7 and 8 April, the first delivered, the second not."""
    made = await a_mailroom(db, tmp_path, customer_bills=True)
    row = {"kind": "SELF_USE", "cycle": "2026-04", "account": "100", "amount": "0.005"}
    await some_charges(db, made.partner, [row, row | {"currency": "JPY", "amount": "3"}])
    made.now = SEVENTH
    await made.work()
    made.now, made.weather = SEVENTH + DAY, broken
    await made.work()
    made.weather = calm
    api.now = made.now + timedelta(seconds=1)
    api.sign_in(Role.PARTNER_ADMIN, made.partner, "ada")
    return made


async def do(api: Client, query: str, **variables: Any) -> Any:
    (payload,) = (await api.ask(query, variables)).values()
    return payload


async def test_deliveries_say_what_became_of_them(api: Client, room: Mailroom) -> None:
    me = f"prt_{room.partner}"
    seen = (await do(api, LIST, id=me))["deliveries"]
    assert seen["totalCount"] == 2
    failed, delivered = seen["nodes"]
    [row] = await Delivery.filter(status="DELIVERED")
    assert delivered == {
        "id": f"dlv_{row.id}", "kind": "DAILY", "account": "100", "cycle": "2026-04",
        "firstDay": "2026-04-01", "lastDay": "2026-04-05", "isProvisional": True,
        "dueAt": "2026-04-06T16:00:00.000000Z", "status": "DELIVERED", "attempts": 1,
        "failure": None, "attemptedAt": "2026-04-06T16:00:00.000000Z", "nextAttemptAt": None,
        "deliveredAt": "2026-04-06T16:00:00.000000Z",
        "destination": {"id": f"sdn_{row.destination_id}", "bucket": "northwind"},
        "fileName": row.file_name, "objectKey": f"bills/{row.file_name}", "rows": 2,
        "sizeBytes": row.size_bytes, "sha256": row.sha256, "bill": None, "askedBy": None,
        "controlSums": [
            {"amount": "3", "currency": "JPY", "display": "3"},
            {"amount": "0.005", "currency": "USD", "display": "0.01"},
        ],
    }  # fmt: skip
    assert f"bills/{row.file_name}" in room.there().objects
    expected: dict[str, Any] = {
        "status": "RETRYING", "failure": "The bucket does not answer.", "objectKey": None,
        "nextAttemptAt": "2026-04-07T16:00:05.000000Z", "deliveredAt": None, "rows": None,
        "sizeBytes": None, "sha256": None, "controlSums": [], "lastDay": "2026-04-06",
    }  # fmt: skip
    assert expected.items() <= failed.items()
    for chosen, count in (
        ({"status": ["RETRYING", "FAILED"]}, 1),
        ({"kind": "MONTHLY"}, 0),
        ({"kind": "DAILY", "cycle": "2026-04"}, 2),
        ({"cycle": "2026-03"}, 0),
    ):
        assert (await do(api, LIST, id=me, **chosen))["deliveries"]["totalCount"] == count
    one = await api.ask(ONE, {"id": delivered["id"]})
    assert one["node"] == {"id": delivered["id"], "__typename": "Delivery"}
    assert one["delivery"] == {"id": delivered["id"]}


async def gaps(api: Client, room: Mailroom, first: str, last: str) -> list[tuple[str, str, Any]]:
    shown = await do(api, GAPS, id=f"prt_{room.partner}", **{"from": first, "to": last})
    return [(gap["day"], gap["kind"], gap["status"]) for gap in shown["deliveryGaps"]]


async def test_gaps_are_what_was_due_and_is_not_there(api: Client, room: Mailroom) -> None:
    shown = await do(
        api, GAPS, id=f"prt_{room.partner}", **{"from": "2026-04-01", "to": "2026-04-30"}
    )
    [row] = await Delivery.filter(status="RETRYING")
    assert shown["deliveryGaps"] == [
        {
            "kind": "DAILY", "account": "100", "cycle": "2026-04", "day": "2026-04-08",
            "dueAt": "2026-04-07T16:00:00.000000Z", "status": "RETRYING",
            "reason": "The bucket does not answer.", "deliveryId": f"dlv_{row.id}",
        }
    ]  # fmt: skip
    assert await gaps(api, room, "2026-04-08", "2026-04-08") == [
        ("2026-04-08", "DAILY", "RETRYING")
    ]
    assert await gaps(api, room, "2026-04-01", "2026-04-07") == []
    assert await gaps(api, room, "2026-04-09", "2026-04-30") == []


async def test_days_that_no_worker_has_got_to_are_gaps(api: Client, room: Mailroom) -> None:
    api.now = SEVENTH + 26 * DAY  # midnight of 3 May
    found = await gaps(api, room, "2026-04-30", "2026-05-31")
    days = ["2026-04-30", "2026-05-01", "2026-05-02", "2026-05-02", "2026-05-03"]
    assert [day for day, _, _ in found] == days
    assert [kind for _, kind, _ in found] == ["DAILY", "DAILY", "DAILY", "MONTHLY", "DAILY"]
    assert {status for _, _, status in found} == {None}


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        ("2026-04-02", "2026-04-01", "INVALID_RANGE"),
        ("2026-01-01", "2027-01-02", "RANGE_TOO_LONG"),
    ],
)
async def test_range_of_gaps_that_cannot_be_is_refused(
    api: Client, room: Mailroom, first: str, last: str, code: str
) -> None:
    days = {"from": first, "to": last}
    assert await api.refuse(GAPS, {"id": f"prt_{room.partner}", **days}) == code
    refused = await do(api, BACKFILL, input={**days, "idempotencyKey": "k"})
    assert [error["code"] for error in refused["userErrors"]] == [code]
    assert refused["queued"] is None


async def test_bill_that_was_due_is_a_gap_again_once_there_is_consent_again(
    api: Client, db: Database, room: Mailroom
) -> None:
    room.weather = broken
    await confirm(room, await an_april(room), NINTH + DAY)
    await room.work(kinds=frozenset({JobKind.DELIVER}))
    for agrees, expected in ((False, []), (True, [("2026-05-10", "RESELLER", "RETRYING")])):
        change = StorageChange(room.partner, stores_customer_bills=agrees)
        room.now += timedelta(hours=1)
        await db.transact(update_storage, admin(room.partner), change, now=room.now)
        api.now = room.now
        found = await gaps(api, room, "2026-05-10", "2026-05-10")
        assert [gap for gap in found if gap[1] == "RESELLER"] == expected


async def test_backfill_says_what_is_left(api: Client, room: Mailroom) -> None:
    asked = {"from": "2026-04-01", "to": "2026-04-30", "idempotencyKey": "k"}
    done = await do(api, BACKFILL, input=asked)
    waits = "It is due, and waits for a worker."
    assert done == {
        "queued": 1, "userErrors": [],
        "partner": {
            "id": f"prt_{room.partner}",
            "deliveryGaps": [{"day": "2026-04-08", "reason": waits}],
        },
    }  # fmt: skip
    room.now = api.now
    await room.work()
    again = await do(api, BACKFILL, input=asked | {"idempotencyKey": "other"})
    assert (again["queued"], again["partner"]["deliveryGaps"]) == (0, [])


async def test_sales_operations_trigger(api: Client, room: Mailroom) -> None:
    [row] = await Delivery.filter(status="RETRYING")
    bill = await an_april(room)
    api.sign_in(Role.SALES_OPS, None, "sam")
    done = await do(api, TRIGGER, id=f"dlv_{row.id}")
    me = {"id": f"dlv_{row.id}", "status": "SCHEDULED", "askedBy": "sam"}
    assert done == {"delivery": me, "userErrors": []}
    refused = await do(api, BILL, id=f"bil_{bill}")
    error = {"code": "BILL_NOT_CONFIRMED", "path": ["billId"]}
    assert refused == {"delivery": None, "userErrors": [error]}
    shown = await api.ask(
        "query Q($id: ID!) { bill(id: $id) { deliveries { kind status } } }", {"id": f"bil_{bill}"}
    )
    waiting = {"kind": "RESELLER", "status": "WAITING_FOR_CONFIRMATION"}
    assert shown["bill"] == {"deliveries": [waiting]}


@pytest.mark.parametrize("role", list(Role))
async def test_roles_read_all_and_few_may_ask(
    api: Client, db: Database, room: Mailroom, role: Role
) -> None:
    [row] = await Delivery.filter(status="RETRYING")
    is_vendor = Principal("x", role).is_vendor
    if role is Role.CHANNEL_MANAGER:
        await db.transact(_assign, room.partner)
    api.sign_in(role, None if is_vendor else room.partner, "x")
    me = f"prt_{room.partner}"
    assert (await do(api, LIST, id=me))["deliveries"]["totalCount"] == 2
    assert len(await gaps(api, room, "2026-04-01", "2026-04-30")) == 1
    payload = await do(api, TRIGGER, id=f"dlv_{row.id}")
    assert bool(payload["userErrors"]) is (role is not Role.SALES_OPS)
    asked = {"from": "2026-04-01", "to": "2026-04-30", "idempotencyKey": "k", "partnerId": me}
    payload = await do(api, BACKFILL, input=asked)
    may = role in {Role.SALES_OPS, Role.PARTNER_ADMIN}
    assert [e["code"] for e in payload["userErrors"]] == ([] if may else ["FORBIDDEN"])


async def _assign(tx: Tx, partner: int) -> None:
    await ChannelAssignment.create(using_db=tx.client, partner_id=partner, subject="x")


async def test_another_partners_deliveries_are_like_missing_ones(
    api: Client, db: Database, room: Mailroom
) -> None:
    [row] = await Delivery.filter(status="RETRYING")
    api.sign_in(Role.PARTNER_ADMIN, await a_partner(db, name="Contoso"))
    for thing in (f"dlv_{row.id}", "dlv_999", "exp_1", "x"):
        assert await api.ask(ONE, {"id": thing}) == {"delivery": None, "node": None}
        assert (await do(api, TRIGGER, id=thing))["delivery"] is None
    for partner in (f"prt_{room.partner}", "prt_999"):
        assert await do(api, LIST, id=partner) is None
        asked = {"from": "2026-04-01", "to": "2026-04-30", "idempotencyKey": "k"}
        refused = await do(api, BACKFILL, input=asked | {"partnerId": partner})
        assert [e["code"] for e in refused["userErrors"]] == ["NOT_FOUND"]
    assert (await Delivery.get(id=row.id)).status == "RETRYING"
