"""`backup`: the embedded store, while it is written."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from models.rules.backups import Backup


def backup(
    place: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new or empty folder.")],
) -> None:
    """Copy the embedded database and the files that it names; nothing needs to be stopped.

    The exit code is 1 when a file was missing, or not what the database says of it.
    """
    from jobs.backup import back_up
    from models.adapters.settings import Settings
    from models.rules.errors import BillingError

    try:
        made = asyncio.run(back_up(Settings(), place, now=datetime.now(UTC)))
    except BillingError as refused:
        typer.echo(refused.message, err=True)
        raise typer.Exit(1) from refused
    _show(made, place)
    if made.unsound:
        raise typer.Exit(1)


def _show(made: "Backup", place: Path) -> None:
    from models.rules.findings import printable

    for name in made.unsound:
        typer.echo(f"{printable(name)}: missing, or not what the database says of it.", err=True)
    for name in made.gone:
        typer.echo(f"note: {printable(name)}: removed while the backup was made.")
    typer.echo(
        f"Backed up to {place}: the database at {made.migration} and {len(made.files):,} files,"
        f" {made.size:,} bytes. Keep BILLS_SECRET apart from it, and keep it: what is sealed in"
        " the database opens with nothing else."
    )
