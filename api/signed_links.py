"""What all signed links share: what makes them good, and how a refusal is answered (rule 19).

The link is all the permission there is: it needs no token, and it says nothing about itself but
that it holds, has expired, or is none of ours.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from api.errors import error_body
from api.failures import bug
from api.status import http_headers, http_status
from models.rules.errors import BillingError, ErrorCode, Forbidden, InvalidInput
from models.rules.ids import IdPrefix, parse_public_id
from models.rules.links import Link, require_signed

PRIVATE = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_SECONDS = re.compile(r"[1-9][0-9]{0,11}")


@dataclass(frozen=True, slots=True)
class SignedLinks:
    """An ASGI application that answers GET and HEAD; every refusal is JSON with a code."""

    answer: Callable[[Request], Awaitable[Response]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            if request.method not in {"GET", "HEAD"}:
                raise InvalidInput(
                    f"Fetch files with GET, not {request.method}.", ErrorCode.METHOD_NOT_ALLOWED
                )
            response = await self.answer(request)
        except BillingError as refused:
            response = _refusal(refused)
        except Exception as failure:  # the last line: masked, logged once, answered
            response = JSONResponse({"errors": [bug(failure)]}, 500, PRIVATE)
        await response(scope, receive, send)


def linked_partner(request: Request, object_id: str, *, secret: str, now: datetime) -> int:
    """The partner whose object the link leads to.

    Raises Forbidden: LINK_INVALID, LINK_EXPIRED.
    """
    query = request.query_params
    partner_id = parse_public_id(query.get("partner", ""), IdPrefix.PARTNER)
    expires = query.get("expires", "")
    if partner_id is None or not _SECONDS.fullmatch(expires):
        raise Forbidden("This is not a link of ours; copy it whole.", ErrorCode.LINK_INVALID)
    link = Link(partner_id, object_id, int(expires))
    require_signed(link, query.get("signature", ""), secret=secret, now=now)
    return partner_id


def _refusal(refused: BillingError) -> Response:
    headers = PRIVATE | http_headers(refused.code)
    if refused.code is ErrorCode.METHOD_NOT_ALLOWED:
        headers["Allow"] = "GET, HEAD"
    body = error_body(refused.code, refused.message)
    return JSONResponse(body, http_status(refused.code), headers)
