"""Importing files of charges: each file as a whole or not at all, each line once."""

import asyncio
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, TypedDict

from models.actions.import_posting import Posted, SourceFile, post_import
from models.actions.intake import Intake
from models.actions.rejects import Rejects
from models.actions.staging import end_staging, open_staging, stage
from models.adapters.database import Database
from models.adapters.focus_files import open_focus
from models.adapters.sessions import Session, open_session
from models.reads.accounts import all_payers
from models.rules.errors import Conflict, ErrorCode, InvalidInput
from models.rules.focus import RowProblem
from models.rules.inbox import REJECTS_SUFFIX

Progress = Callable[[int, int], None]
# Two files that register the same partner at once: the second attempt finds it registered.
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How a file is taken in; `secret` keys the export tokens of new customers (R37).

    `creates_missing` registers unknown billing accounts as partners, under the names in the file;
    `skips_bad_rows` takes the good rows of a file that has broken ones, too. The rejects file is
    written to `rejects_folder`, or beside the file.
    """

    secret: str = field(repr=False)
    creates_missing: bool = False
    skips_bad_rows: bool = False
    rejects_folder: Path | None = None


class ImportOutcome(StrEnum):
    """What became of a file: taken in, recognised as one that was, or refused as a whole."""

    IMPORTED = "IMPORTED"
    KNOWN = "KNOWN"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did; rows = added + known + rejected, unless the file was refused.

    A refused file has broken rows, and nothing of it was stored. `problems` are the first few of
    them; all stand in the file `rejects`.
    """

    outcome: ImportOutcome
    rows: int
    added: int = 0
    known: int = 0
    rejected: int = 0
    problems: tuple[RowProblem, ...] = ()
    rejects: Path | None = None


async def import_file(
    db: Database,
    path: Path,
    options: ImportOptions,
    *,
    now: datetime,
    progress: Progress = lambda done, total: None,
) -> ImportResult:
    """Import a FOCUS file, whole or not at all; a line that came before, in any file, is known.

    Rows are checked and staged while others work; one short transaction makes them charges.
    `progress` is told bytes read and bytes in all. Raises InvalidInput (INVALID_FILE,
    MISSING_COLUMN) for what is no FOCUS file or changes meanwhile, and Unavailable.
    """
    identity = await asyncio.to_thread(_identify, path)
    with Rejects(_rejects_path(path, options)) as rejects:
        rows = await _rows_of_known_file(db, identity.sha256)
        if rows is not None:
            return ImportResult(ImportOutcome.KNOWN, rows, known=rows)
        payers = await all_payers(db)
        with open_focus(path) as file:
            async with open_session(db) as session:
                reading = _Reading(session, Intake(file, payers, options.creates_missing), rejects)
                await reading.run(options, progress)
                _check_unchanged(path, identity)
                if reading.is_refused:
                    return reading.refusal()
                source = SourceFile(path.name, identity.sha256, reading.rows, rejects.count)
                return await reading.post(source, options.secret, now=now)


class _Reading:
    """One file on its way into one session's staging tables."""

    def __init__(self, session: Session, intake: Intake, rejects: Rejects) -> None:
        self._session, self._intake, self._rejects = session, intake, rejects
        self.rows = 0
        self.is_refused = False

    async def run(self, options: ImportOptions, progress: Progress) -> None:
        """Stage the good rows and write the broken ones to the rejects file."""
        file = self._intake.file
        await open_staging(self._session)
        batches = self._intake.batches()
        while batch := await asyncio.to_thread(next, batches, None):
            self.rows += len(batch.rows) + len(batch.problems)
            self._rejects.write(batch.problems)
            self.is_refused = bool(self._rejects.count) and not options.skips_bad_rows
            if not self.is_refused:
                await stage(self._session, batch.rows, batch.formers)
            progress(file.position(), file.size_bytes)

    def refusal(self) -> ImportResult:
        """The answer for a file that is not taken."""
        return ImportResult(ImportOutcome.REFUSED, self.rows, **self._broken())

    async def post(self, source: SourceFile, secret: str, *, now: datetime) -> ImportResult:
        """Make charges of what is staged."""
        await end_staging(self._session)
        posted = await self._post(source, secret, now)
        known = source.rows - source.rejected - posted.added
        return ImportResult(
            ImportOutcome.IMPORTED, source.rows, posted.added, known, **self._broken()
        )

    async def _post(self, source: SourceFile, secret: str, now: datetime) -> Posted:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._session.transact(
                    post_import, self._intake, source, secret=secret, now=now
                )
            except Conflict as conflict:
                if conflict.code is not ErrorCode.ALREADY_EXISTS or attempt == ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    def _broken(self) -> "_Broken":
        rejects = self._rejects
        return {
            "rejected": rejects.count,
            "problems": tuple(rejects.first),
            "rejects": rejects.path if rejects.count else None,
        }


class _Broken(TypedDict):
    rejected: int
    problems: tuple[RowProblem, ...]
    rejects: Path | None


class _Identity(NamedTuple):
    sha256: str
    size: int
    changed_nanoseconds: int


def _identify(path: Path) -> _Identity:
    try:
        with path.open("rb") as file:
            stat = os.fstat(file.fileno())
            digest = hashlib.file_digest(file, "sha256")
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise InvalidInput(f"{path.name}: {reason}.", ErrorCode.INVALID_FILE) from error
    return _Identity(digest.hexdigest(), stat.st_size, stat.st_mtime_ns)


def _check_unchanged(path: Path, identity: _Identity) -> None:
    stat = path.stat()
    if (stat.st_size, stat.st_mtime_ns) != identity[1:]:
        raise InvalidInput(f"{path.name}: it changed while it was read.", ErrorCode.INVALID_FILE)


async def _rows_of_known_file(db: Database, sha256: str) -> int | None:
    rows = await db.fetch(
        "SELECT rows FROM imports WHERE sha256 = $1 AND rejected = 0 LIMIT 1", sha256
    )
    return int(rows[0]["rows"]) if rows else None


def _rejects_path(path: Path, options: ImportOptions) -> Path:
    return (options.rejects_folder or path.parent) / f"{path.name}{REJECTS_SUFFIX}"
