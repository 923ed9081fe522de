"""`GET /downloads/exp_12?…`: a finished file for whoever holds a signed link (R39, rule 19).

The link is all the permission there is: it needs no token, and it says nothing about itself but
that it holds, has expired, or is none of ours.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from api.byte_ranges import RangeError, asked_range
from api.errors import error_body
from api.failures import bug
from api.status import http_headers, http_status
from models.adapters.database import Database
from models.adapters.files import FileStore
from models.adapters.settings import Settings
from models.reads.downloads import Download, finished_export
from models.rules.errors import BillingError, ErrorCode, Forbidden, InvalidInput
from models.rules.ids import IdPrefix, parse_public_id, public_id
from models.rules.links import Link, require_signed

PRIVATE = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
CSV = "text/csv; charset=utf-8; header=present"
_SECONDS = re.compile(r"[1-9][0-9]{0,11}")


def download_routes(
    db: Database, files: FileStore, settings: Settings, clock: Callable[[], datetime]
) -> list[BaseRoute]:
    """The route under which signed links lead to files."""
    secret = settings.secret.get_secret_value()
    return [Route("/downloads/{export:path}", Downloads(db, files, secret, clock))]


@dataclass(frozen=True, slots=True)
class Downloads:
    """An ASGI application that answers GET and HEAD for one finished file."""

    db: Database
    files: FileStore
    secret: str
    clock: Callable[[], datetime]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; every refusal is JSON with a code."""
        try:
            response = await self._answer(Request(scope, receive))
        except BillingError as refused:
            response = _refusal(refused)
        except Exception as failure:  # the last line: masked, logged once, answered
            response = JSONResponse({"errors": [bug(failure)]}, 500, PRIVATE)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method not in {"GET", "HEAD"}:
            raise InvalidInput(
                f"Fetch files with GET, not {request.method}.", ErrorCode.METHOD_NOT_ALLOWED
            )
        now = self.clock()
        export_id, link = _link(request)
        signature = request.query_params.get("signature", "")
        require_signed(link, signature, secret=self.secret, now=now)
        file = await finished_export(self.db, export_id, link.partner_id, now=now)
        if request.method == "HEAD":
            return Response(None, headers=_headers(file) | {"Content-Length": str(file.size)})
        return await self._content(file, request)

    async def _content(self, file: Download, request: Request) -> Response:
        try:
            asked = _range(file, request)
        except RangeError:
            return _unsatisfiable(file.size)
        part = asked or range(file.size)
        chunks = await asyncio.to_thread(self.files.read, file.object_key, part.start, part.stop)
        headers = _headers(file) | {"Content-Length": str(len(part))}
        if asked:
            headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{file.size}"
        return StreamingResponse(chunks, 206 if asked else 200, headers)


def _link(request: Request) -> tuple[int, Link]:
    """The export that the address names, and the link it claims to be."""
    query = request.query_params
    export_id = parse_public_id(request.path_params["export"], IdPrefix.EXPORT)
    partner_id = parse_public_id(query.get("partner", ""), IdPrefix.PARTNER)
    expires = query.get("expires", "")
    if export_id is None or partner_id is None or not _SECONDS.fullmatch(expires):
        raise Forbidden("This is not a link of ours; copy it whole.", ErrorCode.LINK_INVALID)
    return export_id, Link(partner_id, public_id(IdPrefix.EXPORT, export_id), int(expires))


def _range(file: Download, request: Request) -> range | None:
    """The part asked for; a part of another file than the one begun is never sent."""
    if request.headers.get("if-range", _tag(file)) != _tag(file):
        return None
    return asked_range(request.headers.get("range", ""), file.size)


def _tag(file: Download) -> str:
    return f'"{file.sha256}"'


def _headers(file: Download) -> dict[str, str]:
    return PRIVATE | {
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'attachment; filename="{file.file_name}"',
        "Content-Type": CSV,
        "ETag": _tag(file),
    }


def _unsatisfiable(size: int) -> Response:
    body = error_body(ErrorCode.BAD_REQUEST, f"The file has {size} bytes; that part is not in it.")
    return JSONResponse(body, 416, PRIVATE | {"Content-Range": f"bytes */{size}"})


def _refusal(refused: BillingError) -> Response:
    headers = PRIVATE | http_headers(refused.code)
    if refused.code is ErrorCode.METHOD_NOT_ALLOWED:
        headers["Allow"] = "GET, HEAD"
    body = error_body(refused.code, refused.message)
    return JSONResponse(body, http_status(refused.code), headers)
