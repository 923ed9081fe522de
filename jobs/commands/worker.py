"""`worker`: do what is due, until told to stop."""

import asyncio
import os
import secrets
import signal
import socket
from datetime import UTC, datetime


def worker() -> None:
    """Issue bills, take estimates, write exports; SIGTERM or Ctrl-C ends it within 25 seconds."""
    from models.adapters.logs import configure_logs

    configure_logs()
    asyncio.run(_work())


async def _work() -> None:
    from jobs.runners import RUNNERS
    from jobs.services import open_services
    from jobs.worker import Worker
    from models.adapters.settings import Settings

    async with open_services(Settings()) as services:
        working = Worker(services, RUNNERS, owner=_owner(), clock=lambda: datetime.now(UTC))
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, working.stop)
        await working.run()


def _owner() -> str:
    """A name that no other process ever has, short enough for its column."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
