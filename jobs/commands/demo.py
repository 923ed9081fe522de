"""`demo`: everything at once, on this machine, with invented data."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer


def demo(
    port: Annotated[int, typer.Option(help="0 takes any that is free.", min=0, max=65535)] = 8000,
    data: Annotated[Path, typer.Option(help="Folder of the demo's data.")] = Path("demo-data"),
    seed: Annotated[int, typer.Option(help="Other numbers, on the first start only.")] = 7,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Start Valkey, the API and a worker with invented partners and a year of charges.

    Prints the address, tokens and a query, and writes them to DATA/demo.json. Ctrl-C ends all.
    """
    from jobs.demo.stage import Demo
    from jobs.demo.supervisor import run_demo

    today = datetime.now(UTC).date()
    run_demo(Demo(host, port, data, seed, today), os.environ, typer.echo)
