"""A worker whose jobs hang in a thread, started as every other: `python -m tests.hanging`."""

import time
from unittest.mock import patch

from jobs.commands.worker import worker
from jobs.services import Clock, Runner, Services
from models.actions.jobs import ClaimedJob
from models.actions.threads import in_thread
from models.rules.jobs import JobKind

HANG_SECONDS = 300


async def hang(_services: Services, _job: ClaimedJob, _now: Clock) -> None:
    """Call what does not return, and cannot be stopped."""
    await in_thread(time.sleep, HANG_SECONDS)


if __name__ == "__main__":
    with patch("jobs.runners.RUNNERS", {JobKind.EXPORT: Runner(hang)}):
        worker()
