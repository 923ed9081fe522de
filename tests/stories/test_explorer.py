"""GraphiQL on the real application, in a real browser: opened signed in, it shows the bills."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Response

from models.adapters.database import open_database
from models.adapters.production import DEVELOPMENT_SECRET
from models.adapters.tokens import mint
from models.rules.principals import Principal, Role
from tests.api.graphiql_browser import Explorer, a_browser
from tests.api.month import a_month


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[str]:
    """The address of the API with one partner's month in it."""

    async def fill() -> None:
        async with open_database(database_url) as db:
            await a_month(db)

    asyncio.run(fill())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    settings = {"BILLS_DATABASE_URL": database_url, "BILLS_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "jobs", "serve", "--port", str(port)]
    with subprocess.Popen(command, env=os.environ | settings | {"BILLS_PUBLIC_URL": url}) as api:
        try:
            _wait_for(f"{url}/healthz")
            yield url
        finally:
            api.terminate()
            api.wait(30)


def _wait_for(url: str) -> None:
    for _ in range(300):
        try:
            with urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"{url} does not answer")


@pytest.fixture
def token() -> str:
    """The token of the partner's finance team."""
    who = Principal("ann", Role.PARTNER_FINANCE, 1)
    lifetime = timedelta(hours=1)
    return mint(who, secret=DEVELOPMENT_SECRET, now=datetime.now(UTC), lifetime=lifetime)


def test_explorer_shows_the_partners_bills(server: str, token: str) -> None:
    with a_browser() as browser:
        explorer = Explorer(browser.new_page(), server)
        explorer.open(f"#token={token}")
        answer = explorer.run()
        assert "Northwind" in answer
        assert "allowedActions" in answer
        assert explorer.complaints == []
        assert explorer.origins() == {server.removeprefix("http://")}
        assert token not in explorer.stored()


def test_explorer_follows_a_subscription(server: str, token: str) -> None:
    with a_browser() as browser:
        explorer = Explorer(browser.new_page(), server)
        explorer.open(f"#token={token}")
        explorer.type_query("subscription { billChanged { cycle status")
        explorer.page.click("#token")  # which takes the list of suggestions off the button
        # The page may still be reading the schema: it is the stream that has to be open.
        with explorer.page.expect_response(is_of_the_subscription):
            explorer.page.click(".graphiql-execute-button")
        shown = ask(server, token, '{ bill(id: "bil_1") { version digest } }')["bill"]
        confirm = f'billId: "bil_1", version: {shown["version"]}, digest: "{shown["digest"]}"'
        ask(server, token, "mutation { confirmBill(input: {" + confirm + "}) { bill { id } } }")
        explorer.page.wait_for_selector(".result-window .view-line >> text=/CONFIRMED/")
        assert explorer.complaints == []


def is_of_the_subscription(response: Response) -> bool:
    return "billChanged" in (response.request.post_data or "")


def ask(server: str, token: str, query: str) -> Any:
    """The data of an answer, asked for outside of the browser."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    body = json.dumps({"query": query}).encode()
    with urlopen(Request(f"{server}/graphql", body, headers), timeout=10) as answer:
        return json.load(answer)["data"]
