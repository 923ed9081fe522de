"""Delivered files checked with nothing but themselves: no database, no settings (R57, R69).

    verified_files       the folder or bucket: what is there, what is missing
    verified_contents    one file: its manifest, hash, entries
    verified_parts       one part: rows, sums, bills

Nothing is held in memory but names, and what the manifests say in short. That all of it is true of
the books is not shown: whoever makes rows, sums and hashes anew makes files that agree.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

from models.adapters.shelves import Shelf
from models.reads.verified_contents import (
    LONGEST_BYTES,
    ZIP,
    CheckedFile,
    check_contents,
    read_manifest,
)
from models.rules.errors import ErrorCode, InvalidInput, NotFound
from models.rules.findings import Finding, FindingCode, printable
from models.rules.manifest_sets import ManifestSet
from models.rules.manifests import MANIFEST_SUFFIX, Manifest

MOST_FILES = 1_000_000
MOST_BYTES = 2**40
_UNFINISHED = "It was delivered, but has no manifest beside it: unfinished, or that was removed."
_NO_MANIFEST = (
    "It has no manifest beside it, so nothing was checked: unfinished, not ours, or an export"
    " of one part, to be compared with the sha256 that the API has of it."
)


@dataclass(slots=True)
class VerifiedFiles:
    """What was checked so far, and everything that was found; rows are those of the manifests."""

    files: int = 0
    parts: int = 0
    rows: int = 0
    size: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong."""
        return not any(finding.is_wrong for finding in self.findings)


Progress = Callable[[VerifiedFiles], None]


def verify_files(shelf: Shelf, *, progress: Progress = lambda done: None) -> VerifiedFiles:
    """Check every manifest and its file, and say what has none or is missing.

    Raises NotFound when there is no such place, InvalidInput where there is too much in it, and
    Unavailable when it does not answer.
    """
    done = VerifiedFiles()
    sizes, manifests = _listed(shelf, done), ManifestSet()
    for name in sorted(sizes):
        if not _is_manifest(name):
            checked = _checked(shelf, name, sizes)
            _take(checked, sizes[name], done, manifests)
            progress(done)
        elif name.removesuffix(MANIFEST_SUFFIX) not in sizes:
            message = "The file that it is about is missing."
            done.findings.append(Finding(FindingCode.FILE_MISSING, printable(name), message))
    done.findings += manifests.findings()
    return done


def _is_manifest(name: str) -> bool:
    return name.endswith(MANIFEST_SUFFIX)


def _listed(shelf: Shelf, done: VerifiedFiles) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for item in shelf.items():
        if not item.is_file:
            message = "It is a link, or no file: passed over."
            done.findings.append(Finding(FindingCode.PASSED_OVER, printable(item.name), message))
        else:
            sizes[item.name] = item.size
        if len(sizes) + len(done.findings) > MOST_FILES:
            raise InvalidInput(f"More than {MOST_FILES:,} files: check one folder after another.")
    return sizes


def _checked(shelf: Shelf, name: str, sizes: dict[str, int]) -> CheckedFile:
    checked = CheckedFile(printable(name), None)
    beside = name + MANIFEST_SUFFIX
    try:
        if beside in sizes:
            checked.manifest = _manifest(shelf, beside, about=name.rpartition("/")[2])
        elif not name.endswith(ZIP):
            checked.find(FindingCode.MANIFEST_MISSING, _NO_MANIFEST)
            return checked
    except (InvalidInput, NotFound) as wrong:
        message = f"Its manifest cannot be gone by: {wrong.message}"
        checked.find(FindingCode.MANIFEST_INVALID, message)
        return checked
    checked = _with_contents(shelf, name, checked)
    if beside not in sizes and checked.manifest and checked.manifest.kind:
        checked.find(FindingCode.MANIFEST_MISSING, _UNFINISHED)
    return checked


def _manifest(shelf: Shelf, name: str, *, about: str) -> Manifest:
    with closing(shelf.open(name, LONGEST_BYTES)) as file:
        manifest = read_manifest(file)
    if manifest.file is None or manifest.file.name != about:
        raise InvalidInput("It is about another file.", ErrorCode.INVALID_FILE)
    return manifest


def _with_contents(shelf: Shelf, name: str, checked: CheckedFile) -> CheckedFile:
    manifest = checked.manifest
    most = manifest.file.size if manifest and manifest.file else MOST_BYTES
    try:
        with closing(shelf.open(name, most)) as file:
            return check_contents(file, checked.place, manifest)
    except (InvalidInput, NotFound) as unreadable:
        checked.find(FindingCode.UNREADABLE, unreadable.message)
    except OSError as failed:
        checked.find(FindingCode.UNREADABLE, f"{failed.strerror or 'It cannot be read'}.")
    return checked


def _take(checked: CheckedFile, size: int, done: VerifiedFiles, manifests: ManifestSet) -> None:
    done.files += 1
    done.size += size
    done.findings += checked.findings
    if checked.manifest:
        done.parts += len(checked.manifest.parts)
        done.rows += checked.manifest.rows
        manifests.add(checked.place, checked.manifest)
