"""One partner's verbs wait for one another, and nobody else's do."""

import asyncio
from pathlib import Path

import pytest

from models.actions.locks import lock_partner
from models.adapters.database import Database, Tx
from models.rules.principals import Principal, Role
from models.tables.bills import BillVersion
from tests.actions.desk import an_issued_bill
from tests.api.channel import CONFIRM
from tests.api.client import Client, open_client
from tests.builders import a_partner
from tests.conftest import BACKEND
from tests.jobs.test_worker import eventually

CONFIRMED = {"confirmBill": {"bill": {"status": "CONFIRMED"}, "userErrors": []}}
WRITERS = 6


@pytest.mark.skipif(BACKEND != "postgres", reason="SQLite has one writer, and one order")
async def test_queue_of_one_partner_leaves_writers_for_others(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    busy, other = await a_partner(db, name="Busy"), await a_partner(db, name="Other")
    bills = {partner: await an_issued_bill(db, partner) for partner in (busy, other)}
    is_locked, may_end = asyncio.Event(), asyncio.Event()

    async def hold(tx: Tx) -> None:
        await lock_partner(tx, busy)
        is_locked.set()
        await may_end.wait()

    async with open_client(database_url, tmp_path, write_connections=WRITERS) as api:
        holding = asyncio.create_task(db.transact(hold))
        try:
            await is_locked.wait()
            queue = [
                asyncio.create_task(_confirm(api, busy, bills[busy])) for _ in range(2 * WRITERS)
            ]
            await eventually(lambda: _are_waiting(db, WRITERS // 3))
            assert await _confirm(api, other, bills[other]) == CONFIRMED
            assert not any(each.done() for each in queue)
        finally:
            may_end.set()
            await holding
        assert await asyncio.gather(*queue) == [CONFIRMED] * len(queue)


async def _confirm(api: Client, partner: int, bill: int) -> object:
    version = await BillVersion.get(partner_id=partner, bill_id=bill)
    who = Client(api.http, principal=Principal("fay", Role.PARTNER_FINANCE, partner))
    shown = {"billId": f"bil_{bill}", "version": version.number, "digest": version.digest}
    return await who.ask(CONFIRM, {"input": shown})


async def _are_waiting(db: Database, count: int) -> bool:
    sql = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock'"
    )
    return int((await db.fetch(sql))[0][0]) >= count
