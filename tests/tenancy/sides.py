"""One partner with its people, and what they do: one side of a world of two partners.

Whatever a side makes is its own. Two sides make the same things under the same idempotency keys, as
partners do who know nothing of each other. Every text of a side holds its name.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from models.actions.billing_addresses import set_billing_address
from models.actions.coupons import Grant, grant_coupon
from models.actions.export_writing import write_export
from models.actions.exports import RequestedExport, request_export
from models.actions.reversals import ReversalOrder, reverse_payment
from models.adapters.database import Database, Tx
from models.adapters.files import LocalFiles
from models.rules.billing_addresses import Party
from models.rules.exports import ExportFormat, ExportOrder, ExportView
from models.rules.months import BillingMonth
from models.rules.principals import PARTNER_ROLES, Principal, Role
from models.tables.bills import Bill
from models.tables.charges import Charge
from models.tables.partners import BillingAccount, ChannelAssignment, OwnAccount
from tests.actions.channel import Channel
from tests.actions.desk import NOW, SALES, money, shown
from tests.builders import a_customer, a_partner
from tests.exporting import TERMS, a_workshop, claimed
from tests.hooking import an_endpoint
from tests.tenancy.storages import Storage

NEWEST = BillingMonth.parse("2026-04")
VALID = (date(2026, 6, 1), date(2026, 6, 30))


@dataclass(frozen=True)
class Side(Channel):
    """A partner called `name`, its customers, and the channel manager who looks after it.

    Its files are below `folder`, those of its bucket too.
    """

    name: str = ""
    folder: Path = Path("nowhere")
    customers: tuple[int, ...] = ()
    _months: Iterator[int] = field(default_factory=itertools.count)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def id(self) -> str:
        """The partner's public id."""
        return f"prt_{self.partner}"

    @property
    def storage(self) -> Storage:
        """Its bill storage."""
        return Storage(self.db, self.partner, f"{self.name.lower()}-bucket", f"{self.name}-sub")

    def person(self, role: Role) -> Principal:
        """Somebody of a role who sees this partner; the vendor's manager sees no other."""
        subject = f"{role.lower().replace('_', '-')}-of-{self.name}"
        return Principal(subject, role, self.partner if role in PARTNER_ROLES else None)

    @property
    def manager(self) -> Principal:
        """Who of the vendor looks after this partner."""
        return self.person(Role.CHANNEL_MANAGER)

    def number(self) -> int:
        """A number that this side has not used."""
        return next(self._numbers)

    def key(self) -> str:
        """An idempotency key that this side has not used."""
        return f"key-{self.number()}"

    async def new_bill(self, amount: str = "100") -> int:
        """An issued bill of a month that has none, over one line of a customer's; its id."""
        return await self.bill(
            amount,
            cycle=str(NEWEST.plus(-next(self._months))),
            customer_id=self.customers[0],
            account=f"{self.name}-1",
            resource=f"{self.name}-vm",
        )

    async def line_of(self, bill_id: int) -> int:
        """The charge that a new bill is over."""
        bill = await Bill.get(id=bill_id)
        charge = await Charge.filter(partner_id=self.partner, cycle=bill.cycle).order_by("id")
        return charge[0].id

    async def confirmed_bill(self) -> int:
        """A bill that can be paid, and the money to pay it with."""
        bill = await self.new_bill()
        await self.confirm(await shown(bill))
        await self.top_up("100 USD", self.key())
        return bill

    async def dispute(self) -> int:
        """An open dispute about a line of a new bill; its id."""
        bill = await self.new_bill()
        return await self.question(bill, [await self.line_of(bill)], key=self.key())

    async def adjustment(self) -> int:
        """The charge by which the channel manager has adjusted a new bill."""
        return await self.adjust(await self.new_bill(), key=self.key(), who=self.manager)

    async def payment(self) -> int:
        """A payment from the deposit."""
        return await self.pay(await self.confirmed_bill(), key=self.key())

    async def reverse_payment(self, payment: int) -> None:
        """Have it taken back."""
        order = ReversalOrder(payment, f"{self.name} paid twice", self.key())
        await reverse_payment(self.db, SALES, order, now=NOW)

    async def coupon(self) -> int:
        """A coupon that is valid now."""
        grant = Grant(self.partner, f"{self.name} coupon", money("5 USD"), VALID, self.key())
        return await self.db.transact(grant_coupon, SALES, grant, now=NOW)

    async def export(self) -> RequestedExport:
        """An export that waits for a worker."""
        order = ExportOrder(NEWEST, NEWEST, ExportView.DETAILS, ExportFormat.CSV, self.key())
        who = self.person(Role.PARTNER_FINANCE)
        return await self.db.transact(request_export, who, order=order, terms=TERMS, now=NOW)

    async def finished_export(self) -> int:
        """An export whose file is there."""
        asked = await self.export()
        job = await claimed(self.db, asked, at=NOW)
        workshop = a_workshop(self.db, LocalFiles(self.folder / "files"), now=lambda: NOW)
        await write_export(workshop, job, terms=TERMS)
        return asked.export_id


async def a_side(db: Database, name: str, folder: Path) -> Side:
    """A partner with customers, an address, accounts, a manager and an endpoint; no bill yet."""
    partner = await a_partner(db, name=name)
    customers = [
        await a_customer(
            db, partner, f"{name}-{place}", name=f"{name} Customer {place}",
            mobile=f"+86 {name} {place}", email=f"{place}@{name.lower()}.example",
            token=f"token-{name}-{place}",
        )
        for place in (1, 2)
    ]  # fmt: skip
    await db.transact(_belongings, partner, name)
    address = Party(f"{name} Ltd.", f"{name} street", f"{name} city", "1000", "CN", f"91{name}")
    await db.transact(set_billing_address, SALES, partner_id=partner, address=address, now=NOW)
    await an_endpoint(db, partner, f"http://127.0.0.1:9/{name}")
    side = Side(db, partner, name, folder, tuple(customers))
    await side.storage.enabled()
    (folder / "buckets" / side.id / side.storage.bucket).mkdir(parents=True)
    return side


async def _belongings(tx: Tx, partner: int, name: str) -> None:
    payer = f"{name}-payer"
    rows = [
        BillingAccount(partner_id=partner, account=payer),
        OwnAccount(partner_id=partner, account=payer, billing_account=payer),
        OwnAccount(partner_id=partner, account=f"{name}-sub", billing_account=payer),
        ChannelAssignment(partner_id=partner, subject=f"channel-manager-of-{name}"),
    ]
    for row in rows:
        await row.save(using_db=tx.client)
