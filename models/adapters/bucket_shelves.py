"""A bucket whose files others put there: S3, COS, OBS and their like, by obstore."""

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO, cast

import obstore
from obstore.exceptions import BaseError, InvalidPathError, PreconditionError

from models.adapters.operators_stores import answered, operators_store, pieces
from models.adapters.shelves import Item
from models.rules.bucket_answers import refusal
from models.rules.buckets import BucketAddress, Credentials
from models.rules.errors import ErrorCode, InvalidInput, NotFound, Unavailable
from models.rules.findings import printable

if TYPE_CHECKING:
    from obstore import ObjectMeta

LONGEST_TAG = 200


class BucketShelf:
    """A bucket, or what is below a prefix in it; files are copied to be read."""

    def __init__(self, address: BucketAddress, credentials: Credentials | None) -> None:
        self._bucket = address.bucket
        self._store = operators_store(address, credentials)

    def items(self) -> Iterator[Item]:
        """Everything there, a thousand at a time; what begins with a dot is not there."""
        with self._told():
            for batch in obstore.list(self._store, chunk_size=1000):
                for each in batch:
                    if not f"/{each['path']}".count("/."):
                        yield Item(each["path"], each["size"], _tag(each))

    def open(self, name: str, most: int) -> BinaryIO:
        """A copy of the file, or of its first `most` bytes and one."""
        copy = TemporaryFile()  # noqa: SIM115 - the caller closes it
        try:
            with self._told(name):
                said = obstore.head(self._store, name)
                stop = min(said["size"], most + 1)
                copy.writelines(pieces(self._store, said["path"], range(stop), said["e_tag"]))
            copy.seek(0)
        except BaseException:
            copy.close()
            raise
        return cast(BinaryIO, copy)

    def tag(self, name: str) -> str | None:
        """The present tag of a file."""
        try:
            with self._told(name):
                return _tag(obstore.head(self._store, name))
        except NotFound:
            return None

    @contextmanager
    def _told(self, name: str = "") -> Iterator[None]:
        """Say in words of ours what went wrong; obstore's own tell of addresses and requests."""
        try:
            yield
        except FileNotFoundError as gone:
            raise NotFound(f"There is no {printable(name)}.") from gone
        except PreconditionError as changed:
            text = f"{printable(name)} was changed while it was read."
            raise Unavailable(text) from changed
        except InvalidPathError as odd:
            text = (
                f"Bucket {self._bucket} has a file whose name is no path, such as a//b: rename it."
            )
            raise InvalidInput(text, ErrorCode.INVALID_FILE) from odd
        except BaseError as failed:
            if answer := answered(failed):
                raise refusal(self._bucket, *answer) from None
            text = f"Bucket {self._bucket} cannot be reached, or does not answer in time."
            raise Unavailable(text, ErrorCode.BUCKET_UNAVAILABLE) from None


def _tag(said: "ObjectMeta") -> str:
    """Its entity tag and when it was put: the same content put again is a new file, too."""
    return f"{said['e_tag'] or ''}-{said['last_modified'].isoformat()}"[:LONGEST_TAG]
