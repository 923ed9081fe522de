"""Our own files in a bucket of the operator's, by obstore."""

from collections.abc import Iterator
from datetime import timedelta

import obstore

from models.adapters.files import Entry, Label, NewFile, require_key
from models.adapters.object_uploads import RemoteNewFile
from models.adapters.operators_stores import operators_store, pieces, told
from models.rules.buckets import BucketAddress, Credentials
from models.rules.errors import NotFound

# No key of ours begins like this: what is listed below it is nothing.
_NOTHING = "readiness-probe/"


class RemoteFiles:
    """A file store in a bucket."""

    def __init__(self, address: BucketAddress, credentials: Credentials | None) -> None:
        self._store = operators_store(address, credentials)

    def create(self, key: str, label: Label | None = None) -> NewFile:
        """Begin an upload; nothing is sent before the first 8 MiB are there, or the end."""
        return RemoteNewFile(self._store, require_key(key), label)

    def read(self, key: str, start: int, stop: int) -> Iterator[bytes]:
        """The bytes from `start` up to `stop`; that there is such a file is asked at once."""
        size = self._head(require_key(key))
        return self._chunks(key, start, min(stop, size))

    def remove(self, key: str) -> None:
        """Remove the file; an upload of a killed process is for the bucket's rules to expire."""
        with told():
            try:
                obstore.delete(self._store, require_key(key))
            except FileNotFoundError:
                return

    def list(self, prefix: str = "") -> Iterator[Entry]:
        """The files below a folder of keys, a thousand at a time."""
        with told():
            for batch in obstore.list(self._store, require_key(prefix) if prefix else None):
                for each in batch:
                    yield Entry(each["path"], each["size"])

    def begun(self, prefix: str) -> Iterator[str]:
        """None: an upload cannot be seen before it is a file."""
        return iter(())

    def link(self, key: str, lifetime: timedelta) -> str | None:
        """A URL of the store itself."""
        return obstore.sign(self._store, "GET", require_key(key), lifetime)

    def require_well(self) -> None:
        """Raise Unavailable unless the bucket lets us look into it."""
        with told():
            next(iter(obstore.list(self._store, _NOTHING, chunk_size=1)), None)

    def _head(self, key: str) -> int:
        with told():
            try:
                return obstore.head(self._store, key)["size"]
            except FileNotFoundError as gone:
                raise NotFound("The file is not there any more.") from gone

    def _chunks(self, key: str, start: int, stop: int) -> Iterator[bytes]:
        with told():
            yield from pieces(self._store, key, range(start, stop))
