"""Two partners who both have everything, and the real application in front of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.runners import RUNNERS
from models.actions.bills import reissue_bill
from models.adapters.database import Database
from models.reads.roots import NODES
from models.rules.ids import IdPrefix, public_id
from models.rules.jobs import JobKind
from models.rules.principals import Principal
from models.tables.bills import Bill
from models.tables.partners import ChannelAssignment, Partner
from tests.actions.desk import NOW, shown
from tests.api.client import Client, open_client
from tests.builders import some_charges
from tests.delivering import Mailroom
from tests.tenancy.sides import Side, a_side

NOTHING = 987_654_321
# Where each kind of thing is kept; those of the installation belong to no partner.
TABLES = {
    IdPrefix.PARTNER: "partners",
    IdPrefix.BILL: "bills",
    IdPrefix.BILL_VERSION: "bill_versions",
    IdPrefix.CUSTOMER: "customers",
    IdPrefix.BILL_CUSTOMER: "bill_customers",
    IdPrefix.PRODUCT_LINE: "product_lines",
    IdPrefix.CHARGE: "charges",
    IdPrefix.ESTIMATE: "estimates",
    IdPrefix.EXPORT: "export_jobs",
    IdPrefix.PAYMENT: "payments",
    IdPrefix.DERIVED_LINE: "derived_lines",
    IdPrefix.DISPUTE: "disputes",
    IdPrefix.DISPUTE_MESSAGE: "dispute_messages",
    IdPrefix.COUPON: "coupons",
    IdPrefix.INVOICE: "invoices",
    IdPrefix.EVENT: "events",
    IdPrefix.WEBHOOK_ENDPOINT: "webhook_endpoints",
    IdPrefix.WEBHOOK_DELIVERY: "webhook_deliveries",
    IdPrefix.AUDIT_ENTRY: "audit_entries",
    IdPrefix.LEDGER_ENTRY: "ledger_entries",
    IdPrefix.BILL_STORAGE: "partners",
    IdPrefix.STORAGE_GRANT: "storage_grants",
    IdPrefix.STORAGE_DESTINATION: "storage_destinations",
    IdPrefix.DELIVERY: "deliveries",
    IdPrefix.IMPORT: "",
    IdPrefix.INBOX_FILE: "",
}


def missing(like: str) -> str:
    """An id of the same kind that nothing has."""
    return f"{like.partition('_')[0]}_{NOTHING}"


@dataclass
class World:
    """Alpha and Bravo; the clock of the API stands still."""

    api: Client
    db: Database
    alpha: Side
    bravo: Side

    async def ids(self, side: Side) -> dict[IdPrefix, list[str]]:
        """The public ids of all that is a side's, by kind."""
        return {kind: await self._ids(kind, side) for kind, table in TABLES.items() if table}

    async def _ids(self, kind: IdPrefix, side: Side) -> list[str]:
        column = "id" if TABLES[kind] == "partners" else "partner_id"
        sql = f"SELECT id FROM {TABLES[kind]} WHERE {column} = $1 ORDER BY id"
        return [public_id(kind, row[0]) for row in await self.db.fetch(sql, side.partner)]

    async def own(self, side: Side, type_name: str) -> str | None:
        """The id of one of a side's nodes of a type; of bills, one with two versions."""
        if not type_name:
            return None
        return (await self.nodes(side, type_name))[0]

    async def nodes(self, side: Side, type_name: str) -> list[str]:
        """The ids of all of a side's nodes of a type."""
        kinds = {root.shape.type_name: IdPrefix(kind) for kind, root in NODES.items()}
        return await self._ids(kinds[type_name], side)

    async def assign(self, manager: Principal, side: Side) -> None:
        """Let a channel manager look after a side."""
        await ChannelAssignment.create(partner_id=side.partner, subject=manager.subject)

    async def withdraw(self, manager: Principal, side: Side) -> None:
        """Let them do so no longer."""
        gone = ChannelAssignment.filter(partner_id=side.partner, subject=manager.subject)
        assert await gone.delete() == 1

    async def work(self) -> None:
        """Do what is due as a worker does; nobody listens for webhooks."""
        room = Mailroom(self.db, self.alpha.folder, self.alpha.partner, now=NOW)
        kinds = frozenset(RUNNERS) - {JobKind.SEND_WEBHOOK}
        assert await room.work(kinds=kinds) == ["DONE", "DONE"]


@asynccontextmanager
async def a_world(db: Database, database_url: str, folder: Path) -> AsyncIterator[World]:
    """Both sides, and the application on their database and files."""
    async with open_client(
        database_url,
        folder,
        allow_private_addresses=True,
        local_buckets=folder / "buckets",
        pretend_gateway=True,
        cost_per_minute=0,  # what is left of a budget is another number in each answer
    ) as api:
        api.now = NOW
        api.http.headers["X-Request-Id"] = "the-same-in-each"
        yield World(api, db, *[await a_side(db, name, folder) for name in ("Alpha", "Bravo")])


async def fill(world: World) -> None:
    """Give both sides some of everything that there is; what Bravo has is the older."""
    await Partner.filter(id=world.alpha.partner).update(last_posting=1_000)
    for side in (world.alpha, world.bravo):
        await _fill(side)
    await world.work()
    for side in (world.alpha, world.bravo):
        await side.export()


async def _fill(side: Side) -> None:
    await _charge(side, cycle="2026-06", customer_id=side.customers[0])  # of which is an estimate
    await _charge(side, cycle="2026-05", kind="SELF_USE", account=f"{side.name}-sub")
    confirmed = await side.confirmed_bill()
    await side.adjust(confirmed, key=side.key(), who=side.manager)  # a line on the next bill
    await side.pay(confirmed, amount="30 USD", key=side.key())
    await side.reverse_payment(await side.pay(confirmed, amount="20 USD", key=side.key()))
    await side.coupon()
    revised = await side.new_bill()
    cycle = (await Bill.get(id=revised)).cycle
    await _charge(side, cycle=cycle, customer_id=side.customers[1], region=None)
    await _charge(side, "-0.5", cycle=cycle, customer_id=side.customers[0], charge_type="REFUND")
    await side.db.transact(reissue_bill, bill_id=revised, now=NOW)
    dispute = await side.question(revised, [await side.line_of(revised)], key=side.key())
    await side.reply(dispute, f"{side.name} is answered", who=side.manager)
    await side.withdraw(dispute, f"{side.name} sees")
    await side.dispute()
    await side.finished_export()
    assert (await shown(revised)).number == 2


async def _charge(side: Side, amount: str = "2.005", **about: Any) -> None:
    text = {"account": f"{side.name}-1", "description": f"{side.name} used it"}
    await some_charges(side.db, side.partner, [text | {"amount": amount} | about])
