"""Whether a part of a delivered file is what the manifest says: its bytes, its rows, their sums."""

from collections.abc import Iterator
from io import BufferedReader
from itertools import groupby
from operator import itemgetter
from tempfile import TemporaryFile
from typing import BinaryIO, cast

from models.adapters.hashed_chunks import HashedChunks
from models.adapters.part_rows import read_rows
from models.adapters.picked_rows import Batch, Wanted, broken
from models.adapters.seen_charges import SeenCharges
from models.reads.part_cells import Cells, currency_of, exact_total
from models.rules.errors import BillingError, InvalidInput, Unavailable
from models.rules.exports import ExportFormat
from models.rules.findings import Finding, FindingCode
from models.rules.manifest_checks import Counted, CountedBills, part_findings
from models.rules.manifests import Manifest, ManifestPart

Bytes = Iterator[bytes]

STREAMED = frozenset({ExportFormat.CSV, ExportFormat.FOCUS_CSV, ExportFormat.JSON_LINES})
MOST_STRANGE_BILLS = 100


class PartsInTheChecking:
    """Takes in the parts of one file, one by one; used by one thread."""

    def __init__(self, manifest: Manifest, seen: SeenCharges) -> None:
        self._manifest = manifest
        self._seen = seen
        self._cells = Cells(manifest)
        self.bills = CountedBills()
        self._is_added_up = True

    @property
    def has_bills(self) -> bool:
        """Whether all rows that were taken in said which bill they are of."""
        return self._is_added_up and self._cells.has_bills

    def check(self, number: int, chunks: Bytes, place: str) -> Iterator[Finding]:
        """What is wrong with the part of a number, counted from 0, whose bytes these are."""
        part = self._manifest.parts[number]
        hashed = HashedChunks(chunks)
        with BufferedReader(hashed, 1 << 18) as stored:
            try:
                yield from self._read(number, stored, place)
            except Unavailable as cannot:
                self._is_added_up = False
                yield Finding(FindingCode.NOT_ADDED_UP, place, cannot.message)
            except InvalidInput as damaged:
                self._is_added_up = False
                yield Finding(FindingCode.UNREADABLE, place, damaged.message)
            yield from _byte_findings(part, hashed, place)

    def _read(
        self, number: int, stored: "BufferedReader[HashedChunks]", place: str
    ) -> Iterator[Finding]:
        part = self._manifest.parts[number]
        if self._manifest.format in STREAMED:
            yield from self._count(number, cast(BinaryIO, stored), place)
            return
        with TemporaryFile() as copy:
            while chunk := stored.read(1 << 18):
                copy.write(chunk)
            if _is_said(stored.raw, part):
                yield from self._count(number, cast(BinaryIO, copy), place)
            else:
                self._is_added_up = False

    def _count(self, number: int, file: BinaryIO, place: str) -> Iterator[Finding]:
        part = self._manifest.parts[number]
        counted, cells = Counted(), self._cells
        currency = next(iter(part.sums), "") if len(part.sums) < 2 else ""
        wanted = Wanted(self._manifest.columns, cells.places, part.rows)
        for batch in read_rows(self._manifest.format, file, wanted):
            if cells.charge is not None:
                self._seen.add(number, map(itemgetter(cells.charge), batch))
            if cells.amount is None or not (currency or cells.currency is not None):
                counted.rows += len(batch)
            else:
                self._add_up(batch, counted, currency)
        reason = cells.obstacle(part)
        if reason:
            self._is_added_up = False
            yield Finding(FindingCode.NOT_ADDED_UP, place, f"{reason}.")
            counted.sums = part.sums
        yield from part_findings(part, counted, place)

    def _add_up(self, batch: Batch, counted: Counted, currency: str) -> None:
        cells = self._cells
        assert cells.amount is not None
        for run, rows in groupby(batch, cells.run_of):
            amounts = list(map(itemgetter(cells.amount), rows))
            total = exact_total(amounts)
            in_currency = currency_of(run[0] if cells.currency is not None else currency)
            counted.add(in_currency, len(amounts), total)
            if cells.has_bills:
                self.bills.add((run[-2], run[-1]), in_currency, len(amounts), total)
        if len(self.bills.by_bill) > len(self._manifest.bills) + MOST_STRANGE_BILLS:
            raise broken("its rows are of far more bills than the manifest says")


def _byte_findings(part: ManifestPart, hashed: HashedChunks, place: str) -> Iterator[Finding]:
    try:
        hashed.finish()
    except BillingError as damaged:
        yield Finding(FindingCode.UNREADABLE, place, damaged.message)
        return
    if hashed.size != part.size:
        more = "more than " if hashed.size > part.size else ""
        size = min(hashed.size, part.size)
        said = f"It has {more}{size:,} bytes, but the manifest says {part.size:,}."
        yield Finding(FindingCode.SIZE_DIFFERS, place, said)
    elif not _is_said(hashed, part):
        said = "Its content was changed: its SHA-256 is not that of the manifest."
        yield Finding(FindingCode.HASH_DIFFERS, place, said)


def _is_said(hashed: HashedChunks, part: ManifestPart) -> bool:
    return (hashed.size, hashed.sha256) == (part.size, part.sha256)
