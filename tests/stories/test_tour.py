"""The README's tour, step by step: its files, commands, queries and answers."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from jobs.commands import app
from jobs.runners import RUNNERS
from jobs.services import open_services
from models.actions.jobs import Claimant, claim
from models.adapters.settings import Settings
from models.rules.principals import Role
from tests.api.client import Client, open_client

README = (Path(__file__).parent.parent.parent / "README.md").read_text()
FILES = dict(re.findall(r"<!-- tour: (\S+\.\S+) -->\n```\w+\n(.*?)```", README, re.DOTALL))
QUERIES = re.findall(
    r"<!-- tour: query -->\n```graphql\n(.*?)```\n\n```json\n(.*?)```", README, re.DOTALL
)
FILE = re.search(r"<!-- tour: file -->\n```csv\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def installation(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, Path]:
    """The tour's partner, charges and bills, made by the tour's commands."""
    monkeypatch.setenv("BILLS_DATABASE_URL", database_url)
    monkeypatch.setenv("BILLS_DATA_DIR", str(tmp_path / "data"))
    for name, content in FILES.items():
        (tmp_path / name).write_text(content)
    for command in (
        ["migrate"],
        ["register", str(tmp_path / "northwind.json")],
        ["import", str(tmp_path / "october.csv")],
        ["generate", "--all"],
    ):
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 0, done.output
    return database_url, tmp_path / "data"


def test_tour_is_as_the_readme_tells(installation: tuple[str, Path]) -> None:
    assert set(FILES) == {"northwind.json", "october.csv"}
    assert len(QUERIES) == README.count("<!-- tour: query -->")
    asyncio.run(_walk(*installation))


async def _walk(url: str, folder: Path) -> None:
    async with open_client(url, folder) as api:
        api.sign_in(Role.PARTNER_FINANCE, 1)
        for query, answer in QUERIES:
            told = (await api.post(query)).json()
            assert told.pop("extensions")["cost"]["requested"] > 0
            assert told == json.loads(answer), query
        await _work(url, folder, api)
        assert FILE is not None
        assert await _download(api) == FILE[1].replace("\n", "\r\n")


async def _work(url: str, folder: Path, api: Client) -> None:
    settings = Settings(database_url=url, data_dir=folder)
    async with open_services(settings) as services:
        me = Claimant("tour", settings.lease, frozenset(RUNNERS))
        for job in await services.db.transact(claim, me, limit=10, now=api.now):
            await RUNNERS[job.kind].run(services, job, lambda: api.now)


async def _download(api: Client) -> str:
    query = "{ viewer { partner { exports { nodes { downloadUrl } } } } }"
    data: Any = await api.ask(query)
    (export,) = data["viewer"]["partner"]["exports"]["nodes"]
    link = export["downloadUrl"].removeprefix("http://127.0.0.1:8000")
    answer = await api.http.get(link)
    assert answer.status_code == 200
    return answer.content.decode("utf-8-sig")
