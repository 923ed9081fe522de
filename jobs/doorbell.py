"""The worker's end of the doorbell: arq's worker, embedded, in place for as long as it takes.

Redis may vanish at any moment. Then nobody is nudged, the sweeps go on, and this end comes back by
itself; jobs that were started by a ring are not touched.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

import arq
from arq.worker import func

from jobs.survive import survive
from models.adapters.queue import FUNCTION, QUEUE, open_pool, to_json

POLL_SECONDS = 0.1
REDIS_SECONDS = 2
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 15


class Doorbell:
    """Calls `answer(job_id)` when the bell rings."""

    def __init__(self, redis_url: str, answer: Callable[[int], Awaitable[None]]) -> None:
        self._url = redis_url
        self._answer = answer
        self._arq: arq.Worker | None = None

    def open(self, is_open: bool) -> None:
        """Hear rings, or leave them to other workers while there is no free place here."""
        if self._arq is not None:
            self._arq.allow_pick_jobs = is_open

    async def listen(self, *, places: int, job_seconds: float) -> NoReturn:
        """Answer up to `places` rings at a time until cancelled, through every outage."""
        pause = FIRST_PAUSE_SECONDS
        clock = asyncio.get_running_loop().time
        while True:
            started = clock()
            await survive("doorbell_lost", self._listen_until_lost, places, job_seconds)
            if clock() - started > LONGEST_PAUSE_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _listen_until_lost(self, places: int, job_seconds: float) -> None:
        pool = open_pool(self._url, timeout_seconds=REDIS_SECONDS)
        self._arq = arq.Worker(
            [func(self._rung, name=FUNCTION)],
            queue_name=QUEUE,
            redis_pool=pool,
            handle_signals=False,
            max_jobs=places,
            job_timeout=job_seconds,
            keep_result=0,
            max_tries=1,
            poll_delay=POLL_SECONDS,
            job_serializer=to_json,
            job_deserializer=json.loads,
            log_results=False,
        )
        try:
            await self._arq.async_run()
        finally:
            for task in self._arq.tasks.values():
                task.cancel()
            await asyncio.gather(*self._arq.tasks.values(), return_exceptions=True)
            self._arq = None
            await pool.aclose()

    async def _rung(self, ctx: dict[Any, Any], *args: Any, **_: Any) -> None:
        await self._answer(int(args[0]))
