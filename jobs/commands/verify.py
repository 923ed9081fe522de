"""`verify`: proves that what is stored is what was billed."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.commands.status import verifying

if TYPE_CHECKING:
    from models.reads.verification import Verified
    from models.rules.ids import IdPrefix


def verify(
    partner: Annotated[str, typer.Option(help="One partner only, such as prt_1.")] = "",
    bill: Annotated[str, typer.Option(help="One bill only, such as bil_7.")] = "",
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
) -> None:
    """Work out every bill version again from its charges, and hold money against the ledger.

    Names the first thing that was changed, added or taken away, and then exits with code 1.
    """
    from models.rules.tampering import Tampered

    try:
        done = asyncio.run(_verify(partner, bill, quiet=quiet))
    except Tampered as found:
        typer.echo(f"Tampered with: {found}", err=True)
        raise typer.Exit(1) from found
    typer.echo(f"All is as it was: {_counts(done)}.")


async def _verify(partner: str, bill: str, *, quiet: bool) -> "Verified":
    from models.adapters.database import open_database
    from models.adapters.settings import Settings
    from models.reads.verification import Extent
    from models.reads.verification import verify as verify_all
    from models.rules.ids import IdPrefix

    extent = Extent(_row_id(partner, IdPrefix.PARTNER), _row_id(bill, IdPrefix.BILL))
    async with open_database(Settings().database) as db:
        with verifying(_counts, quiet=quiet) as progress:
            return await verify_all(db, extent, progress=progress)


def _row_id(text: str, prefix: "IdPrefix") -> int | None:
    from models.rules.ids import parse_public_id

    row_id = parse_public_id(text, prefix)
    if text and row_id is None:
        raise typer.BadParameter(f"{text!r} is no id such as {prefix}_7")
    return row_id


def _counts(done: "Verified") -> str:
    return (
        f"{done.bills:,} bills in {done.versions:,} versions, {done.charges:,} charges,"
        f" {done.payments:,} payments, {done.transactions:,} ledger transactions"
    )
