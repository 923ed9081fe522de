"""Where files are kept: which store a URL or the settings ask for."""

from pathlib import Path

from models.adapters.files import FileStore, LocalFiles
from models.adapters.object_files import RemoteFiles
from models.adapters.settings import Settings
from models.rules.buckets import BucketAddress, Credentials, checked_credentials
from models.rules.file_urls import parse_files_url


def open_files(settings: Settings) -> FileStore:
    """The installation's own files; in the data folder unless BILLS_FILES_URL says otherwise.

    Calls nobody yet. Raises InvalidInput (INVALID_BUCKET).
    """
    if not settings.files_url:
        return LocalFiles(settings.data_dir / "files")
    return open_place(settings.files_url, settings.files_credentials)


def open_place(url: str, credentials: Credentials | None) -> FileStore:
    """The files at a URL as an operator writes it (models/rules/file_urls.py); calls nobody yet.

    Raises InvalidInput (INVALID_BUCKET): no such URL, or a bucket without credentials.
    """
    place = parse_files_url(url)
    if isinstance(place, Path):
        return LocalFiles(place)
    return RemoteFiles(place, _required(place, credentials))


def _required(place: BucketAddress, credentials: Credentials | None) -> Credentials:
    checked = checked_credentials(place.provider, credentials)
    assert checked
    return checked
