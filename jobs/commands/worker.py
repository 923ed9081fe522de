"""`worker`: do what is due, until told to stop."""

import asyncio
import os
import secrets
import signal
import socket
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from jobs.services import Services


def worker(
    metrics_port: Annotated[
        int | None,
        typer.Option(
            min=1, max=65535, help="Where /healthz, /readyz and /metrics answer; nowhere without."
        ),
    ] = None,
    metrics_host: Annotated[str, typer.Option(help="The address for it.")] = "127.0.0.1",
) -> None:
    """Issue bills, take estimates, write exports; SIGTERM or Ctrl-C ends it within 30 seconds."""
    from models.adapters.logs import configure_logs

    configure_logs()
    asyncio.run(_work(metrics_host, metrics_port))


async def _work(host: str, port: int | None) -> None:
    from jobs.leaving import be_gone_in_time
    from jobs.runners import RUNNERS
    from jobs.services import open_services
    from jobs.worker import Worker
    from models.adapters.settings import Settings
    from models.adapters.tracing import closing_tracing, open_tracing

    settings = Settings()
    tracing = open_tracing(settings.traces_url)
    async with closing_tracing(tracing), open_services(settings, tracing) as services:
        working = Worker(services, RUNNERS, owner=_owner(), clock=_utc_now)

        def leave() -> None:
            be_gone_in_time()
            working.stop()

        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, leave)
        async with AsyncExitStack() as beside:
            if port is not None:
                await _serve_probes(beside, services, (host, port))
            await working.run()


async def _serve_probes(
    beside: AsyncExitStack, services: "Services", address: tuple[str, int]
) -> None:
    from jobs.probe_server import serve_probes
    from jobs.probes import probe_routes

    host, port = address
    routes = probe_routes(services, _utc_now)
    await beside.enter_async_context(serve_probes(routes, host=host, port=port))


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _owner() -> str:
    """A name that no other process ever has, short enough for its column."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
