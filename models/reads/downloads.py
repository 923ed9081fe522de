"""Files that may be fetched."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from models.adapters.database import Database
from models.rules.artefacts import ZIP_TYPE
from models.rules.errors import Conflict, ErrorCode, Forbidden, NotFound
from models.rules.exports import ExportFormat, ExportStatus, media_type
from models.rules.invoices import invoice_number

PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class Download:
    """A finished file: its name and type for a browser, where it is kept, its size, its SHA-256.

    The size is in bytes.
    """

    file_name: str
    content_type: str
    object_key: str
    size: int
    sha256: str


class Finder(Protocol):
    """How the file of one kind of thing is found: by its row number, for its partner, at `now`."""

    async def __call__(
        self, db: Database, number: int, partner_id: int, /, *, now: datetime
    ) -> Download:
        """The file; raises NotFound, Conflict or Forbidden where there is none to be had."""


async def finished_export(
    db: Database, export_id: int, partner_id: int, *, now: datetime
) -> Download:
    """The file of a partner's export.

    Raises NotFound (or not this partner's), Conflict (EXPORT_NOT_READY), and Forbidden
    (LINK_EXPIRED) once the file's own time is over.
    """
    rows = await db.fetch(
        "SELECT status, expires_at <= $3 AS is_over, format, part_count, file_name, object_key,"
        " size_bytes, sha256 FROM export_jobs WHERE id = $1 AND partner_id = $2",
        *(export_id, partner_id, now),
    )
    if not rows:
        raise NotFound("There is no such export.")
    [(status, is_over, file_format, part_count, *file)] = rows
    if status == ExportStatus.EXPIRED or (status == ExportStatus.SUCCEEDED and is_over):
        raise Forbidden(
            "The file was kept for its time and is gone; export again.", ErrorCode.LINK_EXPIRED
        )
    if status != ExportStatus.SUCCEEDED:
        raise Conflict(
            f"The file is not ready; the export is {status.lower()}.", ErrorCode.EXPORT_NOT_READY
        )
    file_name, *kept = file
    content_type = ZIP_TYPE if part_count > 1 else media_type(ExportFormat(file_format))
    return Download(file_name, content_type, *kept)


async def finished_invoice(
    db: Database, invoice_id: int, partner_id: int, *, now: datetime
) -> Download:
    """The file of a partner's invoice, at any time `now` once it is written.

    Raises NotFound (or not this partner's), Conflict (INVALID_STATE).
    """
    rows = await db.fetch(
        "SELECT series, number, object_key, size_bytes, sha256 FROM invoices"
        " WHERE id = $1 AND partner_id = $2",
        *(invoice_id, partner_id),
    )
    if not rows:
        raise NotFound("There is no such invoice.")
    [(series, number, *kept)] = rows
    if kept[0] is None:
        raise Conflict("The file is not written yet; try again in a moment.")
    return Download(f"{invoice_number(series, number)}.pdf", PDF, *kept)
