"""What the tests of confirming and paying share: who does it, when, and a bill to do it to."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from models.actions.bills import issue_bills
from models.actions.confirmations import confirm_bill
from models.actions.deposits import TopUp, top_up_deposit
from models.actions.ledger import deposit_balance
from models.actions.payments import pay_bills
from models.actions.shown import ShownVersion
from models.adapters.database import Database
from models.rules.money import Money, exact_sum
from models.rules.payments import PaymentOrder
from models.rules.principals import Principal, Role
from models.tables.bills import Bill, BillVersion
from models.tables.payments import LedgerEntry
from tests.builders import a_charge

NOW = datetime(2026, 6, 5, 1, 2, 3, 456789, tzinfo=UTC)
SALES = Principal("sam", Role.SALES_OPS)


def finance(partner: int) -> Principal:
    """Someone who confirms and pays for the partner."""
    return Principal("fay", Role.PARTNER_FINANCE, partner)


def money(text: str) -> Money:
    """Money written as "7.50 USD"."""
    amount, currency = text.split()
    return Money(Decimal(amount), currency)


async def an_issued_bill(db: Database, partner: int, amount: str = "100", **changes: Any) -> int:
    """A bill over one charge, of 2026-02 in USD unless told otherwise; its id."""
    await a_charge(db, partner, amount, **changes)
    cycle = changes.get("cycle", "2026-02")
    [bill] = await db.transact(issue_bills, partner_id=partner, cycle=cycle, now=NOW)
    return bill


@dataclass(frozen=True)
class Desk:
    """A partner's finance people at work."""

    db: Database
    partner: int

    async def bill(self, amount: str = "100", **changes: Any) -> int:
        """An issued bill that is not confirmed."""
        return await an_issued_bill(self.db, self.partner, amount, **changes)

    async def payable(self, amount: str = "100", **changes: Any) -> int:
        """A confirmed bill."""
        bill = await self.bill(amount, **changes)
        await self.confirm(await shown(bill))
        return bill

    async def confirm(self, version: ShownVersion) -> None:
        """Confirm what was shown."""
        await self.db.transact(confirm_bill, finance(self.partner), version, now=NOW)

    async def top_up(self, amount: str, key: str = "top-up") -> Money:
        """Money arrives."""
        top_up = TopUp(self.partner, money(amount), key)
        return await self.db.transact(top_up_deposit, SALES, top_up, now=NOW)

    async def pay(self, *bills: int, amount: str = "", key: str = "key") -> int:
        """Pay the bills, or all of them when none is named."""
        order = PaymentOrder(bills or None, money(amount) if amount else None, key)
        return await self.db.transact(pay_bills, finance(self.partner), order, now=NOW)

    async def balance(self, currency: str = "USD") -> Decimal:
        """What the deposit account holds."""
        return await self.db.transact(deposit_balance, self.partner, currency)


async def shown(bill_id: int) -> ShownVersion:
    """The current version, as somebody looks at it."""
    bill = await Bill.get(id=bill_id)
    version = await BillVersion.get(id=bill.version_id)
    return ShownVersion(bill_id, version.number, version.digest)


async def ledger() -> dict[str, Decimal]:
    """The accounts of the only partner, which must be in balance."""
    entries = await LedgerEntry.all()
    assert exact_sum(entry.amount for entry in entries) == 0
    accounts = {entry.account for entry in entries}
    return {
        account: exact_sum(entry.amount for entry in entries if entry.account == account)
        for account in accounts
    }
