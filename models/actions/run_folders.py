"""A folder for the temporary files of one run of a job, which is gone when the run is over."""

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from models.actions.threads import in_thread


@asynccontextmanager
async def run_folder(within: Path, name: str, run: int) -> AsyncIterator[Path]:
    """An empty folder of this run's own; what earlier runs of `name` left goes away first."""
    folders = [within / f"{name}-run-{each}" for each in range(1, run + 1)]
    await in_thread(_remove, folders)
    try:
        await in_thread(folders[-1].mkdir, parents=True)
        yield folders[-1]
    finally:
        await in_thread(_remove, folders[-1:])


def _remove(folders: Sequence[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
