"""How the two databases are opened by Tortoise."""

from pathlib import Path
from typing import Any

from tortoise.backends.base.config_generator import expand_db_url

from models.adapters.postgres_connections import CONNECT_SECONDS
from models.rules.errors import Unavailable

TABLES = (
    "models.tables.artefacts",
    "models.tables.audit",
    "models.tables.bills",
    "models.tables.charges",
    "models.tables.coupons",
    "models.tables.customers",
    "models.tables.deliveries",
    "models.tables.disputes",
    "models.tables.estimates",
    "models.tables.events",
    "models.tables.exports",
    "models.tables.imports",
    "models.tables.inbox",
    "models.tables.invoices",
    "models.tables.jobs",
    "models.tables.partners",
    "models.tables.payments",
    "models.tables.storage",
    "models.tables.webhooks",
    "models.tables.workers",
)
BUSY_MILLISECONDS = 30_000
# A statement that runs longer than this is a bug or an attack; a session's may take longer.
STATEMENT_TIMEOUT = "600s"


def sqlite_path(url: str) -> str:
    """The file of a `sqlite://` URL."""
    return url.removeprefix("sqlite://")


def read_only_uri(database: Path) -> str:
    """How SQLite is told to open a file for reading only, whatever its folders are called."""
    return f"{database.absolute().as_uri()}?mode=ro"


def require_database(url: str) -> None:
    """Raise Unavailable where a `sqlite://` URL names a file that is not there."""
    if url.startswith("sqlite:") and not Path(sqlite_path(url)).is_file():
        raise Unavailable("There is no database yet: run `migrate`, or correct BILLS_DATABASE_URL.")


def tortoise_config(url: str, writers: int) -> dict[str, Any]:
    """Tortoise's configuration for `sqlite://PATH` or `postgres://…`."""
    if url.startswith("sqlite:"):
        connection: dict[str, Any] = {
            "engine": "models.adapters.sqlite",
            "credentials": {
                "file_path": sqlite_path(url),
                "busy_timeout": BUSY_MILLISECONDS,
                "synchronous": "FULL",
                "temp_store": "FILE",
            },
        }
    else:
        connection = expand_db_url(_asyncpg_url(url))
        connection["engine"] = "models.adapters.postgres"
        connection["credentials"] |= {
            # The pool would log every try to restore a floor while the server is away.
            "minsize": 0,
            "maxsize": writers,
            "timeout": CONNECT_SECONDS,
            "command_timeout": 900,
            "server_settings": {
                "statement_timeout": STATEMENT_TIMEOUT,
                "idle_in_transaction_session_timeout": "60s",
                "lock_timeout": "30s",
            },
        }
    return {
        "connections": {"default": connection},
        "apps": {
            "models": {
                "models": list(TABLES),
                "default_connection": "default",
                "migrations": "models.migrations",
            }
        },
        "use_tz": True,
        "timezone": "UTC",
    }


def _asyncpg_url(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"asyncpg://{rest}" if scheme in {"postgres", "postgresql"} else url
