"""`import`: take in FOCUS files."""

import asyncio
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.actions.imports import ImportOptions, ImportResult, Progress
    from models.adapters.database import Database


def import_files(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="CSV, gzip CSV or Parquet, FOCUS 1.0–1.3.")
    ],
    create_missing: Annotated[
        bool,
        typer.Option(
            "--create-missing",
            help="Register unknown billing accounts as partners, under the names in the file.",
        ),
    ] = False,
    skip_bad_rows: Annotated[
        bool,
        typer.Option(
            "--skip-bad-rows", help="Take the good rows of a file that has broken ones, too."
        ),
    ] = False,
    rejects: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Where the rejects files go; beside the input unless set."
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
) -> None:
    """Import charges: each file whole or not at all, each line once, however often it comes.

    The broken rows of FILE are listed in FILE.rejects.csv. The exit code is 1 when a file was
    refused.
    """
    from models.actions.imports import ImportOptions
    from models.adapters.settings import Settings

    options = ImportOptions(
        secret=Settings().secret.get_secret_value(),
        creates_missing=create_missing,
        skips_bad_rows=skip_bad_rows,
        rejects_folder=rejects,
    )
    if not asyncio.run(_import_all(files, options, quiet=quiet)):
        raise typer.Exit(1)


async def _import_all(files: list[Path], options: "ImportOptions", *, quiet: bool) -> bool:
    from models.adapters.database import open_database
    from models.adapters.settings import Settings
    from models.rules.errors import BillingError

    taken = True
    async with open_database(Settings().database) as db:
        for path in files:
            try:
                taken &= await _import_one(db, path, options, quiet=quiet)
            except BillingError as refused:
                typer.echo(refused.message, err=True)
                taken = False
    return taken


async def _import_one(db: "Database", path: Path, options: "ImportOptions", *, quiet: bool) -> bool:
    from models.actions.imports import ImportOutcome, import_file

    start = perf_counter()
    with _progress_bar(path.name, quiet=quiet) as progress:
        result = await import_file(db, path, options, now=datetime.now(UTC), progress=progress)
    if result.outcome is ImportOutcome.KNOWN:
        typer.echo(f"{path.name}: imported before; its {result.rows:,} rows are known.")
    elif result.outcome is ImportOutcome.IMPORTED:
        speed = round(result.rows / max(perf_counter() - start, 1e-9))
        typer.echo(
            f"{path.name}: {result.rows:,} rows, {result.added:,} added, {result.known:,} already"
            f" known, {result.rejected:,} rejected, {speed:,} rows/s."
        )
    else:
        typer.echo(
            f"{path.name}: refused, nothing was stored; {result.rejected:,} of {result.rows:,} rows"
            " are broken. --skip-bad-rows takes the good ones.",
            err=True,
        )
    _show_problems(result)
    return result.outcome is not ImportOutcome.REFUSED


def _show_problems(result: "ImportResult") -> None:
    for problem in result.problems:
        column = f", {problem.column}" if problem.column else ""
        typer.echo(f"  line {problem.line}{column}: {problem.reason}", err=True)
    if result.rejected:
        more = result.rejected - len(result.problems)
        typer.echo(f"  {f'{more:,} more; all' if more else 'All'} in {result.rejects}", err=True)


@contextmanager
def _progress_bar(name: str, *, quiet: bool) -> "Iterator[Progress]":
    from rich import progress
    from rich.console import Console

    console = Console(stderr=True)
    with progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=quiet or not console.is_terminal,
    ) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
