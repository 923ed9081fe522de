"""What the tests of collecting share: a partner who pays by card, a worker, and a small Stripe."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from stripe import WebhookSignature

from jobs.runners import RUNNERS
from jobs.services import Services
from models.actions import jobs
from models.actions.gateway_messages import take_message
from models.actions.jobs import Claimant
from models.actions.payments import pay_bills
from models.actions.reversals import ReversalOrder, reverse_payment
from models.adapters.database import Database
from models.adapters.files import LocalFiles
from models.adapters.queue import SilentBell
from models.adapters.settings import Settings
from models.adapters.stripe_gateway import StripeGateway
from models.adapters.stripe_words import StripeMessages
from models.rules.jobs import JobKind
from models.rules.money import exact_sum
from models.rules.payments import PaymentOrder
from models.rules.principals import Principal
from models.tables.bills import Bill, BillVersion
from models.tables.payments import Allocation, LedgerEntry, Payment
from tests.actions.desk import SALES, Desk, finance, money
from tests.stripe_server import KEY, StripeServer, event, stripe_server

NOW = datetime(2026, 6, 5, 1, 2, 3, 456789, tzinfo=UTC)
SECRET = "whsec_test"
KINDS = frozenset({JobKind.COLLECT_PAYMENT, JobKind.REFUND_PAYMENT})
WORKER = Claimant("ann", timedelta(seconds=20), KINDS)


@dataclass
class Till:
    """A partner's payments through the gateway; `now` is moved by the tests."""

    services: Services
    desk: Desk
    stripe: StripeServer
    now: datetime = NOW
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def db(self) -> Database:
        """The database."""
        return self.services.db

    def wait(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)

    async def pay(
        self, *bills: int, amount: str = "", means: str = "pm_card_visa", key: str = "key"
    ) -> int:
        """Order a payment by card."""
        order = PaymentOrder(bills or None, money(amount) if amount else None, key, means)
        who = finance(self.desk.partner)
        return await self.db.transact(pay_bills, who, order, now=self.now, has_gateway=True)

    async def work(self) -> int:
        """Do all that is due; how many jobs that were."""
        done = 0
        while claimed := await self.db.transact(jobs.claim, WORKER, limit=9, now=self.now):
            for job in claimed:
                await RUNNERS[job.kind].run(self.services, job, lambda: self.now)
                done += 1
        return done

    async def tell(self, kind: str, number: int = 0, **thing: Any) -> None:
        """Let Stripe post a message, by default about its only PaymentIntent as it stands."""
        body = event(kind, thing or self.stripe.the_intent, number or next(self._numbers))
        await self.post(body)

    async def post(self, body: bytes) -> None:
        """Let a message arrive."""
        signature = WebhookSignature.generate_signature_header(
            body.decode(), SECRET, timestamp=int(self.now.timestamp())
        )
        message = StripeMessages(SECRET).read(body, signature, now=self.now)
        if message is not None:
            await self.db.transact(take_message, message, now=self.now)

    async def refunded(self, units: int) -> None:
        """Let Stripe tell of a refund."""
        ref = self.stripe.the_intent["id"]
        await self.tell("charge.refunded", payment_intent=ref, amount_refunded=units)

    async def reverse(
        self, payment: int, *, who: Principal = SALES, key: str = "r", reason: str = "Paid twice"
    ) -> None:
        """Have a payment taken back."""
        order = ReversalOrder(payment, reason, key)
        await reverse_payment(self.db, who, order, now=self.now)


@contextmanager
def open_till(db: Database, partner: int, folder: Path) -> Iterator[Till]:
    """A till with a Stripe of its own."""
    with stripe_server() as server:
        gateway = StripeGateway(
            KEY, return_url="https://bills.example", api_base=server.url, seconds=(1.0, 0.3)
        )
        services = Services(db, Settings(), LocalFiles(folder), SilentBell(), gateway=gateway)
        yield Till(services, Desk(db, partner), server)


async def statuses() -> list[str]:
    """Every payment's status, in order."""
    return [payment.status for payment in await Payment.all().order_by("id")]


async def books() -> dict[str, Any]:
    """The ledger's accounts, once all that must hold was found to hold (I6, I18)."""
    standing = {p.id for p in await Payment.filter(status="SUCCEEDED")}
    allocations = await Allocation.all()
    for bill in await Bill.all():
        version = await BillVersion.get(id=bill.version_id)
        counted = [
            a.amount
            for a in allocations
            if (a.bill_id, a.payment_id in standing) == (bill.id, True)
        ]
        assert bill.paid == exact_sum(counted)
        assert 0 <= bill.paid <= version.amount_due
    entries = await LedgerEntry.all()
    for ref in {entry.transaction_ref for entry in entries}:
        assert exact_sum(e.amount for e in entries if e.transaction_ref == ref) == 0
    totals: dict[str, Any] = {}
    for entry in entries:
        totals[entry.account] = totals.get(entry.account, 0) + entry.amount
    owed = exact_sum([b.booked for b in await Bill.all()]) - exact_sum(
        b.paid for b in await Bill.all()
    )
    assert totals.get("RECEIVABLE", 0) == owed
    return {account: total for account, total in totals.items() if total}
