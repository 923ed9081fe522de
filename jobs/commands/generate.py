"""`generate`: bills and estimates, at once and in this process."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from jobs.generation import Generated
    from models.adapters.database import Database
    from models.reads.due import BillLine

SHOWN_BILLS = 20


def generate(
    everything: Annotated[
        bool, typer.Option("--all", help="Every partner: all bills that are due, all estimates.")
    ] = False,
    partner: Annotated[str, typer.Option(help="One partner, such as prt_1, with --cycle.")] = "",
    cycle: Annotated[str, typer.Option(help="The month to bill, such as 2026-03.")] = "",
    force: Annotated[
        bool, typer.Option("--force", help="Bill a closed month before its issue window opens.")
    ] = False,
    now: Annotated[str, typer.Option(help="As if it were 2026-03-05T01:00:00+08:00.")] = "",
) -> None:
    """Generate what is due; to repeat it changes nothing."""
    is_meant = not (partner or cycle or force) if everything else bool(partner and cycle)
    if not is_meant:
        raise typer.BadParameter("either --all, or --partner and --cycle, these also with --force")
    at = _instant(now) if now else datetime.now(UTC)
    generated = asyncio.run(_generate(partner, cycle, at, force=force))
    for problem in generated.problems:
        typer.echo(problem, err=True)
    if generated.problems:
        raise typer.Exit(1)


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise typer.BadParameter(f"{text!r} is no instant with an offset from UTC")
    return instant.astimezone(UTC)


async def _generate(partner: str, cycle: str, now: datetime, *, force: bool) -> "Generated":
    from jobs.generation import generate_cycle, generate_due
    from models.adapters.database import open_database
    from models.adapters.settings import Settings

    async with open_database(Settings().database) as db:
        if partner:
            generated = await generate_cycle(db, (partner, cycle), now=now, force=force)
        else:
            generated = await generate_due(db, now=now)
        await _show(db, generated)
    return generated


async def _show(db: "Database", generated: "Generated") -> None:
    from models.reads.due import bill_lines

    changed = sorted({*generated.issued, *generated.reissued})
    if changed:
        _print(await bill_lines(db, changed[:SHOWN_BILLS]))
    more = len(changed) - SHOWN_BILLS
    typer.echo(
        f"{f'… and {more} more. ' if more > 0 else ''}{len(generated.issued)} bills issued,"
        f" {len(generated.reissued)} brought up to date, {len(generated.estimates)} estimates."
    )


def _print(lines: "list[BillLine]") -> None:
    from rich.console import Console
    from rich.table import Table

    from models.adapters.currencies import minor_digits
    from models.rules.ids import IdPrefix, public_id

    table = Table("bill", "partner", "cycle", "kind", "version", "charges", "amount", "currency")
    for line in lines:
        table.add_row(
            public_id(IdPrefix.BILL, line.bill_id),
            line.partner,
            line.cycle,
            line.kind,
            str(line.version),
            f"{line.charges:,}",
            f"{line.amount:,.{minor_digits(line.currency)}f}",
            line.currency,
        )
    Console().print(table)
