"""Where our own files are kept: which store the settings ask for."""

from pathlib import Path

from models.adapters.files import FileStore, LocalFiles
from models.adapters.object_files import RemoteFiles
from models.adapters.settings import Settings


def open_files(settings: Settings) -> FileStore:
    """The installation's own files; calls nobody yet. Raises InvalidInput (INVALID_BUCKET)."""
    place = settings.files_place
    if isinstance(place, Path):
        return LocalFiles(place)
    return RemoteFiles(place, settings.files_credentials)
