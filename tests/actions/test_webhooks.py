"""Endpoints: who makes and changes them, and how many there may be."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from models.actions.webhooks import (
    EndpointChange,
    EndpointDraft,
    create_endpoint,
    replay_delivery,
    require_reachable,
    rotate_secret,
    send_test,
    update_endpoint,
)
from models.adapters.database import Database
from models.adapters.outgoing import Outgoing
from models.rules.errors import BillingError, ErrorCode, Forbidden, InvalidInput, NotFound
from models.rules.principals import Principal, Role
from models.rules.states import EventType
from models.rules.webhooks import MOST_ENDPOINTS
from models.tables.audit import AuditEntry
from models.tables.events import Event
from models.tables.jobs import Job
from models.tables.webhooks import WebhookDelivery, WebhookEndpoint
from tests.builders import a_partner
from tests.exporting import NOW
from tests.hooking import admin, an_endpoint, send_due

Verb = Callable[[Principal], Awaitable[Any]]


async def acts() -> list[tuple[str, str, str]]:
    entries = await AuditEntry.all().order_by("id")
    return [(entry.action, entry.subject, entry.object_id) for entry in entries]


async def test_endpoint_is_made_and_its_secret_is_nowhere(db: Database) -> None:
    partner = await a_partner(db)
    url = "https://example.com/hooks/T0P-SECRET"
    made = await an_endpoint(db, partner, url, [EventType.EXPORT_READY, EventType.BILL_PAID])
    [row] = await WebhookEndpoint.all()
    assert (row.partner_id, row.url, row.is_enabled, row.created_by) == (partner, url, True, "ada")
    assert row.event_types == ["BILL_PAID", "EXPORT_READY"]
    assert made.secret not in row.sealed_secret
    assert await acts() == [("CREATE_WEBHOOK_ENDPOINT", "ada", "whe_1")]
    [entry] = await AuditEntry.all()
    assert entry.details["host"] == "example.com"
    assert "T0P-SECRET" not in str(entry.details)


async def test_eleventh_endpoint_is_refused_though_many_ask_at_once(db: Database) -> None:
    partner = await a_partner(db)
    asked = [an_endpoint(db, partner) for _ in range(MOST_ENDPOINTS + 3)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    codes = [answer.code for answer in answers if isinstance(answer, BillingError)]
    assert codes == [ErrorCode.TOO_MANY_ENDPOINTS] * 3
    assert await WebhookEndpoint.all().count() == MOST_ENDPOINTS
    await an_endpoint(db, await a_partner(db))


async def test_change_touches_what_it_names_and_nothing_else(db: Database) -> None:
    partner = await a_partner(db)
    endpoint = await an_endpoint(db, partner)
    before = dict(await WebhookEndpoint.get(id=endpoint.id).values())
    for change, after in (
        (EndpointChange(endpoint.id), {}),
        (EndpointChange(endpoint.id, url="https://new.example.com"), {"url": "https://new.example.com"}),
        (
            EndpointChange(endpoint.id, event_types=[EventType.BILL_PAID] * 2),
            {"event_types": ["BILL_PAID"]},
        ),
        (EndpointChange(endpoint.id, is_enabled=False), {"is_enabled": False}),
        (EndpointChange(endpoint.id, is_enabled=True), {"is_enabled": True}),
    ):  # fmt: skip
        await db.transact(update_endpoint, admin(partner), change, now=NOW)
        before |= after
        assert dict(await WebhookEndpoint.get(id=endpoint.id).values()) == before
    assert [act for act, *_ in await acts()].count("UPDATE_WEBHOOK_ENDPOINT") == 4


async def test_rotation_keeps_one_former_secret_for_a_day(db: Database) -> None:
    partner = await a_partner(db)
    endpoint = await an_endpoint(db, partner)
    first = (await WebhookEndpoint.get(id=endpoint.id)).sealed_secret
    for sealed, former in (("second", first), ("third", "second")):
        await db.transact(rotate_secret, admin(partner), endpoint.id, sealed_secret=sealed, now=NOW)
        row = await WebhookEndpoint.get(id=endpoint.id)
        assert (row.sealed_secret, row.former_secret) == (sealed, former)
        assert row.former_until == NOW + timedelta(hours=24)


async def test_test_and_replay_are_queued_once_for_one_key(db: Database) -> None:
    partner = await a_partner(db)
    endpoint = await an_endpoint(db, partner)
    ada = admin(partner)
    tests = [
        await db.transact(send_test, ada, endpoint.id, key=key, now=NOW) for key in ("a", "a", "b")
    ]
    assert tests[0] == tests[1] != tests[2]
    replays = [
        await db.transact(replay_delivery, ada, tests[0].delivery_id, key=key, now=NOW)
        for key in ("a", "a", "b")
    ]
    assert replays[0] == replays[1] != replays[2]
    events = [d.event_id for d in await WebhookDelivery.all().order_by("id")]
    assert events == [1, 2, 1, 1]
    assert [(e.event_type, e.object_id) for e in await Event.all()] == [
        ("WEBHOOK_TEST", "whe_1")
    ] * 2
    assert await Job.filter(kind="SEND_WEBHOOK").count() == 4


async def test_key_of_another_request_is_refused(db: Database) -> None:
    partner = await a_partner(db)
    one, two = [await an_endpoint(db, partner) for _ in range(2)]
    await db.transact(send_test, admin(partner), one.id, key="k", now=NOW)
    with pytest.raises(BillingError) as refused:
        await db.transact(send_test, admin(partner), two.id, key="k", now=NOW)
    assert refused.value.code is ErrorCode.IDEMPOTENCY_CONFLICT
    assert await WebhookDelivery.all().count() == 1


async def test_nothing_is_sent_to_a_disabled_endpoint(db: Database) -> None:
    partner = await a_partner(db)
    endpoint, ada = await an_endpoint(db, partner), admin(partner)
    sent = await db.transact(send_test, ada, endpoint.id, key="k", now=NOW)
    change = EndpointChange(endpoint.id, is_enabled=False)
    await db.transact(update_endpoint, ada, change, now=NOW)
    for verb, number in ((send_test, endpoint.id), (replay_delivery, sent.delivery_id)):
        with pytest.raises(BillingError, match="disabled") as refused:
            await db.transact(verb, ada, number, key="other", now=NOW)
        assert refused.value.code is ErrorCode.INVALID_STATE
    assert await send_due(db) == ["DONE"]
    [delivery] = await WebhookDelivery.all()
    assert (delivery.status, delivery.attempts) == ("FAILED", 0)
    assert delivery.failure == "The endpoint is disabled."


def verbs(db: Database, endpoint: int, delivery: int) -> list[Verb]:
    """Everything that may be done to an endpoint and a delivery of a partner."""
    change = EndpointChange(endpoint, is_enabled=False)
    return [
        lambda who: db.transact(update_endpoint, who, change, now=NOW),
        lambda who: db.transact(rotate_secret, who, endpoint, sealed_secret="x", now=NOW),
        lambda who: db.transact(send_test, who, endpoint, key="k", now=NOW),
        lambda who: db.transact(replay_delivery, who, delivery, key="k", now=NOW),
    ]


async def test_endpoint_of_another_partner_is_like_a_missing_one(db: Database) -> None:
    mine, theirs = await a_partner(db), await a_partner(db)
    endpoint = await an_endpoint(db, theirs)
    sent = await db.transact(send_test, admin(theirs), endpoint.id, key="k", now=NOW)
    before = await acts()
    pairs = zip(verbs(db, endpoint.id, sent.delivery_id), verbs(db, 999, 999), strict=True)
    for foreign, missing in pairs:
        answers = []
        for verb in (foreign, missing):
            with pytest.raises(NotFound) as refused:
                await verb(admin(mine))
            answers.append((refused.value.message, refused.value.path))
        assert answers[0] == answers[1]
    assert await acts() == before


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PARTNER_ADMIN])
async def test_only_administrators_manage_webhooks(db: Database, role: Role) -> None:
    partner = await a_partner(db)
    endpoint = await an_endpoint(db, partner)
    sent = await db.transact(send_test, admin(partner), endpoint.id, key="k", now=NOW)
    before = await acts()
    is_vendor = Principal("eve", role).is_vendor
    eve = Principal("eve", role, None if is_vendor else partner)
    draft = EndpointDraft("https://example.com", [EventType.BILL_PAID], "")
    for verb in (
        *verbs(db, endpoint.id, sent.delivery_id),
        lambda who: db.transact(create_endpoint, who, draft, now=NOW),
        lambda who: require_reachable(Outgoing(), who, "https://nowhere.invalid"),
    ):
        with pytest.raises(Forbidden):
            await verb(eve)
    assert await acts() == before


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://example.com", ErrorCode.INVALID_INPUT),
        ("https://127.0.0.1/", ErrorCode.ADDRESS_NOT_ALLOWED),
        ("https://[::ffff:169.254.169.254]/latest", ErrorCode.ADDRESS_NOT_ALLOWED),
        ("https://localhost:6379", ErrorCode.ADDRESS_NOT_ALLOWED),
    ],
)
async def test_address_is_checked_before_it_is_saved(url: str, code: ErrorCode) -> None:
    with pytest.raises(InvalidInput) as refused:
        await require_reachable(Outgoing(), admin(1), url)
    assert (refused.value.code, refused.value.path) == (code, ("url",))
    await require_reachable(Outgoing(allow_private=True), admin(1), "http://127.0.0.1/")
