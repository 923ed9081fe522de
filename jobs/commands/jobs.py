"""`jobs`: what was given up, and trying it again."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer


def jobs(
    retry: Annotated[
        int | None, typer.Option(help="Run this parked job again, with all its attempts.")
    ] = None,
) -> None:
    """List parked jobs and files of the inbox that were not taken in, or let a job run again."""
    asyncio.run(_list() if retry is None else _retry(retry))


async def _list() -> None:
    from models.adapters.database import open_database
    from models.adapters.settings import Settings
    from models.reads.inbox import untaken_files
    from models.reads.jobs import parked_jobs
    from models.rules.findings import printable
    from models.rules.ids import IdPrefix, public_id

    async with open_database(Settings().database) as db:
        parked, untaken = await parked_jobs(db), await untaken_files(db)
    for job in parked:
        typer.echo(f"{job.id}  {job.key}  failed {job.failures} times  {job.error}")
    if not parked:
        typer.echo("No job is parked.")
    for file in untaken:
        name = f"{public_id(IdPrefix.INBOX_FILE, file.id)}  {printable(file.name)}"
        typer.echo(f"{name}  {file.status}: {file.failure}")


async def _retry(job_id: int) -> None:
    from jobs.services import open_services
    from models.actions.jobs import retry
    from models.adapters.settings import Settings

    async with open_services(Settings()) as services:
        await services.db.transact(retry, job_id=job_id, now=datetime.now(UTC))
        await services.bell.ring(job_id)
    typer.echo(f"Job {job_id} runs again.")
