"""The doorbell: tells the workers that a job is waiting, and never more than that.

The job table is the truth. A bell that is not heard costs a few seconds, until the next sweep; so
ringing is best effort, short, and no one's problem when it fails (rule 2).
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol

from arq.connections import ArqRedis
from redis.exceptions import RedisError

from models.adapters.metrics import NUDGES_MISSED

QUEUE = "bills:bell"
FUNCTION = "run_job"
RING_SECONDS = 0.3
# While Redis is down, one caller in this many seconds waits for it, and nobody else.
PAUSE_SECONDS = 5
# A bell that nobody heard for so long is pointless: every worker has swept many times.
STALE_SECONDS = 300
OUTAGE = (RedisError, OSError, TimeoutError)


class Bell(Protocol):
    """Tells the workers that a job is due."""

    async def ring(self, job_id: int) -> None:
        """Ring for a job that is committed; never raises, never takes longer than a second."""

    async def is_heard(self) -> bool | None:
        """Whether the queue answers now; None where there is none."""


class SilentBell:
    """The bell of an installation without Redis: sweeps find every job."""

    async def ring(self, job_id: int) -> None:
        """Do nothing: the next sweep finds the job."""

    async def is_heard(self) -> bool | None:
        """None: there is no queue."""
        return None


class RedisBell:
    """A bell that rings through arq; `missed` counts the rings that nobody can have heard."""

    def __init__(self, pool: ArqRedis) -> None:
        self._pool = pool
        self._silent_until = 0.0
        self.missed = 0

    async def ring(self, job_id: int) -> None:
        """Ring, within 0.3 s; after a failure not again for 5 s."""
        clock = asyncio.get_running_loop().time
        if clock() < self._silent_until:
            self._miss()
            return
        try:
            async with asyncio.timeout(RING_SECONDS):
                await self._pool.enqueue_job(FUNCTION, job_id, _expires=STALE_SECONDS)
        except OUTAGE:
            self._miss()
            self._silent_until = clock() + PAUSE_SECONDS

    async def is_heard(self) -> bool | None:
        """Whether Redis answers within 0.3 s."""
        try:
            async with asyncio.timeout(RING_SECONDS):
                return bool(await self._pool.ping())
        except OUTAGE:
            return False

    def _miss(self) -> None:
        self.missed += 1
        NUDGES_MISSED.inc()


@asynccontextmanager
async def open_bell(redis_url: str) -> AsyncIterator[Bell]:
    """The bell at a `redis://`, `rediss://` or `unix://` URL; a silent one when it is empty."""
    if not redis_url:
        yield SilentBell()
        return
    pool = open_pool(redis_url, timeout_seconds=RING_SECONDS)
    try:
        yield RedisBell(pool)
    finally:
        await pool.aclose()


def open_pool(redis_url: str, *, timeout_seconds: float) -> ArqRedis:
    """arq's connections, JSON instead of pickle, no wait longer than `timeout_seconds`."""
    pool: ArqRedis = ArqRedis.from_url(
        redis_url, socket_timeout=timeout_seconds, socket_connect_timeout=timeout_seconds
    )
    pool.default_queue_name = QUEUE
    pool.job_serializer = to_json
    pool.job_deserializer = json.loads
    return pool


def to_json(job: dict[str, Any]) -> bytes:
    """An arq job at rest; what JSON does not know is only ever an error, kept as text."""
    return json.dumps(job, default=str).encode()
