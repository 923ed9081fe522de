"""Many parts as one zip, with the manifest as its last entry: a reader who sees it sees all (R69).

The zip is a stream: nothing is ever gone back to, and little of it is in memory. It bears a fixed
date and so is the same bytes for the same parts (R70). It may be of any size (Zip64).
"""

import hashlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

from models.actions.artefact_parts import Part
from models.adapters.files import FileStore, Label, StoredFile
from models.adapters.zip_streams import ZipStream
from models.rules.artefacts import ZIP_TYPE
from models.rules.errors import NotFound, Unavailable
from models.rules.exports import ExportFormat
from models.rules.manifests import MANIFEST_ENTRY, Manifest, manifest_text

# Half of what an entry may have without Zip64, as deflating can make it longer.
_LARGE = 2**30
_BYTES_A_STEP = 4 * 2**20
# Those that are deflated already would only take time.
_LEVELS = {ExportFormat.XLSX: 0, ExportFormat.PARQUET: 0}
_LEVEL = 1


class DamagedPart(Unavailable):
    """A part is not there, or not what was written: it must be made again."""


@dataclass(frozen=True, slots=True)
class ZipPlace:
    """Where a zip goes, and what it is called there."""

    files: FileStore
    key: str
    file_name: str


def write_zip(
    place: ZipPlace, parts: Sequence[Part], manifest: Manifest
) -> Generator[StoredFile | None, None, None]:
    """Put a zip of the parts in its place, a few MiB with each step; the last one says what it is.

    Raises DamagedPart, Unavailable (STORAGE_FULL).
    """
    label = Label(place.file_name, ZIP_TYPE)
    with closing(place.files.create(place.key, label)) as file:
        yield from _write(place.files, parts, manifest, ZipStream(file))
        yield file.commit()


def _write(
    files: FileStore, parts: Sequence[Part], manifest: Manifest, sink: ZipStream
) -> Iterator[None]:
    level = _LEVELS.get(manifest.format, _LEVEL)
    with ZipFile(sink, "w", ZIP_DEFLATED, compresslevel=level) as archive:
        try:
            for part, said in zip(parts, manifest.parts, strict=True):
                is_large = part.file.size > _LARGE
                with archive.open(said.name, "w", force_zip64=is_large) as entry:
                    yield from _copy(files, part, entry)
            with archive.open(MANIFEST_ENTRY, "w") as entry:
                entry.write(manifest_text(manifest).encode())
        except BaseException:
            # Or the archive would be brought to its end in a file that is thrown away.
            sink.is_open = False
            raise


def _copy(files: FileStore, part: Part, entry: IO[bytes]) -> Iterator[None]:
    digest, written = hashlib.sha256(), 0
    for chunk in _chunks(files, part):
        digest.update(chunk)
        entry.write(chunk)
        written += len(chunk)
        if written >= _BYTES_A_STEP:
            written = 0
            yield
    if digest.hexdigest() != part.file.sha256:
        raise DamagedPart(f"Part {part.number} is not what was written; it must be made again.")


def _chunks(files: FileStore, part: Part) -> Iterator[bytes]:
    try:
        yield from files.read(part.object_key, 0, part.file.size)
    except NotFound as gone:
        raise DamagedPart(f"Part {part.number} is gone; it must be made again.") from gone
