"""Many parts as one zip, with the manifest as its last entry: a reader who sees it sees all (R69).

The zip is a stream: nothing is ever gone back to, and little of it is in memory. It bears a fixed
date and so is the same bytes for the same parts (R70). It may be of any size (Zip64).

    GrowingZip   written together with its parts, by a run that makes all of them
    write_zip    from parts that are there, by a run that goes on behind another's
"""

import hashlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

from models.actions.artefact_parts import Part
from models.adapters.files import FileStore, Label, NewFile, StoredFile
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


class GrowingZip:
    """A zip that grows while its parts are written, so that none of them is read again.

    Used by one thread at a time, and closed in any case. It is given up when a part is thrown away,
    or is so large that its entry would have had to say so before its first byte.
    """

    def __init__(self, place: ZipPlace, file_format: ExportFormat) -> None:
        self._file = _begun(place)
        self._sink = ZipStream(self._file)
        self._archive = _archive(self._sink, file_format)

    def followed(self, file: NewFile, name: str) -> NewFile:
        """A file in the making, as one whose bytes become an entry as well."""
        return _Followed(file, self._archive.open(name, "w"), self._sink)

    def finish(self, manifest: Manifest) -> StoredFile | None:
        """Put the zip in its place and say what it is; None when it was given up.

        Raises Unavailable (STORAGE_FULL).
        """
        if not self._sink.is_open:
            self.close()
            return None
        _add_manifest(self._archive, manifest)
        self._archive.close()
        return self._file.commit()

    def close(self) -> None:
        """Throw away what was not put in its place."""
        self._sink.is_open = False
        self._archive.close()
        self._file.close()


class _Followed:
    def __init__(self, file: NewFile, entry: IO[bytes], sink: ZipStream) -> None:
        self._file, self._entry, self._sink = file, entry, sink
        self._room = _LARGE

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self._room -= len(data)
        if self._room < 0:
            self._sink.is_open = False
        if self._sink.is_open:
            self._entry.write(data)

    def commit(self) -> StoredFile:
        self._entry.close()
        return self._file.commit()

    def close(self) -> None:
        if not self._entry.closed:
            self._sink.is_open = False
            self._entry.close()
        self._file.close()


def write_zip(
    place: ZipPlace, parts: Sequence[Part], manifest: Manifest
) -> Generator[StoredFile | None, None, None]:
    """Put a zip of the parts in its place, a few MiB with each step; the last one says what it is.

    Raises DamagedPart, Unavailable (STORAGE_FULL).
    """
    with closing(_begun(place)) as file:
        yield from _write(place.files, parts, manifest, ZipStream(file))
        yield file.commit()


def _write(
    files: FileStore, parts: Sequence[Part], manifest: Manifest, sink: ZipStream
) -> Iterator[None]:
    with _archive(sink, manifest.format) as archive:
        try:
            for part, said in zip(parts, manifest.parts, strict=True):
                is_large = part.file.size > _LARGE
                with archive.open(said.name, "w", force_zip64=is_large) as entry:
                    yield from _copy(files, part, entry)
            _add_manifest(archive, manifest)
        except BaseException:
            # Or the archive would be brought to its end in a file that is thrown away.
            sink.is_open = False
            raise


def _begun(place: ZipPlace) -> NewFile:
    return place.files.create(place.key, Label(place.file_name, ZIP_TYPE))


def _archive(sink: ZipStream, file_format: ExportFormat) -> ZipFile:
    level = _LEVELS.get(file_format, _LEVEL)
    return ZipFile(sink, "w", ZIP_DEFLATED, compresslevel=level)


def _add_manifest(archive: ZipFile, manifest: Manifest) -> None:
    with archive.open(MANIFEST_ENTRY, "w") as entry:
        entry.write(manifest_text(manifest).encode())


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
