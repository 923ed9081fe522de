"""Where the files of an export or a delivery lie while they are made, and what they are called.

Each run writes to places of its own, which no other run can tear. All that belongs to one owner
stands below one folder, so that whatever is left over can be found.
"""

import re

from models.rules.ids import IdPrefix

_FOLDERS = {IdPrefix.EXPORT: "exports", IdPrefix.DELIVERY: "deliveries"}
_RUN = re.compile(r"/run-([0-9]+)[.-]")

ZIP = "zip"
ZIP_TYPE = "application/zip"


def artefact_folder(owner: str) -> str:
    """Below which all files of an owner stand; it is named by its public id."""
    return f"{_FOLDERS[IdPrefix(owner.partition('_')[0])]}/{owner}"


def part_key(owner: str, run: int, number: int, extension: str) -> str:
    """Where one run of one owner writes a part; `number` counts from 1."""
    return f"{artefact_folder(owner)}/run-{run}-part-{number}.{extension}"


def zip_key(owner: str, run: int) -> str:
    """Where one run of one owner writes its zip."""
    return f"{artefact_folder(owner)}/run-{run}.{ZIP}"


def run_of(key: str) -> int:
    """Which run writes to a place; 0 for what is no place of a run."""
    match = _RUN.search(key)
    return int(match[1]) if match else 0


def part_name(stem: str, number: int, extension: str) -> str:
    """The name of a part within a zip, as in `bills-2026-01-to-2026-01-details-part-0001.csv`."""
    return f"{stem}-part-{number:04}.{extension}"
