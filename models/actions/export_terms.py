"""What bounds the exports of one partner: how many, how large, how long."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from models.adapters.database import Tx
from models.adapters.settings import Settings
from models.rules.errors import Conflict, ErrorCode
from models.rules.exports import UNFINISHED

_MEBIBYTE = 2**20
_UNFINISHED = ", ".join(f"'{status}'" for status in sorted(UNFINISHED))


class QuotaExceeded(Conflict):
    """The partner keeps so many bytes of files that this one has no room."""

    code = ErrorCode.EXPORT_QUOTA_EXCEEDED


@dataclass(frozen=True, slots=True)
class ExportTerms:
    """How long a file is kept, and how many bytes and unfinished exports a partner may have.

    `vendor` is who issues the bills, as FOCUS files say it.
    """

    kept: timedelta
    size: int
    unfinished: int
    vendor: str

    @classmethod
    def of(cls, settings: Settings) -> "ExportTerms":
        """What the settings say."""
        return cls(
            timedelta(days=settings.export_days),
            settings.export_bytes,
            settings.exports_per_partner,
            settings.vendor_name,
        )


async def require_turn(tx: Tx, partner_id: int, terms: ExportTerms) -> None:
    """Raise Conflict (TOO_MANY_EXPORTS) where as many as may be are unfinished."""
    row = await tx.fetch_one(
        f"SELECT count(*) FROM export_jobs WHERE partner_id = $1 AND status IN ({_UNFINISHED})",
        partner_id,
    )
    if row and row[0] >= terms.unfinished:
        raise Conflict(
            f"{row[0]} exports are not finished, which is as many as can be at once: wait for one"
            " of them, or cancel it.",
            ErrorCode.TOO_MANY_EXPORTS,
        )


async def require_room(
    tx: Tx, partner_id: int, size: int, terms: ExportTerms, *, now: datetime
) -> None:
    """Raise QuotaExceeded where `size` more bytes would be more than the partner may keep."""
    row = await tx.fetch_one(
        "SELECT coalesce(sum(size_bytes), 0) FROM export_jobs"
        " WHERE partner_id = $1 AND status = 'SUCCEEDED' AND expires_at > $2",
        *(partner_id, now),
    )
    kept = int(row[0]) if row else 0
    if kept + size > terms.size:
        raise QuotaExceeded(
            f"Exported files of {_mebibytes(terms.size)} can be kept, and {_mebibytes(kept)} are:"
            " remove files that are not needed any more, or export fewer months at once."
        )


def _mebibytes(size: int) -> str:
    return f"{size / _MEBIBYTE:,.1f} MiB"
