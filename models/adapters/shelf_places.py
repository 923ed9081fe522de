"""Which shelf is meant: a folder, a single file, the URL of a bucket, or our own inbox."""

from dataclasses import replace
from pathlib import Path

from models.adapters.bucket_shelves import BucketShelf
from models.adapters.folder_shelves import FolderShelf
from models.adapters.settings import Settings
from models.adapters.shelves import Shelf
from models.rules.buckets import Credentials
from models.rules.errors import NotFound
from models.rules.file_urls import parse_files_url
from models.rules.findings import printable
from models.rules.inbox import INBOX
from models.rules.manifests import manifest_name


def open_shelf(place: str, credentials: Credentials | None) -> Shelf:
    """The files in a folder or a bucket, or a single file and its manifest; calls nobody yet.

    Raises InvalidInput (INVALID_BUCKET) for what is no such URL, or for a bucket without
    credentials, and NotFound for what is no folder or file.
    """
    found = parse_files_url(place) if "://" in place else Path(place)
    if not isinstance(found, Path):
        return BucketShelf(found, credentials)
    if found.is_dir():
        return FolderShelf(found)
    if not found.is_file():
        raise NotFound(f"{printable(place)}: there is no such folder or file.")
    return FolderShelf(found.parent, frozenset({found.name, manifest_name(found.name)}))


def open_inbox(settings: Settings) -> Shelf:
    """The inbox of our own file store, where others put files of charges; calls nobody yet."""
    place = settings.files_place
    if isinstance(place, Path):
        return FolderShelf(place / INBOX)
    prefix = f"{place.prefix}/{INBOX}".removeprefix("/")
    return BucketShelf(replace(place, prefix=prefix), settings.files_credentials)
