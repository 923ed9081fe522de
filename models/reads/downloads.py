"""Files that may be fetched."""

from dataclasses import dataclass
from datetime import datetime

from models.adapters.database import Database
from models.rules.errors import Conflict, ErrorCode, Forbidden, NotFound
from models.rules.exports import ExportStatus


@dataclass(frozen=True, slots=True)
class Download:
    """A finished file: its name for a browser, where it is kept, its size in bytes, its SHA-256."""

    file_name: str
    object_key: str
    size: int
    sha256: str


async def finished_export(
    db: Database, export_id: int, partner_id: int, *, now: datetime
) -> Download:
    """The file of a partner's export.

    Raises NotFound (or not this partner's), Conflict (EXPORT_NOT_READY), and Forbidden
    (LINK_EXPIRED) once the file's own time is over.
    """
    rows = await db.fetch(
        "SELECT status, expires_at <= $3 AS is_over, file_name, object_key, size_bytes, sha256"
        " FROM export_jobs WHERE id = $1 AND partner_id = $2",
        *(export_id, partner_id, now),
    )
    if not rows:
        raise NotFound("There is no such export.")
    [(status, is_over, *file)] = rows
    if status == ExportStatus.EXPIRED or (status == ExportStatus.SUCCEEDED and is_over):
        raise Forbidden(
            "The file was kept for its time and is gone; export again.", ErrorCode.LINK_EXPIRED
        )
    if status != ExportStatus.SUCCEEDED:
        raise Conflict(
            f"The file is not ready; the export is {status.lower()}.", ErrorCode.EXPORT_NOT_READY
        )
    return Download(*file)
