"""Where files are kept: which store a URL or the settings ask for."""

from pathlib import Path

from models.adapters.files import FileStore, LocalFiles
from models.adapters.object_files import RemoteFiles
from models.adapters.settings import Settings
from models.rules.buckets import BucketAddress, Credentials
from models.rules.file_urls import parse_files_url


def open_files(settings: Settings) -> FileStore:
    """The installation's own files; calls nobody yet. Raises InvalidInput (INVALID_BUCKET)."""
    return _opened(settings.files_place, settings.files_credentials)


def open_place(url: str, credentials: Credentials | None) -> FileStore:
    """The files at a URL as an operator writes it (models/rules/file_urls.py); calls nobody yet.

    Raises InvalidInput (INVALID_BUCKET): no such URL, or a bucket without credentials.
    """
    return _opened(parse_files_url(url), credentials)


def _opened(place: Path | BucketAddress, credentials: Credentials | None) -> FileStore:
    if isinstance(place, Path):
        return LocalFiles(place)
    return RemoteFiles(place, credentials)
