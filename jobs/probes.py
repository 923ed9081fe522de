"""`/healthz`, `/readyz` and `/metrics`: what machines ask an API or a worker, without a user.

/healthz    the process lives
/readyz     every part, one a line; 503 when one is not well without which nothing goes
/metrics    figures for Prometheus, for whoever has the token
"""

import hmac
from collections.abc import Awaitable, Callable

import orjson
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from jobs.metrics import Metrics
from jobs.readiness import Part, Readiness
from jobs.services import Clock, Services
from models.adapters.metrics import MEDIA_TYPE
from models.adapters.settings import Settings

_NO_STORE = {"Cache-Control": "no-store"}
_CLOSED = "Set BILLS_METRICS_TOKEN, and send it as a bearer token: this is production.\n"
_UNKNOWN = "Send BILLS_METRICS_TOKEN as a bearer token.\n"


def probe_routes(services: Services, clock: Clock) -> list[BaseRoute]:
    """The routes, for a server of either kind."""
    return [
        Route("/healthz", _healthz),
        Route("/readyz", _readyz(Readiness(services))),
        Route("/metrics", _metrics(Metrics(services, clock), services.settings)),
    ]


async def _healthz(_request: Request) -> Response:
    return _json(b'{"status": "ok"}\n', 200)


def _readyz(readiness: Readiness) -> Callable[[Request], Awaitable[Response]]:
    async def readyz(_request: Request) -> Response:
        parts = await readiness.look()
        is_ready = all(part.is_well for part in parts if part.is_needed)
        return _json(_said(parts, is_ready=is_ready), 200 if is_ready else 503)

    return readyz


def _said(parts: list[Part], *, is_ready: bool) -> bytes:
    """One part a line, for people who ask by hand."""
    lines = b",\n".join(orjson.dumps(_part(part)) for part in parts)
    return b'{"isReady": %b, "parts": [\n%b\n]}\n' % (b"true" if is_ready else b"false", lines)


def _part(part: Part) -> dict[str, object]:
    return {
        "part": part.name,
        "isWell": part.is_well,
        "isNeeded": part.is_needed,
        "finding": part.what,
    }


def _json(body: bytes, status: int) -> Response:
    return Response(body, status, _NO_STORE, media_type="application/json")


def _metrics(metrics: Metrics, settings: Settings) -> Callable[[Request], Awaitable[Response]]:
    token = settings.metrics_token.get_secret_value()

    async def answer(request: Request) -> Response:
        if not token and settings.production:
            return PlainTextResponse(_CLOSED, 403, _NO_STORE)
        if token and not _is_sent(request, token):
            headers = _NO_STORE | {"WWW-Authenticate": "Bearer"}
            return PlainTextResponse(_UNKNOWN, 401, headers)
        return Response(await metrics.text(), headers=_NO_STORE | {"Content-Type": MEDIA_TYPE})

    return answer


def _is_sent(request: Request, token: str) -> bool:
    scheme, _, sent = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(sent.encode(), token.encode())
