"""Whether a delivered or exported file holds what its manifest says, down to the last row."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from models.adapters.seen_charges import SeenCharges
from models.adapters.zip_entries import ZipEntries
from models.reads.verified_parts import PartsInTheChecking
from models.rules.errors import ErrorCode, InvalidInput
from models.rules.findings import Finding, FindingCode, printable
from models.rules.manifest_checks import bill_findings, manifest_findings
from models.rules.manifest_parsing import LONGEST, MOST_PARTS, parse_manifest
from models.rules.manifests import MANIFEST_ENTRY, Manifest, ManifestFile

CHUNK_BYTES = 1 << 18
ZIP = ".zip"
MOST_NAMED = 5
# In UTF-8.
LONGEST_BYTES = 4 * LONGEST
_ODD = "It has no manifest within: unfinished, or not one of ours."


@dataclass(slots=True)
class CheckedFile:
    """What was found in one file; `manifest` is None where there is none to go by."""

    place: str
    manifest: Manifest | None
    findings: list[Finding] = field(default_factory=list)

    def find(self, code: FindingCode, message: str, part: str = "") -> None:
        """Note a finding about the file, or a part of it."""
        place = f"{self.place}: {printable(part)}" if part else self.place
        self.findings.append(Finding(code, place, message))


def read_manifest(file: BinaryIO) -> Manifest:
    """A manifest that stands alone; raises InvalidInput (INVALID_FILE)."""
    return _parsed(file.read(LONGEST_BYTES + 1))


def check_contents(file: BinaryIO, place: str, manifest: Manifest | None) -> CheckedFile:
    """Check a file by the manifest beside it, or, for a zip, by the one within."""
    checked = CheckedFile(place, manifest)
    if manifest and manifest.file:
        checked.findings += _file_findings(file, place, manifest.file)
    file.seek(0)
    if manifest and manifest.file and not manifest.file.name.endswith(ZIP):
        _check_single(file, checked, manifest)
        return checked
    try:
        with ZipEntries(file) as entries:
            _check_zip(entries, checked)
    except InvalidInput as damaged:
        checked.find(FindingCode.UNREADABLE, damaged.message)
    return checked


def _file_findings(file: BinaryIO, place: str, said: ManifestFile) -> Iterator[Finding]:
    digest, size = hashlib.sha256(), 0
    while size <= said.size and (chunk := file.read(CHUNK_BYTES)):
        digest.update(chunk)
        size += len(chunk)
    if size > said.size:
        message = f"It has more than the {said.size:,} bytes of the manifest."
        yield Finding(FindingCode.SIZE_DIFFERS, place, message)
    elif size < said.size:
        message = f"It has {size:,} bytes, but the manifest says {said.size:,}."
        yield Finding(FindingCode.SIZE_DIFFERS, place, message)
    elif digest.hexdigest() != said.sha256:
        message = "Its content was changed: its SHA-256 is not that of the manifest."
        yield Finding(FindingCode.HASH_DIFFERS, place, message)


def _check_single(file: BinaryIO, checked: CheckedFile, manifest: Manifest) -> None:
    if len(manifest.parts) != 1:
        message = f"It is no zip, but the manifest has {len(manifest.parts)} parts."
        checked.find(FindingCode.MANIFEST_INVALID, message)
        return
    most = manifest.parts[0].size + 1
    chunks = iter(lambda: file.read(min(CHUNK_BYTES, most)), b"")
    _check_parts(checked, manifest, {0: _bounded(chunks, most)})


def _bounded(chunks: Iterator[bytes], most: int) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk[:most]
        most -= len(chunk)
        if most <= 0:
            return


def _check_zip(entries: ZipEntries, checked: CheckedFile) -> None:
    names = [entry.name for entry in entries.entries]
    if MANIFEST_ENTRY not in names:
        checked.find(FindingCode.MANIFEST_MISSING, _ODD)
    elif len(names) > MOST_PARTS + 1:
        checked.find(FindingCode.PART_EXTRA, f"It has {len(names):,} entries.")
    elif manifest := _agreed(entries, names.index(MANIFEST_ENTRY), checked):
        checked.manifest = manifest
        places = _places(names, manifest, checked)
        if not entries.is_in_order:
            message = "Its entries do not lie in the order of their list."
            checked.find(FindingCode.PARTS_OUT_OF_ORDER, message)
        parts = manifest.parts
        chunks = {n: entries.chunks(place, parts[n].size) for n, place in places.items()}
        _check_parts(checked, manifest, chunks)


def _agreed(entries: ZipEntries, place: int, checked: CheckedFile) -> Manifest | None:
    """The manifest within, which is to say what the one beside does."""
    try:
        within = _parsed(b"".join(entries.chunks(place, LONGEST_BYTES)))
    except InvalidInput as wrong:
        checked.find(FindingCode.MANIFEST_INVALID, wrong.message, MANIFEST_ENTRY)
        return checked.manifest
    beside = checked.manifest
    if beside and replace(beside, file=None) != within:
        message = "It says something else than the manifest beside the file."
        checked.find(FindingCode.CONTRADICTION, message, MANIFEST_ENTRY)
    return beside or within


def _places(names: list[str], manifest: Manifest, checked: CheckedFile) -> dict[int, int]:
    """Where the parts of the manifest stand in the zip, by their numbers."""
    said = [part.name for part in manifest.parts]
    at = {name: place for place, name in reversed(list(enumerate(names)))}
    for name in said:
        if name not in at:
            checked.find(FindingCode.PART_MISSING, "It is not in the zip.", name)
    known = {*said, MANIFEST_ENTRY}
    for place, name in enumerate(names):
        if name not in known:
            checked.find(FindingCode.PART_EXTRA, "The manifest knows no such part.", name)
        elif at[name] != place:
            checked.find(FindingCode.PART_EXTRA, "It is in the zip twice.", name)
    if [name for name in names if name in known] != [*(n for n in said if n in at), MANIFEST_ENTRY]:
        message = "Its parts are not in the order of the manifest, with that as the last entry."
        checked.find(FindingCode.PARTS_OUT_OF_ORDER, message)
    return {number: at[name] for number, name in enumerate(said) if name in at}


def _check_parts(
    checked: CheckedFile, manifest: Manifest, chunks: dict[int, Iterator[bytes]]
) -> None:
    checked.findings += manifest_findings(manifest, checked.place)
    with SeenCharges() as seen:
        parts = PartsInTheChecking(manifest, seen)
        for number, some in chunks.items():
            place = f"{checked.place}: {manifest.parts[number].name}"
            checked.findings += parts.check(number, some, place)
        if parts.has_bills and len(chunks) == len(manifest.parts):
            checked.findings += bill_findings(manifest, parts.bills, checked.place)
        _check_disjoint(checked, manifest, seen)


def _check_disjoint(checked: CheckedFile, manifest: Manifest, seen: SeenCharges) -> None:
    names = [part.name for part in manifest.parts]
    count = 0
    for count, charge in enumerate(seen.twice(), 1):
        if count <= MOST_NAMED:
            parts = dict.fromkeys((names[charge.first_part], names[charge.last_part]))
            where = f"{charge.times} times, in {' and '.join(parts)}"
            message = f"Charge {printable(charge.charge)} is there {where}."
            checked.find(FindingCode.CHARGE_TWICE, message)
    if count > MOST_NAMED:
        message = f"So are {count - MOST_NAMED:,} other charges, more than once."
        checked.find(FindingCode.CHARGE_TWICE, message)


def _parsed(data: bytes) -> Manifest:
    try:
        return parse_manifest(data.decode())
    except UnicodeDecodeError as error:
        raise InvalidInput("It is not UTF-8 text.", ErrorCode.INVALID_FILE) from error
