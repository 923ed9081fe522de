"""Zip archives written as a stream: nothing of them is ever gone back to."""

from models.adapters.files import NewFile


class ZipStream:
    """What an archive is written to: a file that can only be appended to.

    An archive that failed is brought to its end all the same; with `is_open` False, that goes
    nowhere.
    """

    def __init__(self, file: NewFile) -> None:
        self._file = file
        self.is_open = True

    def write(self, data: bytes) -> int:
        if self.is_open:
            self._file.write(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """The file is closed by whoever opened it."""
