"""Partners' revisions: what says whether anything of a partner has changed."""

import asyncio

from models.adapters.database import Database


class Revisions:
    """Reads revisions for many at a time.

    Whoever asks is told a revision that was read after it asked; those who ask while a statement is
    under way share the next one.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: list[tuple[int, asyncio.Future[int | None]]] = []
        self._reading: asyncio.Task[None] | None = None

    async def of(self, partner_id: int) -> int | None:
        """The partner's revision; None when there is no such partner.

        Raises Unavailable when the database does not answer.
        """
        told = asyncio.get_running_loop().create_future()
        self._waiting.append((partner_id, told))
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_all())
        revision: int | None = await told
        return revision

    async def _read_all(self) -> None:
        try:
            while self._waiting:
                asked, self._waiting = self._waiting, []
                await self._read(asked)
        finally:
            self._reading = None

    async def _read(self, asked: list[tuple[int, asyncio.Future[int | None]]]) -> None:
        try:
            found = await self._revisions({partner_id for partner_id, _ in asked})
        except Exception as failure:
            for _, told in asked:
                if not told.done():
                    told.set_exception(failure)
            return
        for partner_id, told in asked:
            if not told.done():
                told.set_result(found.get(partner_id))

    async def _revisions(self, partner_ids: set[int]) -> dict[int, int]:
        among = self._db.dialect.any_number("id", "$1")
        sql = f"SELECT id, revision FROM partners WHERE {among}"
        return {row[0]: row[1] for row in await self._db.fetch(sql, list(partner_ids))}
