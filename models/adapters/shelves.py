"""Files that others put somewhere: listed and read whatever they are called, never written.

    Shelf            items, open, tag
    ├── FolderShelf      a folder; no link leads out of it (folder_shelves.py)
    └── BucketShelf      a bucket (bucket_shelves.py)

All calls block: make them from a thread.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol


@dataclass(frozen=True, slots=True)
class Item:
    """What is there under a name: a file, or something that is passed over as a link is.

    `tag` changes when the content does, as far as the place can tell. `changed_at` is when it did,
    in unix seconds; None where files appear whole.
    """

    name: str
    size: int
    tag: str
    is_file: bool = True
    changed_at: int | None = None


class Shelf(Protocol):
    """Where files are."""

    def items(self) -> Iterator[Item]:
        """Everything there, in folders as well; what begins with a dot is not there.

        Raises NotFound when the place is not there, and Unavailable.
        """

    def open(self, name: str, most: int) -> BinaryIO:
        """A file, to be read from anywhere; of a larger one in a bucket only `most` bytes and one.

        Raises NotFound, InvalidInput (INVALID_FILE) where it cannot be read, and Unavailable.
        """

    def tag(self, name: str) -> str | None:
        """The present tag of a file; None when it is not there, or no file; raises Unavailable."""
