"""Users of several partners at once over one connection: to each what is theirs."""

import asyncio
from pathlib import Path
from typing import Any

from models.adapters.database import Database
from models.rules.principals import Principal, Role
from tests.api.client import Client, open_client
from tests.api.month import a_month

OWN = "{ viewer { partner { id name bills { nodes { id totals { billAmount { amount } } } } } } }"
BILL = "query B($id: ID!) { bill(id: $id) { id customers { nodes { customer { name } } } } }"


async def test_everyone_sees_the_own_partner_only(
    database_url: str, tmp_path: Path, db: Database
) -> None:
    months = [await a_month(db, name=name, size=1) for name in ("Northwind", "Contoso", "Tailspin")]
    options: dict[str, Any] = {"read_connections": 1, "kept_answers_bytes": 0}
    async with open_client(database_url, tmp_path, **options) as api:

        async def ask(number: int) -> None:
            month, other = months[number % 3], months[(number + 1) % 3]
            someone = Client(api.http, principal=Principal("x", Role.PARTNER_VIEWER, month.partner))
            own = (await someone.ask(OWN))["viewer"]["partner"]
            assert own["id"] == f"prt_{month.partner}"
            assert [bill["id"] for bill in own["bills"]["nodes"]] == [f"bil_{month.bills[0]}"]
            seen = await someone.ask(BILL, {"id": f"bil_{month.bills[0]}"})
            assert seen["bill"]["customers"]["nodes"][0]["customer"]["name"].startswith(own["name"])
            assert await someone.ask(BILL, {"id": f"bil_{other.bills[0]}"}) == {"bill": None}

        await asyncio.gather(*(ask(number) for number in range(90)))
