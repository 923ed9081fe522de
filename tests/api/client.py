"""A client of the real application, over ASGI, with a clock of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
from starlette.applications import Starlette

from api.app import create_app
from models.adapters.production import DEVELOPMENT_SECRET
from models.adapters.settings import Settings
from models.adapters.tokens import mint
from models.rules.principals import Principal, Role

NOW = datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC)


@dataclass
class Client:
    """Asks as someone; `now` may be moved."""

    http: httpx2.AsyncClient
    now: datetime = NOW
    principal: Principal = field(default_factory=lambda: Principal("ann", Role.PARTNER_FINANCE, 1))

    def sign_in(self, role: Role, partner_id: int | None = None, subject: str = "ann") -> None:
        """Become someone."""
        self.principal = Principal(subject, role, partner_id)

    @property
    def headers(self) -> dict[str, str]:
        """The bearer token of whoever is signed in."""
        token = mint(
            self.principal, secret=DEVELOPMENT_SECRET, now=self.now, lifetime=timedelta(hours=1)
        )
        return {"Authorization": f"Bearer {token}"}

    async def post(self, query: str, variables: dict[str, Any] | None = None) -> httpx2.Response:
        """One request."""
        body = {"query": query, "variables": variables or {}}
        return await self.http.post("/graphql", json=body, headers=self.headers)

    async def ask(self, query: str, variables: dict[str, Any] | None = None) -> Any:
        """The data of an answer without errors."""
        answer = (await self.post(query, variables)).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def refuse(self, query: str, variables: dict[str, Any] | None = None) -> str:
        """The code of the only error of an answer."""
        answer = (await self.post(query, variables)).json()
        (error,) = answer["errors"]
        return str(error["extensions"]["code"])


@asynccontextmanager
async def open_client(database_url: str, folder: Path, **changes: Any) -> AsyncIterator[Client]:
    """The real application on a database, started and stopped as a server does."""
    settings = Settings(database_url=database_url, data_dir=folder, **changes)
    client: Client

    def clock() -> datetime:
        return client.now

    app: Starlette = create_app(settings, clock)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://bills.test") as http:
            client = Client(http)
            yield client
