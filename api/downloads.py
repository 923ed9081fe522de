"""`GET /downloads/exp_12?…`: a finished file for whoever holds a signed link (R39, rule 19).

Where the file store has links of its own, the answer leads to one that soon expires; otherwise it
is the file.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from api.byte_ranges import RangeError, asked_range
from api.errors import error_body
from api.signed_links import PRIVATE, SignedLinks, linked_partner
from models.adapters.database import Database
from models.adapters.files import FileStore
from models.adapters.settings import Settings
from models.reads.downloads import Download, Finder, finished_export, finished_invoice
from models.rules.errors import ErrorCode, Forbidden
from models.rules.ids import IdPrefix, parse_public_id

# Of a link to the store itself: long enough to follow it, and to go on after a broken connection.
STORE_LINK_LIFETIME = timedelta(minutes=5)

FINDERS: Mapping[IdPrefix, Finder] = {
    IdPrefix.EXPORT: finished_export,
    IdPrefix.INVOICE: finished_invoice,
}


def download_routes(
    db: Database, files: FileStore, settings: Settings, clock: Callable[[], datetime]
) -> list[BaseRoute]:
    """The route under which signed links lead to files."""
    secret = settings.secret.get_secret_value()
    downloads = Downloads(db, files, secret, clock)
    return [Route("/downloads/{object:path}", SignedLinks(downloads.answer))]


@dataclass(frozen=True, slots=True)
class Downloads:
    """Answers with one finished file, whole or in part, or with where the store has it."""

    db: Database
    files: FileStore
    secret: str
    clock: Callable[[], datetime]

    async def answer(self, request: Request) -> Response:
        """The file that a signed link leads to."""
        now = self.clock()
        name = request.path_params["object"]
        kind, number = _named(name)
        partner_id = linked_partner(request, name, secret=self.secret, now=now)
        file = await FINDERS[kind](self.db, number, partner_id, now=now)
        if request.method == "HEAD":
            return Response(None, headers=_headers(file) | {"Content-Length": str(file.size)})
        link = await asyncio.to_thread(self.files.link, file.object_key, STORE_LINK_LIFETIME)
        if link is not None:
            return Response(None, 302, PRIVATE | {"Location": link})
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


def _named(name: str) -> tuple[IdPrefix, int]:
    for kind in FINDERS:
        number = parse_public_id(name, kind)
        if number is not None:
            return kind, number
    raise Forbidden("This is not a link of ours; copy it whole.", ErrorCode.LINK_INVALID)


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
        "Content-Type": file.content_type,
        "ETag": _tag(file),
    }


def _unsatisfiable(size: int) -> Response:
    body = error_body(ErrorCode.BAD_REQUEST, f"The file has {size} bytes; that part is not in it.")
    return JSONResponse(body, 416, PRIVATE | {"Content-Range": f"bytes */{size}"})
