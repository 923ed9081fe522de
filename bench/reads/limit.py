"""The limit: hand-written routes with one hand-written statement each, whose bytes are passed on.

The statements are the best that we know; the rest is what a good engineer writes with these
libraries: Starlette's routes, asyncpg's pool without the reset between uses.

It answers byte for byte as our server does, to the same tokens and within the same tenant filter.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import asyncpg
import jwt
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

_BILL = """'{"id":"bil_' || b.id || '","cycle":"' || b.cycle || '","status":"' || b.status
    || '","totals":{"""
PARTNER = (
    """SELECT convert_to('{"data":{"partner":{"id":"prt_' || p.id
    || '","name":' || json_text(p.name)
    || ',"bills":{"nodes":[' || coalesce((SELECT string_agg(j, ',') FROM (
        SELECT """
    + _BILL
    + """"settlement":{"amount":"' || trim_scale(v.settlement)::text
            || '"},"billAmount":{"amount":"' || trim_scale(v.bill_amount)::text
            || '"},"amountDue":{"amount":"' || trim_scale(v.amount_due)::text || '"}}}' AS j
        FROM bills b JOIN bill_versions v ON v.id = b.version_id
        WHERE b.partner_id = p.id ORDER BY b.cycle DESC, b.id DESC LIMIT 12) q), '')
    || ']}}}}', 'UTF8')
FROM partners p WHERE p.id = $1 AND p.id = $2"""
)
BILL = (
    'SELECT convert_to(\'{"data":{"bill":\' || '
    + _BILL
    + """"billAmount":{"amount":"' || trim_scale(v.bill_amount)::text
    || '"}},"customers":{"nodes":[' || coalesce((SELECT string_agg(j, ',') FROM (
        SELECT '{"customer":{"name":' || json_text(k.name)
            || '},"total":{"amount":"' || trim_scale(c.total)::text
            || '"},"productLines":{"nodes":[' || coalesce((SELECT string_agg(j, ',') FROM (
                SELECT '{"product":' || json_text(l.product)
                    || ',"region":' || coalesce(json_text(l.region), 'null')
                    || ',"expenditures":{"amount":"' || trim_scale(l.expenditures)::text
                    || '"},"total":{"amount":"' || trim_scale(l.total)::text || '"}}' AS j
                FROM product_lines l
                WHERE l.partner_id = c.partner_id AND l.version_id = c.version_id
                    AND l.customer_id = c.customer_id
                ORDER BY l.rank LIMIT $4) q), '') || ']}}' AS j
        FROM bill_customers c JOIN customers k ON k.id = c.customer_id
        WHERE c.partner_id = b.partner_id AND c.version_id = b.version_id
        ORDER BY c.rank LIMIT $3) q), '')
    || ']}}}}', 'UTF8')
FROM bills b JOIN bill_versions v ON v.id = b.version_id
WHERE b.id = $1 AND b.partner_id = $2"""
)


@lru_cache(maxsize=4096)
def _partner_of(header: str) -> int:
    """The partner that a bearer token names; its signature is checked once, as ours is."""
    claims = jwt.decode(header.removeprefix("Bearer "), os.environ["BILLS_SECRET"], ["HS256"])
    return int(claims["partner"].removeprefix("prt_"))


async def _keep_session(_connection: Any) -> None:
    """Nothing is left in a session that only reads."""


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    url = os.environ["BILLS_DATABASE_URL"]
    async with asyncpg.create_pool(url, min_size=1, max_size=4, reset=_keep_session) as pool:
        app.state.pool = pool
        yield


async def _answer(request: Request, sql: str, *arguments: int) -> Response:
    whose = _partner_of(request.headers["authorization"])
    number = int(request.path_params["id"])
    body = await request.app.state.pool.fetchval(sql, number, whose, *arguments)
    return Response(body, media_type="application/json", status_code=200 if body else 404)


async def _partner(request: Request) -> Response:
    return await _answer(request, PARTNER)


async def _bill(request: Request) -> Response:
    customers, lines = int(request.path_params["customers"]), int(request.path_params["lines"])
    return await _answer(request, BILL, customers, lines)


app = Starlette(lifespan=_lifespan)
app.router.add_route("/partners/{id}", _partner)
app.router.add_route("/bills/{id}/{customers}/{lines}", _bill)
