"""The application: composed here, and nowhere else."""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial

import strawberry
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Route, WebSocketRoute

from api.changes import Changes
from api.connections import LARGER_PAGES, SMALLER_LISTS
from api.context import Context
from api.documents import Documents
from api.downloads import download_routes
from api.endpoint import Endpoint
from api.exit_signal import told_of_exit
from api.gateway_hooks import gateway_routes
from api.graphiql import graphiql_routes
from api.guard import known_origins
from api.limits import Limits
from api.pages import PageLimits
from api.schema import build_schema
from api.seats import Seats
from api.statement_downloads import statement_routes
from api.watch import Watch
from api.watched import WatchedExecutor
from api.websocket import GraphQLSocket
from jobs.demo.queries import DEFAULT_QUERY, QUERIES
from jobs.leaving import be_gone_in_time
from jobs.probes import probe_routes
from jobs.services import Services, open_services
from models.adapters.jwks import JwksKeys
from models.adapters.logs import configure_logs
from models.adapters.settings import Settings
from models.adapters.tokens import OidcVerifier, SharedSecretVerifier, TokenVerifier
from models.adapters.tracing import Tracing, closing_tracing, open_tracing

# Every method reaches the guard, which refuses all but POST with a code of ours.
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def create_app(
    settings: Settings | None = None, clock: Callable[[], datetime] | None = None
) -> Starlette:
    """The API as an ASGI application; settings come from the environment unless given."""
    configure_logs()
    settings = settings or Settings()
    clock = clock or _utc_now
    tracing = open_tracing(settings.traces_url)
    app = Starlette(routes=[], middleware=[_watch(settings, tracing), *_middleware(settings)])
    app.router.lifespan_context = partial(
        _lifespan, settings=settings, clock=clock, tracing=tracing
    )
    return app


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _watch(settings: Settings, tracing: Tracing | None) -> Middleware:
    return Middleware(
        Watch, prefix=f"{secrets.token_hex(4)}-", has_line=settings.access_log, tracing=tracing
    )


def _middleware(settings: Settings) -> list[Middleware]:
    if not settings.allowed_origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=["POST"],
            allow_headers=["authorization", "content-type", "x-request-id"],
            expose_headers=["x-request-id"],
            max_age=3600,
        )
    ]


@asynccontextmanager
async def _lifespan(
    app: Starlette,
    *,
    settings: Settings,
    clock: Callable[[], datetime],
    tracing: Tracing | None,
) -> AsyncIterator[None]:
    async with closing_tracing(tracing), open_services(settings) as services:
        app.state.changes = changes = _changes(services)
        app.router.routes[:] = _routes(services, changes, clock)
        with told_of_exit(partial(_leave, changes)):
            yield
        changes.end()


def _leave(changes: Changes) -> None:
    be_gone_in_time()
    changes.end()


def _changes(services: Services) -> Changes:
    settings = services.settings
    seats = _seats("subscriptions", settings)
    return Changes(services.db, seats, seconds=settings.subscription_seconds)


def _seats(what: str, settings: Settings) -> Seats:
    return Seats(what, per_user=settings.subscriptions_per_user, in_all=settings.subscriptions)


def _routes(services: Services, changes: Changes, clock: Callable[[], datetime]) -> list[BaseRoute]:
    settings, schema = services.settings, build_schema()
    endpoint = _endpoint(services, schema, changes, clock)
    connections = _seats("connections", settings)
    routes: list[BaseRoute] = [
        Route("/graphql", endpoint.respond, methods=METHODS),
        WebSocketRoute("/graphql", GraphQLSocket(schema, endpoint, connections)),
        *probe_routes(services, clock),
        *statement_routes(services.db, settings, clock),
        *download_routes(services.db, services.files, settings, clock),
        *gateway_routes(services.db, settings, clock),
    ]
    if settings.has_graphiql:
        routes += graphiql_routes(DEFAULT_QUERY, QUERIES)
    return routes


def _endpoint(
    services: Services,
    schema: strawberry.Schema,
    changes: Changes,
    clock: Callable[[], datetime],
) -> Endpoint:
    settings = services.settings
    limits = Limits(
        pages=PageLimits(by_field=LARGER_PAGES, lists_by_field=SMALLER_LISTS),
        introspection=settings.has_introspection,
    )
    return Endpoint(
        executor=WatchedExecutor(Documents(schema._schema, limits), limits),
        verifier=_verifier(settings),
        origins=known_origins(settings.public_url, settings.allowed_origins),
        context=partial(
            Context, services.db, settings, ring=services.bell.ring, changes=changes, clock=clock
        ),
        clock=clock,
    )


def _verifier(settings: Settings) -> TokenVerifier:
    if settings.oidc_jwks_url:
        keys = JwksKeys(settings.oidc_jwks_url)
        return OidcVerifier(keys, issuer=settings.oidc_issuer, audience=settings.oidc_audience)
    return SharedSecretVerifier(settings.secret.get_secret_value())
