"""Which files of our own the database names: those that a backup holds."""

from dataclasses import dataclass

from models.adapters.database import Database
from models.rules.inbox import INBOX, rejects_key


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file by its name in the file store; None for what the database does not say of it."""

    name: str
    size: int | None = None
    sha256: str | None = None


async def named_files(db: Database) -> dict[str, NamedFile]:
    """Finished exports, invoices, lists of refused rows, and files that wait to be imported.

    What is in the making is not among them: it is made again.
    """
    written = await db.fetch(
        "SELECT object_key, size_bytes, sha256 FROM export_jobs WHERE status = 'SUCCEEDED'"
        " AND object_key IS NOT NULL"
        " UNION ALL SELECT object_key, size_bytes, sha256 FROM invoices"
        " WHERE object_key IS NOT NULL"
    )
    files = [NamedFile(*row) for row in written]
    inbox = await db.fetch(
        "SELECT id, object_key, status, rejected FROM inbox_files"
        " WHERE status = 'SEEN' OR rejected > 0"
    )
    for row in inbox:
        waits = row["status"] == "SEEN"
        files.append(NamedFile(f"{INBOX}/{row['object_key']}" if waits else rejects_key(row["id"])))
    return {file.name: file for file in files}
