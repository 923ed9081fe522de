"""`serve`: the API."""

from typing import Annotated

import typer


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="How many processes.")] = 1,
) -> None:
    """Serve the GraphQL API and downloads; start workers beside it with `worker`."""
    import uvicorn

    uvicorn.run(
        "api.app:create_app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # nothing here depends on a client's address or scheme
        timeout_graceful_shutdown=30,
        ws_max_size=100_000,  # as large as the body of a request may be
        ws_per_message_deflate=False,  # it would hold much memory for each idle connection
    )
