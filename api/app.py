"""The application: composed here, and nowhere else."""

import gc
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache, partial

import strawberry
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from api.answers import KeptAnswers
from api.budgets import Budgets
from api.changes import Changes
from api.connections import LARGER_PAGES, LISTS, TREES
from api.context import Context
from api.documents import Documents, InvalidDocument
from api.downloads import download_routes
from api.endpoint import Endpoint
from api.exit_signal import told_of_exit
from api.gateway_hooks import gateway_routes
from api.graphiql import graphiql_routes
from api.guard import known_origins
from api.limits import Limits
from api.pages import PageLimits
from api.persisted import PersistedDocuments
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
from models.rules.errors import ErrorCode, InvalidInput
from models.rules.trusted_documents import parse_trusted_documents


class Api(Starlette):
    """The application: watched, and with a short way to what is asked most."""

    watch: ASGIApp
    graphql: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or start and stop, under the eyes of `watch`."""
        await self.watch(scope, receive, send)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; GraphQL over HTTP needs neither the router nor what catches others' failures.

        Pages of other origins do need what middleware adds to their answers.
        """
        is_short = scope["type"] == "http" and scope["path"] == "/graphql" and self.graphql
        if is_short and not (self.user_middleware and b"origin" in dict(scope["headers"])):
            await is_short(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(
    settings: Settings | None = None, clock: Callable[[], datetime] | None = None
) -> Api:
    """The API as an ASGI application; settings come from the environment unless given."""
    configure_logs()
    settings = settings or Settings()
    clock = clock or _utc_now
    tracing = open_tracing(settings.traces_url)
    app = Api(routes=[], middleware=_middleware(settings))
    app.watch = _watch(app.answer, settings, tracing)
    app.router.lifespan_context = partial(
        _lifespan, settings=settings, clock=clock, tracing=tracing
    )
    return app


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _watch(app: ASGIApp, settings: Settings, tracing: Tracing | None) -> Watch:
    prefix = f"{secrets.token_hex(4)}-"
    return Watch(app, prefix=prefix, has_line=settings.access_log, tracing=tracing)


def _middleware(settings: Settings) -> list[Middleware]:
    if not settings.allowed_origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type", "if-none-match", "x-request-id"],
            expose_headers=["etag", "x-request-id"],
            max_age=3600,
        )
    ]


@asynccontextmanager
async def _lifespan(
    app: Api,
    *,
    settings: Settings,
    clock: Callable[[], datetime],
    tracing: Tracing | None,
) -> AsyncIterator[None]:
    async with closing_tracing(tracing), open_services(settings) as services:
        app.state.changes = changes = _changes(services)
        schema = build_schema()
        app.graphql = endpoint = _endpoint(services, schema, changes, clock)
        app.router.routes[:] = [
            *_graphql_routes(services, schema, endpoint),
            *_other_routes(services, clock),
        ]
        _settle_memory()
        with told_of_exit(partial(_leave, changes)):
            yield
        changes.end()


@cache
def _settle_memory() -> None:
    """What is there once the process has started stays: let no garbage collection look at it.

    Looking through schema and modules takes a tenth of a second, in which nobody is answered.
    """
    gc.collect()
    gc.freeze()


def _leave(changes: Changes) -> None:
    be_gone_in_time()
    changes.end()


def _changes(services: Services) -> Changes:
    settings = services.settings
    seats = _seats("subscriptions", settings)
    return Changes(services.db, seats, seconds=settings.subscription_seconds)


def _seats(what: str, settings: Settings) -> Seats:
    return Seats(what, per_user=settings.subscriptions_per_user, in_all=settings.subscriptions)


def _graphql_routes(
    services: Services, schema: strawberry.Schema, endpoint: Endpoint
) -> list[BaseRoute]:
    connections = _seats("connections", services.settings)
    socket = GraphQLSocket(schema, endpoint, connections)
    return [Route("/graphql", endpoint), WebSocketRoute("/graphql", socket)]


def _other_routes(services: Services, clock: Callable[[], datetime]) -> list[BaseRoute]:
    settings = services.settings
    routes: list[BaseRoute] = [
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
        pages=PageLimits(by_field=LARGER_PAGES, lists_by_field=LISTS, trees_by_field=TREES),
        introspection=settings.has_introspection,
    )
    documents = Documents(schema._schema, limits)
    return Endpoint(
        executor=WatchedExecutor(
            documents,
            PersistedDocuments(_trusted(settings, documents)),
            KeptAnswers(services.db, settings.kept_answers_bytes),
            Budgets(settings.cost_per_minute),
        ),
        verifier=_verifier(settings),
        origins=known_origins(settings.public_url, settings.allowed_origins),
        context=partial(
            Context, services.db, settings, ring=services.bell.ring, changes=changes, clock=clock
        ),
        clock=clock,
    )


def _trusted(settings: Settings, documents: Documents) -> Mapping[str, str] | None:
    """The only documents that are answered, where there is such a list; each must be a valid one.

    Raises InvalidInput.
    """
    place = settings.trusted_documents
    if place is None:
        return None
    trusted = parse_trusted_documents(place.read_text("utf-8"))
    for digest, text in trusted.items():
        try:
            documents.require_valid(text)
        except InvalidDocument as invalid:
            raise InvalidInput(
                f"The trusted document {digest} does not fit the schema: {invalid.errors[0]}",
                ErrorCode.INVALID_FILE,
            ) from invalid
    return trusted


def _verifier(settings: Settings) -> TokenVerifier:
    if settings.oidc_jwks_url:
        keys = JwksKeys(settings.oidc_jwks_url)
        return OidcVerifier(keys, issuer=settings.oidc_issuer, audience=settings.oidc_audience)
    return SharedSecretVerifier(settings.secret.get_secret_value())
