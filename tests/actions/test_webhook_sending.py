"""Sending webhooks to a real receiver: what it answers, and what is noted."""

import json
import os
from datetime import timedelta

import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from models.actions import jobs
from models.actions.events import Happening, announce
from models.actions.jobs import Superseded
from models.actions.webhook_sending import fail_delivery, send_webhook
from models.actions.webhooks import replay_delivery, rotate_secret
from models.adapters import outgoing
from models.adapters.database import Database
from models.adapters.outgoing import Outgoing
from models.adapters.signing import SigningSecrets
from models.adapters.vault import Vault
from models.rules.errors import Unavailable
from models.rules.jobs import BACK_OFF
from models.rules.states import EventType
from models.tables.audit import AuditEntry
from models.tables.jobs import Job
from models.tables.webhooks import WebhookDelivery, WebhookEndpoint
from tests.builders import a_partner
from tests.hooking import ANN, LEASE, SETTINGS, admin, an_endpoint, log, send_due, utc_now
from tests.receiver import Answer, a_receiver, endless, hang, status

DAY = timedelta(days=1)
DATA = {"billId": "bil_7", "amountDue": "0.100000000000000001", "cycle": "2026-02"}


async def tell(db: Database, partner: int) -> None:
    happening = Happening(partner, EventType.BILL_ISSUED, "bil_7", DATA)
    await db.transact(announce, happening, now=utc_now())


async def test_receiver_takes_a_message_that_it_can_verify(db: Database) -> None:
    partner = await a_partner(db)
    async with a_receiver(status(202)) as receiver:
        endpoint = await an_endpoint(db, partner, receiver.url + "/hooks")
        await tell(db, partner)
        before = utc_now()
        assert await send_due(db) == ["DONE"]
        message = receiver.verified(endpoint.secret)
        assert await send_due(db, after=DAY) == []
    assert (message["type"], message["data"]) == ("bill.issued", DATA)
    assert receiver.ids == ["evt_1"]
    assert receiver.requests[0].headers["content-type"] == "application/json"
    [row] = await WebhookDelivery.all()
    assert await log() == [("DELIVERED", 1, 202, None)]
    assert row.attempted_at is not None
    assert row.delivered_at is not None
    assert before <= row.attempted_at <= row.delivered_at <= utc_now()


@pytest.mark.parametrize(
    ("answer", "response", "failure"),
    [
        (status(500), 500, "The receiver answered 500."),
        (
            status(302, location="http://127.0.0.1:1/"),
            302,
            "The receiver answered 302; redirects are not followed.",
        ),
        (status(429), 429, "The receiver answered 429."),
        (hang, None, "The receiver did not answer within 0.3 s."),
    ],
)
async def test_message_that_is_not_taken_is_sent_again_under_the_same_id(
    db: Database,
    monkeypatch: pytest.MonkeyPatch,
    answer: Answer,
    response: int | None,
    failure: str,
) -> None:
    if response is None:
        monkeypatch.setattr(outgoing, "CALL_SECONDS", 0.3)
    partner = await a_partner(db)
    async with a_receiver(answer, status(200)) as receiver:
        endpoint = await an_endpoint(db, partner, receiver.url)
        await tell(db, partner)
        assert await send_due(db) == [failure]
        assert await log() == [("RETRYING", 1, response, failure)]
        assert await send_due(db) == []
        assert await send_due(db, after=BACK_OFF[0]) == ["DONE"]
        receiver.verified(endpoint.secret)
    assert receiver.ids == ["evt_1", "evt_1"]
    assert receiver.bodies[0] == receiver.bodies[1]
    assert await log() == [("DELIVERED", 2, 200, None)]


async def test_huge_answer_counts_by_its_status(db: Database) -> None:
    partner = await a_partner(db)
    async with a_receiver(endless) as receiver:
        await an_endpoint(db, partner, receiver.url)
        await tell(db, partner)
        assert await send_due(db) == ["DONE"]
    assert await log() == [("DELIVERED", 1, 200, None)]


async def test_message_is_given_up_after_the_last_attempt_and_no_job_is_parked(
    db: Database,
) -> None:
    partner = await a_partner(db)
    async with a_receiver(status(503)) as receiver:
        await an_endpoint(db, partner, receiver.url)
        await tell(db, partner)
        ended = [await send_due(db, after=DAY) for _ in range(len(BACK_OFF) + 2)]
    failure = "The receiver answered 503."
    assert ended == [[failure]] * len(BACK_OFF) + [["DONE"], []]
    assert await log() == [("FAILED", 6, 503, failure)]
    assert [job.status for job in await Job.all()] == ["DONE"]


async def test_receiver_that_is_gone_ends_its_endpoint(db: Database) -> None:
    partner = await a_partner(db)
    async with a_receiver(status(410)) as receiver:
        await an_endpoint(db, partner, receiver.url)
        await tell(db, partner)
        await tell(db, partner)
        assert await send_due(db) == ["DONE", "DONE"]
        await tell(db, partner)
        assert await send_due(db, after=DAY) == []
    assert len(receiver.ids) == 1
    gone = "The receiver answered 410, gone for good: the endpoint was disabled."
    assert await log() == [
        ("FAILED", 1, 410, gone),
        ("FAILED", 0, None, "The endpoint is disabled."),
    ]
    assert [endpoint.is_enabled for endpoint in await WebhookEndpoint.all()] == [False]
    [entry] = await AuditEntry.filter(action="DISABLE_WEBHOOK_ENDPOINT")
    assert (entry.subject, entry.partner_id) == ("system", partner)


@pytest.mark.parametrize("first", [200, 500])
async def test_replay_sends_the_same_event_again_and_keeps_the_log(
    db: Database, first: int
) -> None:
    partner = await a_partner(db)
    async with a_receiver(status(first), status(200)) as receiver:
        await an_endpoint(db, partner, receiver.url)
        await tell(db, partner)
        await send_due(db)
        before = await log()
        await db.transact(replay_delivery, admin(partner), 1, key="k", now=utc_now())
        assert await send_due(db) == ["DONE"]
    assert await log() == [*before, ("DELIVERED", 1, 200, None)]
    assert receiver.ids == ["evt_1", "evt_1"]
    assert receiver.bodies[0] == receiver.bodies[1]


async def test_former_secret_signs_for_a_day_after_a_rotation(db: Database) -> None:
    partner = await a_partner(db)
    new = SigningSecrets(Vault(*SETTINGS.vault_secrets), partner).make(os.urandom)
    async with a_receiver() as receiver:
        old = await an_endpoint(db, partner, receiver.url)
        for rotated_at, holds in ((utc_now(), True), (utc_now() - DAY, False)):
            await WebhookEndpoint.all().update(former_secret=None, former_until=None)
            sealed = (await WebhookEndpoint.get(id=old.id)).sealed_secret
            rotation = {"sealed_secret": new.sealed, "now": rotated_at}
            await db.transact(rotate_secret, admin(partner), old.id, **rotation)
            await tell(db, partner)
            await send_due(db)
            receiver.verified(new.text)
            if holds:
                receiver.verified(old.secret)
            else:
                with pytest.raises(WebhookVerificationError):
                    receiver.verified(old.secret)
            await WebhookEndpoint.all().update(sealed_secret=sealed)


async def test_address_is_checked_when_it_is_used(db: Database) -> None:
    partner = await a_partner(db)
    async with a_receiver() as receiver:
        await an_endpoint(db, partner, receiver.url.replace("http:", "https:"))
        await tell(db, partner)
        [job] = await db.transact(jobs.claim, ANN, limit=1, now=utc_now())
        vault = Vault(*SETTINGS.vault_secrets)
        with pytest.raises(Unavailable, match="no address on the public internet"):
            await send_webhook(db, job, outgoing=Outgoing(), vault=vault, now=utc_now)
    assert receiver.requests == []
    [(state, attempts, *_)] = await log()
    assert (state, attempts) == ("RETRYING", 1)


async def test_secret_of_another_installation_is_noted_and_nothing_is_sent(db: Database) -> None:
    partner = await a_partner(db)
    async with a_receiver() as receiver:
        await an_endpoint(db, partner, receiver.url)
        await WebhookEndpoint.all().update(sealed_secret="v1.AAAA")
        await tell(db, partner)
        [failure] = await send_due(db)
    assert "does not open" in failure
    assert receiver.requests == []
    assert await log() == [("RETRYING", 1, None, failure)]


async def test_worker_that_lost_its_job_notes_no_success(db: Database) -> None:
    partner = await a_partner(db)
    async with a_receiver() as receiver:
        await an_endpoint(db, partner, receiver.url)
        await tell(db, partner)
        [stale] = await db.transact(jobs.claim, ANN, limit=1, now=utc_now())
        [fresh] = await db.transact(jobs.claim, ANN, limit=1, now=utc_now() + LEASE)
        outgoing, vault = Outgoing(allow_private=True), Vault(*SETTINGS.vault_secrets)
        with pytest.raises(Superseded):
            await send_webhook(db, stale, outgoing=outgoing, vault=vault, now=utc_now)
        assert await log() == [("PENDING", 0, None, None)]
        await send_webhook(db, fresh, outgoing=outgoing, vault=vault, now=utc_now)
    assert receiver.ids == ["evt_1", "evt_1"]
    assert await log() == [("DELIVERED", 1, 200, None)]


@pytest.mark.parametrize(
    ("reason", "failure"),
    [
        ("Unavailable: The job was stopped after 3600 s.", "The job was stopped after 3600 s."),
        ("KeyError (job-1-6)", "The message could not be sent (KeyError (job-1-6))."),
    ],
)
async def test_delivery_whose_job_is_parked_says_why(
    db: Database, reason: str, failure: str
) -> None:
    partner = await a_partner(db)
    await an_endpoint(db, partner)
    await tell(db, partner)
    [job] = await db.transact(jobs.claim, ANN, limit=1, now=utc_now())
    await db.transact(fail_delivery, job, reason, utc_now())
    assert await log() == [("FAILED", 0, None, failure)]


async def test_message_is_plain_json_of_ids_and_exact_amounts(db: Database) -> None:
    partner = await a_partner(db)
    async with a_receiver() as receiver:
        await an_endpoint(db, partner, receiver.url)
        await tell(db, partner)
        await send_due(db)
    body = json.loads(receiver.bodies[0])
    assert list(body) == ["type", "timestamp", "data"]
    assert body["data"]["amountDue"] == "0.100000000000000001"
