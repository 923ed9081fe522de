"""`GET /downloads/statements/USD/RECEIVABLE/2026-01-01/2026-03-31.csv?…`: a statement as a file.

Nothing is kept: a statement is made when it is fetched, and days that are over give the same bytes
each time (I20). The link names the partner, and is signed over all of it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from api.signed_links import PRIVATE, SignedLinks, linked_partner
from models.adapters.currencies import minor_digits
from models.adapters.database import Database
from models.adapters.settings import Settings
from models.adapters.typesetting import typeset
from models.reads.statement_entries import postings, statement_head
from models.rules.statement_lines import StatementHead, StatementLines
from models.rules.statement_paper import require_paper_size, statement_paper
from models.rules.statements import Posting, StatementFormat, parse_object_id

MEDIA_TYPES = {
    StatementFormat.CSV: "text/csv; charset=utf-8; header=present",
    StatementFormat.PDF: "application/pdf",
}


def statement_routes(
    db: Database, settings: Settings, clock: Callable[[], datetime]
) -> list[BaseRoute]:
    """The route under which signed links lead to statements; it goes before that of files."""
    statements = StatementDownloads(db, settings.secret.get_secret_value(), clock)
    return [Route("/downloads/statements/{statement:path}", SignedLinks(statements.answer))]


@dataclass(frozen=True, slots=True)
class StatementDownloads:
    """Answers with one statement."""

    db: Database
    secret: str
    clock: Callable[[], datetime]

    async def answer(self, request: Request) -> Response:
        """The statement that a signed link leads to.

        Raises Forbidden (LINK_INVALID, LINK_EXPIRED), NotFound, and InvalidInput (RANGE_TOO_LONG)
        for more entries than a PDF takes.
        """
        now = self.clock()
        object_id = f"statements/{request.path_params['statement']}"
        partner_id = linked_partner(request, object_id, secret=self.secret, now=now)
        order, file_format = parse_object_id(object_id)
        head = await statement_head(self.db, partner_id, order)
        name = order.file_name(partner_id, file_format)
        headers = PRIVATE | {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Type": MEDIA_TYPES[file_format],
        }
        if request.method == "HEAD":
            return StreamingResponse(iter(()), headers=headers)
        if file_format is StatementFormat.CSV:
            return StreamingResponse(self._csv(head, now), headers=headers)
        return Response(await self._pdf(head, now), headers=headers)

    async def _csv(self, head: StatementHead, now: datetime) -> AsyncIterator[str]:
        lines = StatementLines(head)
        yield lines.opening()
        async with aclosing(postings(self.db, head)) as batches:
            async for batch in batches:
                yield "".join(map(lines.entry, batch))
        yield lines.closing(now)

    async def _pdf(self, head: StatementHead, now: datetime) -> bytes:
        entries: list[Posting] = []
        async with aclosing(postings(self.db, head)) as batches:
            async for batch in batches:
                entries += batch
                require_paper_size(len(entries))
        digits = minor_digits(head.order.currency)
        paper = statement_paper(head, entries, digits=digits, now=now)
        return await asyncio.to_thread(typeset, "statement", paper, timestamp=head.until(now))
