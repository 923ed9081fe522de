"""Our own files in a store, opened as an operator has them opened."""

from pydantic import SecretStr

from models.adapters.file_places import open_files
from models.adapters.files import FileStore
from models.adapters.settings import Settings
from models.rules.buckets import Credentials


def open_place(url: str, credentials: Credentials) -> FileStore:
    """The files at a URL as BILLS_FILES_URL has it."""
    settings = Settings(
        files_url=url,
        files_access_key_id=credentials.access_key_id,
        files_secret_access_key=SecretStr(credentials.secret_access_key),
    )
    return open_files(settings)
