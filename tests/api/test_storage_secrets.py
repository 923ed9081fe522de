"""Credentials go in and never out: not in answers, rows, logs or the trail (rule 20)."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from models.adapters.database import Database
from models.adapters.storage_keys import StorageKeys
from models.rules.principals import Role
from models.tables.storage import StorageDestination
from tests.api.client import Client, open_client
from tests.api.storage_queries import MUTATIONS, STORAGE, of_peer
from tests.peers.hostile import a_store, refuses
from tests.peers.stores import Peer
from tests.storing import VAULT, granted

HINT = '{ node(id: "sdn_1") { ... on StorageDestination { accessKeyHint } } }'
KEY_ID, SECRET = "CANARY-KEY-ID-0001", "CANARY-SECRET/0001+"


@pytest.fixture
async def api(database_url: str, tmp_path: Path) -> AsyncIterator[Client]:
    """The application, allowed to call this machine."""
    async with open_client(database_url, tmp_path, allow_private_addresses=True) as client:
        yield client


async def everything_at_rest(db: Database, database_url: str) -> str:
    """All rows of all tables; on SQLite, the bytes of its files as well."""
    if db.dialect.name == "postgres":
        tables = await db.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = [await db.fetch(f'SELECT CAST(t AS TEXT) FROM "{name}" t') for (name,) in tables]
        return str(rows)
    path = Path(database_url.removeprefix("sqlite://"))
    files = [path, path.with_name(f"{path.name}-wal")]
    return "".join(file.read_bytes().decode("latin-1") for file in files if file.exists())


async def test_credentials_go_in_and_never_out(
    api: Client,
    db: Database,
    moto: Peer,
    database_url: str,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    partner = await granted(db)
    api.sign_in(Role.PARTNER_ADMIN, partner)
    answers: list[str] = []

    async def do(verb: str, **sent: Any) -> Any:
        answers.append((await api.post(MUTATIONS[verb], {"input": sent})).text)

    name = f"bst_{partner}"
    keys = {"accessKeyId": KEY_ID, "secretAccessKey": SECRET}
    wish = of_peer(name, moto, await moto.made()) | {"credentials": keys}
    async with a_store(refuses(403, SECRET)) as store:  # which tells it back
        await do("enableBillStorage", **wish | {"endpoint": store.url})
    await do("enableBillStorage", **wish | {"subAccounts": ["uin-9"]})
    await do("enableBillStorage", **wish | {"provider": "NO_SUCH"})
    for wrong in (
        {"accessKeyId": [SECRET]},
        SECRET,
        keys | {"more": 1},
        {"secretAccessKey": SECRET},
    ):
        await do("enableBillStorage", **wish | {"credentials": wrong})
    await do("enableBillStorage", **wish | {"more": 1})
    quoted = json.dumps(SECRET)
    literal = f'{{ storageId: "{name}", credentials: {{ secretAccessKey: {quoted} }} }}'
    mutation = f"mutation {{ updateBillStorage(input: {literal}) {{ userErrors {{ code }} }} }}"
    answers.append((await api.post(mutation)).text)
    assert "VALIDATION_FAILED" in answers[-1]
    await do("enableBillStorage", **wish)
    await do("changeBillStorageBucket", **wish)
    await do("updateBillStorage", storageId=name, credentials=keys)
    api.sign_in(Role.SALES_OPS)
    answers.append((await api.post(STORAGE, {"id": f"prt_{partner}"})).text)
    answers.append((await api.post(HINT)).text)
    assert await StorageDestination.all().count() == 2
    for row in await StorageDestination.all():
        kept = StorageKeys(VAULT, partner).unseal(str(row.sealed_credentials))
        assert (kept.access_key_id, kept.secret_access_key) == (KEY_ID, SECRET)
    at_rest = await everything_at_rest(db, database_url)
    assert "…0001" in answers[-1]
    assert wish["bucket"] in at_rest
    told = "".join(capfd.readouterr()) + caplog.text
    for text in (at_rest, told, *answers):
        assert KEY_ID not in text
        assert SECRET not in text
