"""`restore`: the embedded store, from a backup."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer


def restore(
    place: Annotated[Path, typer.Argument(metavar="FOLDER", help="What `backup` has written.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the store that is there; nobody may use it.")
    ] = False,
) -> None:
    """Make the embedded store what it was when the backup was made, once that is found sound."""
    from jobs.restore import restore as restore_all
    from models.adapters.settings import Settings
    from models.reads.migrations import KNOWN
    from models.rules.errors import BillingError, Unavailable

    try:
        made = asyncio.run(restore_all(Settings(), place, replaces=replace))
    except BillingError as refused:
        is_begun = isinstance(refused, Unavailable)
        rest = "The database is as it was; do it again." if is_begun else "Nothing was changed."
        typer.echo(f"{refused.message} {rest}", err=True)
        raise typer.Exit(1) from refused
    older = "" if made.migration == KNOWN[-1] else "Run `migrate`, then "
    typer.echo(
        f"Restored: the database of {made.made_at} at {made.migration}, and {len(made.files):,}"
        f" files. {older or 'Run '}`verify`; start with the BILLS_SECRET of that time."
    )
