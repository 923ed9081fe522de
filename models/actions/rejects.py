"""The rejects file: which rows of an import are broken, where and why."""

import csv
from collections.abc import Iterable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TextIO

from models.rules.errors import ErrorCode, InvalidInput
from models.rules.focus import RowProblem

REMEMBERED = 5
HEADER = ("line", "column", "reason")


class Rejects(AbstractContextManager["Rejects"]):
    """Writes problems as they come, and remembers their number and the first few.

    The file is made with the first problem; a reason never quotes names or contact data. Where in
    the end there was none, the list of an attempt before is taken away.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self.first: list[RowProblem] = []
        self._file: TextIO | None = None

    def write(self, problems: Iterable[RowProblem]) -> None:
        """Append problems; raises InvalidInput (INVALID_FILE) when the file cannot be written."""
        for problem in problems:
            try:
                table = csv.writer(self._file or self._open())
                table.writerow(problem)
            except OSError as error:
                reason = error.strerror or "unknown reason"
                raise InvalidInput(
                    f"The rejects file {self.path} cannot be written ({reason}); choose a folder.",
                    ErrorCode.INVALID_FILE,
                ) from error
            self.count += 1
            if len(self.first) < REMEMBERED:
                self.first.append(problem)

    def _open(self) -> TextIO:
        self._file = self.path.open("w", encoding="utf-8", newline="")
        csv.writer(self._file).writerow(HEADER)
        return self._file

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        if self._file is not None:
            self._file.close()
        elif failure is None:
            self._take_away()

    def _take_away(self) -> None:
        # Who may not look at the old list or remove it has imported the file all the same.
        with suppress(OSError, UnicodeDecodeError):
            with self.path.open(encoding="utf-8") as file:
                is_ours = file.readline(100) == ",".join(HEADER) + "\n"
            if is_ours:
                self.path.unlink()
