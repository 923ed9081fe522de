"""GraphiQL on the real application, in a real browser: opened signed in, it shows the bills."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest

from models.adapters.database import open_database
from models.adapters.settings import DEVELOPMENT_SECRET
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


def test_explorer_shows_the_partners_bills(server: str) -> None:
    who = Principal("ann", Role.PARTNER_FINANCE, 1)
    lifetime = timedelta(hours=1)
    token = mint(who, secret=DEVELOPMENT_SECRET, now=datetime.now(UTC), lifetime=lifetime)
    with a_browser() as browser:
        explorer = Explorer(browser.new_page(), server)
        explorer.open(f"#token={token}")
        answer = explorer.run()
        assert "Northwind" in answer
        assert "allowedActions" in answer
        assert explorer.complaints == []
        assert explorer.origins() == {server.removeprefix("http://")}
        assert token not in explorer.stored()
