"""Whether this process can do its part now, part by part, and why not.

Asked every second by load balancers and without sign-in: each question is short, its answer is
remembered, and none of them names an address or quotes an error.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from jobs.remembered import Remembered
from jobs.services import Services
from models.adapters.connections import require_database
from models.adapters.files import LocalFiles
from models.reads.migrations import applied_migrations, missing_migrations
from models.rules.errors import Unavailable

WAIT_SECONDS = 1.5
KEEP_SECONDS = 1.0
# A bucket's answer costs money, and does not make a process ready or unready.
KEEP_BUCKET_SECONDS = 30.0

_SILENT = f"does not answer within {WAIT_SECONDS:g} s"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the installation; what is not `is_needed` does not make a process unready."""

    name: str
    is_well: bool
    what: str
    is_needed: bool = True


class Readiness:
    """Looks at every part, side by side."""

    def __init__(self, services: Services) -> None:
        self._services = services
        is_folder = isinstance(services.files, LocalFiles)
        self._looks = (
            _Look("database", self._database),
            _Look("migrations", self._migrations),
            _Look("queue", self._queue, is_needed=False),
            _Look(
                "file store",
                self._files,
                is_needed=is_folder,
                keep=KEEP_SECONDS if is_folder else KEEP_BUCKET_SECONDS,
            ),
        )

    async def look(self) -> list[Part]:
        """How every part is, no older than a second, within two."""
        return await asyncio.gather(*(each.look() for each in self._looks))

    async def _database(self) -> str:
        require_database(self._services.settings.database)
        await applied_migrations(self._services.db)
        return "answers"

    async def _migrations(self) -> str:
        missing = await missing_migrations(self._services.db)
        if missing:
            raise _Ill(f"run `migrate`: {', '.join(missing)} not applied")
        return "all applied"

    async def _queue(self) -> str:
        is_heard = await self._services.bell.is_heard()
        if is_heard is False:
            raise _Ill("does not answer; workers find jobs by themselves in seconds")
        return "answers" if is_heard else "none is set; workers find jobs by themselves in seconds"

    async def _files(self) -> str:
        await asyncio.to_thread(self._services.files.require_well)
        return "can be read"


class _Ill(Exception):
    """Why a part is not well."""


class _Look:
    def __init__(
        self,
        name: str,
        ask: Callable[[], Awaitable[str]],
        *,
        is_needed: bool = True,
        keep: float = KEEP_SECONDS,
    ) -> None:
        self._name = name
        self._is_needed = is_needed
        self._asked = Remembered(ask, keep=keep, wait=WAIT_SECONDS)

    async def look(self) -> Part:
        try:
            return self._part(True, await self._asked.answer())
        except TimeoutError:
            return self._part(False, _SILENT)
        except (_Ill, Unavailable) as ill:
            return self._part(False, str(ill))
        except Exception as failure:
            # Its text may quote an address; its type does not.
            return self._part(False, f"cannot be asked ({type(failure).__name__})")

    def _part(self, is_well: bool, what: str) -> Part:
        return Part(self._name, is_well, what, self._is_needed)
