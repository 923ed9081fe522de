"""A worker process of its own that kills itself, for good, in the middle of a delivery.

`python -m tests.dying DATABASE FOLDER PARTNER NOW STEP`: -9 comes at the STEP-th step, where a step
is a file begun in our own store, or the time right before or after a put into the bucket.
"""

import asyncio
import os
import signal
import sys
from datetime import datetime
from pathlib import Path

from models.adapters.database import open_database
from models.adapters.files import Label, LocalFiles, NewFile
from tests.delivering import Mailroom


class Steps:
    """Counts down to the end."""

    def __init__(self, left: int) -> None:
        self._left = left

    def take(self) -> None:
        """One step; the last one is not survived."""
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    async def weather(self, _moment: str, _key: str) -> None:
        """A step around a put."""
        self.take()


class StepFiles(LocalFiles):
    """A file store in which every beginning is a step."""

    def __init__(self, folder: Path, steps: Steps) -> None:
        super().__init__(folder)
        self._steps = steps

    def create(self, key: str, label: Label | None = None) -> NewFile:
        """Begin a file, or end it all."""
        self._steps.take()
        return super().create(key, label)


async def main(url: str, folder: Path, partner: int, now: datetime, steps: Steps) -> None:
    """Do what is due."""
    async with open_database(url, readers=2, writers=5) as db:
        room = Mailroom(db, folder, partner, now, steps.weather, rows_per_part=1)
        room.files = StepFiles(folder / "files", steps)
        for job in await room.claim("doomed"):
            await room.run(job)


if __name__ == "__main__":
    database, folder_, partner_, now_, step = sys.argv[1:]
    asyncio.run(
        main(
            database,
            Path(folder_),
            int(partner_),
            datetime.fromisoformat(now_),
            Steps(int(step)),
        )
    )
