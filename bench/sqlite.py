"""SQLite: states are files; the limits are its own shell, where there is one, and Python's sqlite3.

The journal (WAL) comes with the file, durability and cache are set as in our own sessions.
"""

import csv
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.figures import INSERT, SHELL, Content
from bench.stand import Limit, State, output_of
from bench.statements import EXPORT, content_sql, generation_sql
from models.adapters.connections import sqlite_path
from models.adapters.sessions import SQLITE_CACHE_KIB
from models.adapters.sqlite_functions import install_functions

_SETTINGS = f"PRAGMA synchronous=FULL; PRAGMA cache_size={SQLITE_CACHE_KIB};"
_BATCH = 10_000


class SqliteStand:
    """SQLite files in a folder."""

    database = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        self._shell = shutil.which("sqlite3")
        self._unloaded = folder / "charges.csv"

    def new(self) -> str:
        """A file that is not there yet."""
        return f"sqlite://{self._folder / f'{next(self._numbers)}.sqlite3'}"

    def keep(self, url: str, state: State) -> None:
        """Rename the file, once its journal is in it."""
        with _opened(url) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        Path(sqlite_path(url)).rename(self._original(state))

    def unload(self) -> None:
        """Write the charges as CSV for the shell, which knows neither NULL nor bytes in a file."""
        with self._unloaded.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file, lineterminator="\n")
            for rows in self._charges():
                table.writerows([_shell_value(value) for value in row] for row in rows)

    def copy(self, state: State) -> str:
        """A copy of the file; its pages are in memory then, for whoever comes."""
        url = self.new()
        shutil.copy(self._original(state), sqlite_path(url))
        return url

    def drop(self, url: str) -> None:
        """Remove the file, its journal too."""
        for suffix in ("", "-wal", "-shm"):
            Path(sqlite_path(url) + suffix).unlink(missing_ok=True)

    def content(self, url: str, step: str) -> Content:
        """Added up exactly, with our own functions."""
        with _opened(url) as connection:
            rows, *sums = connection.execute(content_sql(self.database, step)).fetchone()
        return Content(rows, tuple(map(Decimal, sums)))

    def limits(self) -> dict[str, dict[str, Limit]]:
        """The shell's only where it is installed."""
        limits: dict[str, dict[str, Limit]] = {
            "import": {"executemany": self._insert},
            "generation": {INSERT: _generate},
            "export": {"fetchmany + csv": _write},
        }
        if self._shell:
            limits["import"][SHELL] = self._shell_import
            limits["export"][SHELL] = self._shell_export
        return limits

    def facts(self) -> dict[str, str]:
        """The shell's version: it is built apart from the library."""
        shell = output_of(self._shell, "--version").split()[0] if self._shell else "none"
        return {"sqlite3 shell": shell}

    def _original(self, state: State) -> Path:
        return self._folder / f"{state}.sqlite3"

    def _charges(self) -> Iterator[list[tuple[Any, ...]]]:
        with _opened(f"sqlite://{self._original(State.CHARGED)}") as connection:
            cursor = connection.execute("SELECT * FROM charges ORDER BY id")
            while rows := cursor.fetchmany(_BATCH):
                yield rows

    def _insert(self, url: str, _folder: Path) -> float:
        """One transaction; reading the prepared rows is not counted."""
        seconds = 0.0
        with _opened(url) as connection:
            connection.execute("BEGIN IMMEDIATE")
            for rows in self._charges():
                holders = ", ".join("?" * len(rows[0]))
                began = perf_counter()
                connection.executemany(f"INSERT INTO charges VALUES ({holders})", rows)
                seconds += perf_counter() - began
            began = perf_counter()
            connection.execute("COMMIT")
            return seconds + perf_counter() - began

    def _shell_import(self, url: str, _folder: Path) -> float:
        return self._in_shell(url, f'.import --csv "{self._unloaded}" charges')

    def _shell_export(self, url: str, folder: Path) -> float:
        place = folder / "limit.csv"
        return self._in_shell(url, f'.mode csv\n.headers on\n.once "{place}"\n{EXPORT};')

    def _in_shell(self, url: str, script: str) -> float:
        began = perf_counter()
        output_of(str(self._shell), sqlite_path(url), script=f"{_SETTINGS}\n{script}\n")
        return perf_counter() - began


@contextmanager
def _opened(url: str) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(sqlite_path(url), isolation_level=None)) as connection:
        connection.executescript(_SETTINGS)
        install_functions(connection)
        yield connection


def _shell_value(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else value


def _generate(url: str, _folder: Path) -> float:
    with _opened(url) as connection:
        began = perf_counter()
        connection.execute(generation_sql("sqlite"))
        return perf_counter() - began


def _write(url: str, folder: Path) -> float:
    began = perf_counter()
    with _opened(url) as connection, (folder / "limit.csv").open("w", newline="") as file:
        cursor = connection.execute(EXPORT)
        table = csv.writer(file)
        table.writerow([column[0] for column in cursor.description])
        while rows := cursor.fetchmany(_BATCH):
            table.writerows(rows)
    return perf_counter() - began
