"""A partner with webhook endpoints, and a worker that sends what is due."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from jobs.runners import RUNNERS
from jobs.services import Services
from models.actions import jobs
from models.actions.jobs import Claimant
from models.actions.webhooks import EndpointDraft, create_endpoint
from models.adapters.database import Database
from models.adapters.files import LocalFiles
from models.adapters.queue import SilentBell
from models.adapters.settings import Settings
from models.adapters.signing import SigningSecrets
from models.adapters.vault import Vault
from models.rules.errors import Unavailable
from models.rules.jobs import JobKind, JobStatus
from models.rules.principals import Principal, Role
from models.rules.states import EventType
from models.tables.webhooks import WebhookDelivery

LEASE = timedelta(seconds=20)
ANN = Claimant("ann", LEASE, frozenset({JobKind.SEND_WEBHOOK}))
SETTINGS = Settings(allow_private_addresses=True)
EVERYTHING = [each for each in EventType if each is not EventType.WEBHOOK_TEST]


def utc_now() -> datetime:
    """The time of messages, which receivers compare with their own clock."""
    return datetime.now(UTC)


def admin(partner: int) -> Principal:
    """Ada, who administers a partner."""
    return Principal("ada", Role.PARTNER_ADMIN, partner)


@dataclass(frozen=True)
class Endpoint:
    """An endpoint's id and the secret that its receiver was told."""

    id: int
    secret: str


async def an_endpoint(
    db: Database,
    partner: int,
    url: str = "http://127.0.0.1:9/",
    types: Sequence[EventType] = EVERYTHING,
) -> Endpoint:
    """An endpoint of the partner, told of everything unless said otherwise."""
    secret = SigningSecrets(Vault(*SETTINGS.vault_secrets), partner).make(os.urandom)
    draft = EndpointDraft(url, list(types), secret.sealed)
    made = await db.transact(create_endpoint, admin(partner), draft, now=utc_now())
    return Endpoint(made, secret.text)


async def send_due(db: Database, *, after: timedelta = timedelta(0)) -> list[str]:
    """Everything that is due by then, done as a worker does it; how each job ended.

    The signatures are of the present, so that receivers take them.
    """
    services = Services(db, SETTINGS, LocalFiles(Path("unused")), SilentBell())
    ended = []
    for job in await db.transact(jobs.claim, ANN, limit=99, now=utc_now() + after):
        runner = RUNNERS[job.kind]
        try:
            await runner.run(services, job, utc_now)
        except Unavailable as failure:
            status = await db.transact(jobs.fail, job, failure.message, now=utc_now())
            assert status is JobStatus.QUEUED
            ended.append(failure.message)
        else:
            ended.append("DONE")
    return ended


async def log() -> list[tuple[str, int, int | None, str | None]]:
    """The delivery log, oldest first: status, attempts, answer, failure."""
    rows = await WebhookDelivery.all().order_by("id")
    return [(row.status, row.attempts, row.response_status, row.failure) for row in rows]
