"""What becomes of a SQLite file on a bad disk."""

from pathlib import Path

PAGE = 4096


def write_garbage(database: Path) -> None:
    """Leave nothing of it."""
    database.write_bytes(b"no database " * 1000)


def break_pages(database: Path) -> None:
    """Leave its first page alone."""
    with database.open("r+b") as file:
        size = file.seek(0, 2)
        file.seek(PAGE)
        file.write(b"\xff" * (size - PAGE))
