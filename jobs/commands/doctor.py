"""`doctor`: what is wrong with this installation, and how to mend it."""

import asyncio

import typer


def doctor() -> None:
    """Look at settings, files, queue, database, migrations and jobs; exit code 1 if any is ill."""
    raise typer.Exit(asyncio.run(_examine()))


async def _examine() -> int:
    from rich.console import Console
    from rich.table import Table

    from jobs.doctor import examine
    from models.adapters.settings import Settings

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("", "part", "finding", "what to do"):
        table.add_column(heading)
    is_well = True
    async for finding in examine(Settings()):
        is_well = is_well and finding.is_well
        mark = "[green]ok[/]" if finding.is_well else "[red]ill[/]"
        table.add_row(mark, finding.name, finding.what, finding.remedy)
    Console().print(table)
    return 0 if is_well else 1
