"""A whole installation in real processes, and what is heard of it meanwhile."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from models.adapters.database import Database
from models.adapters.tokens import mint
from models.rules.principals import Principal, Role
from tests.api.live import Door
from tests.canaries.casts import Cast
from tests.peers.stores import Peer
from tests.receiver import Receiver
from tests.stories.processes import Installation

HOUR = timedelta(hours=1)


@dataclass
class House:
    """Processes, the parts of the world that they meet, and what was heard."""

    place: Installation
    db: Database
    cast: Cast
    receiver: Receiver
    moto: Peer
    http: httpx2.AsyncClient
    door: Door
    errors: list[bytes] = field(default_factory=list)
    answers: list[tuple[Role, str, bytes]] = field(default_factory=list)  # with what was asked
    files: list[bytes] = field(default_factory=list)
    invoices: list[bytes] = field(default_factory=list)

    def header(self, who: Principal) -> dict[str, str]:
        """A new token of somebody's, which is one more secret."""
        now = datetime.now(UTC)
        token = mint(who, secret=self.cast.house.text, now=now, lifetime=HOUR)
        self.cast.learn("bearer token", token.rpartition(".")[2])
        return {"Authorization": f"Bearer {token}"}

    async def post(self, who: Principal, query: str, **variables: Any) -> Any:
        """An answer, whatever it is, as JSON; what is refused is kept as an error."""
        sent = {"query": query, "variables": variables}
        response = await self.http.post("/graphql", json=sent, headers=self.header(who))
        self.answers.append((who.role, query, response.content))
        told = response.json()
        refusals = list(told.get("errors", []))
        for payload in (told.get("data") or {}).values():
            refusals += (payload or {}).get("userErrors", []) if isinstance(payload, dict) else []
        if refusals:
            self.errors.append(json.dumps(refusals, ensure_ascii=False).encode())
        return told

    async def ask(self, who: Principal, query: str, **variables: Any) -> Any:
        """The data of an answer without errors."""
        told = await self.post(who, query, **variables)
        assert "errors" not in told, told["errors"]
        return told["data"]

    async def do(self, who: Principal, verb: str, shown: str, **sent: Any) -> Any:
        """The payload of a mutation that is not refused."""
        payload = await self.attempt(who, verb, shown, **sent)
        assert payload["userErrors"] == [], (verb, payload["userErrors"])
        return payload

    async def attempt(self, who: Principal, verb: str, shown: str, **sent: Any) -> Any:
        """The payload of a mutation."""
        kind = verb[0].upper() + verb[1:]
        query = f"mutation Do($input: {kind}Input!) {{ {verb}(input: $input) {{"
        query += f" {shown} userErrors {{ code message path }} }} }}"
        return (await self.ask(who, query, input=sent))[verb]

    async def listen(self, who: Principal, query: str) -> None:
        """The first thing that is said to somebody who listens, which is an error."""
        async with self.door.listen(self.header(who)["Authorization"]) as socket:
            await socket.subscribe(query)
            heard = (await socket.hear())["payload"]
        assert heard["errors"][0]["extensions"]["code"] == "INTERNAL"
        self.errors.append(json.dumps(heard, ensure_ascii=False).encode())

    async def refuse(self, method: str, url: str, **request: Any) -> httpx2.Response:
        """A request that is refused outside of GraphQL."""
        response = await self.http.request(method, url, **request)
        assert response.status_code >= 400
        self.errors.append(response.content)
        return response

    async def fetch(self, url: str) -> bytes:
        """A file, by a link, whose signature is one more secret."""
        _, _, path = url.partition("/downloads/")
        self.cast.learn("signature of a link", url.rpartition("signature=")[2])
        response = await self.http.get(f"/downloads/{path}")
        assert response.status_code == 200
        return response.content

    async def command(self, *arguments: str) -> None:
        """Run one, and leave what it says in the log."""
        process = await self.place.begin(*arguments)
        await asyncio.wait_for(process.wait(), 60)

    async def until(self, sql: str, *values: Any, seconds: float = 60) -> list[Any]:
        """Rows of a question, once there are any."""
        async with asyncio.timeout(seconds):
            while not (rows := await self.db.fetch(sql, *values)):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            return rows
