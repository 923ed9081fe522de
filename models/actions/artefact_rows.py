"""The rows of a file on their way from the database into its parts."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from decimal import Decimal
from functools import partial
from typing import Any

from models.actions.artefact_parts import Part, Share, added_shares, record_part
from models.actions.artefact_sheets import PartInTheMaking, Press
from models.actions.artefacts import Pace, Rows, Workshop
from models.actions.jobs import ClaimedJob, Superseded
from models.actions.threads import in_thread
from models.adapters.ahead import one_ahead
from models.rules.errors import Conflict, ErrorCode
from models.rules.money import amount_text

ROWS_A_BATCH = 2_500
# For both databases the same as none; one of them wants a limit where there is an offset.
_NO_LIMIT = 2**63 - 1


class OutOfBalance(Conflict):
    """Rows do not come to what the database says they must; nothing of them may be kept."""

    code = ErrorCode.BILL_OUT_OF_BALANCE


class RowsInTheMaking:
    """Writes all rows of a file into parts, behind the `parts` that are there."""

    def __init__(
        self, workshop: Workshop, job: ClaimedJob, press: Press, pace: Pace, parts: list[Part]
    ) -> None:
        self._workshop = workshop
        self._job = job
        self._press = press
        self._pace = pace
        self._open: PartInTheMaking | None = None
        self.parts = parts

    async def write(self) -> None:
        """Write what is missing; raises OutOfBalance, Unavailable (STORAGE_FULL), Superseded."""
        written = [share.stretch for part in self.parts for share in part.shares]
        first = max(written, default=0)
        try:
            for stretch, rows in enumerate(self._press.artefact.rows):
                if stretch >= first:
                    await self._stream(stretch, rows)
                self._require_balance(stretch, rows)
            if self._open or not self.parts:
                await self._finish(self._open or await self._begin())
        finally:
            if self._open:
                await in_thread(self._open.close)

    async def _stream(self, stretch: int, rows: Rows) -> None:
        statement, skipped = rows.statement, self._share(stretch).rows
        limits = f" LIMIT {_NO_LIMIT} OFFSET {skipped}" if skipped else ""
        stream = self._workshop.db.stream(
            statement.sql + limits, *statement.values, batch=ROWS_A_BATCH
        )
        async with (
            aclosing(stream) as batches,
            # They are cleaned while others are being written: both take their time.
            aclosing(one_ahead(partial(self._cleaned, batches))) as cleaned,
        ):
            async for lines in cleaned:
                rest = lines
                while rest:
                    rest = await in_thread((await self._with_room()).add, stretch, rest)
                await self._pace.note(len(lines))

    async def _cleaned(self, batches: AsyncGenerator[list[Any], None]) -> list[str]:
        """The lines of the next batch, fit to leave the house; none at the end."""
        batch: list[Any] = await anext(batches, [])
        return await in_thread(self._press.lines.clean, [row[0] for row in batch])

    async def _with_room(self) -> PartInTheMaking:
        if self._open and self._open.is_full:
            await self._finish(self._open)
        return self._open or await self._begin()

    async def _begin(self) -> PartInTheMaking:
        self._open = PartInTheMaking(self._press, len(self.parts) + 1)
        await in_thread(self._open.begin)
        return self._open

    async def _finish(self, made: PartInTheMaking) -> None:
        part = await in_thread(made.commit)
        await in_thread(made.close)
        self._open = None
        owner, workshop = self._press.artefact.owner, self._workshop
        try:
            await workshop.db.transact(record_part, self._job, owner, part)
        except Superseded:
            await in_thread(workshop.files.remove, part.object_key)
            raise
        self.parts.append(part)
        await self._pace.finish_part(part.file.size)

    def _share(self, stretch: int) -> Share:
        """What there is of a stretch so far, in this run and before it."""
        shares = [share for part in self.parts for share in part.shares]
        if self._open:
            shares += self._open.shares
        return added_shares(shares).get(stretch, Share(stretch, 0, Decimal(0)))

    def _require_balance(self, stretch: int, rows: Rows) -> None:
        there = self._share(stretch)
        is_whole = rows.expected_rows in {None, there.rows}
        if is_whole and rows.expected in {None, there.total}:
            return
        bill, expected = rows.bill, rows.expected
        what = f"{bill.bill}, version {bill.version}" if bill else self._press.artefact.owner
        wanted = f" instead of {amount_text(expected)}" if expected is not None else ""
        raise OutOfBalance(
            f"{what}: the {there.rows} rows of the file come to {amount_text(there.total)}{wanted},"
            " or some are missing; nothing was kept."
        )
