"""A file on its way into a bucket of the operator's.

It grows as a multipart upload, 8 MiB a part and two at a time, and is seen by nobody before it is
complete. Its name for browsers is an attribute of the object, so that a link to the store itself
saves it under that.
"""

from contextlib import suppress
from hashlib import sha256

import obstore
from obstore.store import S3Store

from models.adapters.files import Label, StoredFile
from models.adapters.operators_stores import told
from models.rules.errors import Unavailable

PART_BYTES = 8 * 2**20
PARTS_AT_ONCE = 2


class RemoteNewFile:
    """A file that is being written; what it is made of is sent from the first 8 MiB on."""

    def __init__(self, store: S3Store, key: str, label: Label | None) -> None:
        self._writer = obstore.open_writer(
            store,
            key,
            attributes=_attributes(label),
            buffer_size=PART_BYTES,
            max_concurrency=PARTS_AT_ONCE,
        )
        self._is_open = True
        self._size = 0
        self._hash = sha256()

    def write(self, data: bytes) -> None:
        with told():
            self._writer.write(data)
        self._size += len(data)
        self._hash.update(data)

    def commit(self) -> StoredFile:
        self._is_open = False
        with told():
            self._writer.close()
        return StoredFile(self._size, self._hash.hexdigest())

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            # This gives the upload up; where not even that goes, the bucket's rules expire it.
            with suppress(Unavailable), told():
                self._writer.__exit__(GeneratorExit, None, None)


def _attributes(label: Label | None) -> dict[str, str]:
    if label is None:
        return {}
    return {
        "Content-Disposition": f'attachment; filename="{label.file_name}"',
        "Content-Type": label.media_type,
    }
