"""`doctor`: what is wrong with this installation, and how to mend it."""

import asyncio
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from jobs.doctor_findings import Finding
    from models.adapters.settings import Settings


def doctor() -> None:
    """Look at settings, machine, files, queue, database and work; exit code 1 if any is ill."""
    from models.adapters.settings import Settings, problems

    try:
        settings = Settings()
    except ValueError as refused:
        if not (lines := problems(refused)):
            raise
        _show_refused(lines)
        raise typer.Exit(1) from refused
    findings = asyncio.run(_examine(settings))
    _show(findings)
    raise typer.Exit(0 if all(finding.is_well for finding in findings) else 1)


async def _examine(settings: "Settings") -> "list[Finding]":
    from jobs.doctor import examine

    return [finding async for finding in examine(settings)]


def _show_refused(lines: list[str]) -> None:
    from jobs.doctor_findings import ill

    _show([ill("settings", line, "nothing starts before it is corrected") for line in lines])


def _show(findings: "list[Finding]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("", "part", "finding", "what to do"):
        table.add_column(heading)
    for finding in findings:
        mark = "[green]ok[/]" if finding.is_well else "[red]ill[/]"
        table.add_row(mark, finding.name, finding.what, finding.remedy)
    Console().print(table)
