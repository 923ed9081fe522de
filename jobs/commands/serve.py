"""`serve`: the API."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

# Uvicorn waits so long for what is under way; closing the database and the like comes after it.
GRACE_SECONDS = 25


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="How many processes.")] = 1,
) -> None:
    """Serve the GraphQL API and downloads; start workers beside it with `worker`."""
    import uvicorn

    from models.adapters.logs import configure_logs
    from models.adapters.settings import Settings

    Settings()  # refused here, in words, what the server would only stumble over
    configure_logs()
    with _shared_figures(workers):
        uvicorn.run(
            "api.app:create_app",
            factory=True,
            host=host,
            port=port,
            workers=workers,
            http="api.joined_writes:JoinedHttp",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # nothing here depends on a client's address or scheme
            timeout_graceful_shutdown=GRACE_SECONDS,
            ws_max_size=100_000,  # as large as the body of a request may be
            ws_per_message_deflate=False,  # it would hold much memory for each idle connection
        )


@contextmanager
def _shared_figures(workers: int) -> Iterator[None]:
    """Let several processes count as one, in files that any of them reads for /metrics."""
    from models.adapters.metrics import SHARED_FOLDER

    if workers == 1 or SHARED_FOLDER in os.environ:
        yield
        return
    with TemporaryDirectory(prefix="bills-metrics-") as folder:
        os.environ[SHARED_FOLDER] = folder
        yield
