"""Links that are their own permission: signed over partner, object, method and expiry (rule 19)."""

import base64
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from models.rules.errors import ErrorCode, Forbidden
from models.rules.ids import IdPrefix, public_id

METHOD = "GET"  # and HEAD, which asks for less
_PURPOSE = "download link 1"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Link:
    """Leave to fetch one object of one partner; `expires` is in seconds since 1970, UTC."""

    partner_id: int
    object_id: str
    expires: int

    def signature(self, secret: str) -> str:
        """HMAC-SHA256 under `secret`, base64url without padding: 43 characters."""
        parts = (_PURPOSE, METHOD, str(self.partner_id), self.object_id, str(self.expires))
        digest = hmac.digest(secret.encode(), "\n".join(parts).encode(), "sha256")
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def download_path(partner_id: int, object_id: str, *, secret: str, expires: datetime) -> str:
    """The path and query that let anyone who has them fetch the object until `expires` (R39)."""
    link = Link(partner_id, object_id, (expires - _EPOCH) // timedelta(seconds=1))
    query = {
        "partner": public_id(IdPrefix.PARTNER, partner_id),
        "expires": link.expires,
        "signature": link.signature(secret),
    }
    return f"/downloads/{object_id}?{urlencode(query)}"


def require_signed(link: Link, signature: str, *, secret: str, now: datetime) -> None:
    """Refuse a link that we did not sign (LINK_INVALID), or whose time is over (LINK_EXPIRED).

    Raises Forbidden. That it has expired is only said of a link that was good once.
    """
    if not hmac.compare_digest(link.signature(secret).encode(), signature.encode()):
        raise Forbidden(
            "This link is not valid; copy it whole, or get a new one where you got it.",
            ErrorCode.LINK_INVALID,
        )
    if now >= _EPOCH + timedelta(seconds=link.expires):
        raise Forbidden(
            "This link has expired; get a new one where you got it.", ErrorCode.LINK_EXPIRED
        )
