"""Many at once: one effect, and nobody gets anything but an answer or a typed refusal."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Sequence
from decimal import Decimal
from typing import Any

import pytest

from models.actions.bills import issue_bills, reissue_bill
from models.adapters.database import Database
from models.rules.errors import BillingError
from models.tables.audit import AuditEntry
from models.tables.bills import Bill, BillVersion
from models.tables.charges import Charge
from models.tables.payments import Payment
from tests.actions.desk import NOW, Desk, ledger, shown
from tests.builders import a_charge, a_partner

MANY = 200


async def outcomes(attempts: Sequence[Awaitable[Any]]) -> Counter[str]:
    """How often the attempts came to what: "ok", or a code; anything else is a failure."""
    answers = await asyncio.gather(*attempts, return_exceptions=True)
    broken = [a for a in answers if isinstance(a, Exception) and not isinstance(a, BillingError)]
    assert broken == []
    return Counter(a.code.value if isinstance(a, BillingError) else "ok" for a in answers)


async def test_many_confirmations_are_one(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    seen = await shown(await desk.bill())
    assert await outcomes([desk.confirm(seen) for _ in range(MANY)]) == {"ok": MANY}
    assert await AuditEntry.filter(action="CONFIRM_BILL").count() == 1
    assert await ledger() == {"RECEIVABLE": 100, "SALES": -100}


async def test_many_payments_with_one_key_are_one(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    bill = await desk.payable("100")
    await desk.top_up("1000 USD")
    assert await outcomes([desk.pay(bill) for _ in range(MANY)]) == {"ok": MANY}
    assert await Payment.all().count() == 1
    assert await desk.balance() == 900


async def test_many_payments_with_keys_of_their_own_pay_the_bill_once(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    bill = await desk.payable("100")
    await desk.top_up("1000 USD")
    attempts = [desk.pay(bill, amount="30 USD", key=f"key-{n}") for n in range(MANY)]
    counts = await outcomes(attempts)
    assert counts == {"ok": 3, "AMOUNT_EXCEEDS_OUTSTANDING": MANY - 3}
    assert (await Bill.get()).paid == 90
    assert (await ledger())["RECEIVABLE"] == 10


async def test_deposit_is_never_overdrawn(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    bills = [await desk.payable("10", cycle=f"2026-0{month}") for month in range(1, 6)]
    await desk.top_up("35 USD")
    attempts = [desk.pay(bill, key=f"{bill}-{n}") for n in range(20) for bill in bills]
    counts = await outcomes(attempts)
    assert counts["ok"] == 3
    assert counts["ok"] + counts["INSUFFICIENT_FUNDS"] + counts["NOTHING_DUE"] == 100
    assert await desk.balance() == 5


async def test_bill_is_issued_once_by_many_workers(db: Database) -> None:
    partner = await a_partner(db)
    await a_charge(db, partner)
    issued = await asyncio.gather(
        *(db.transact(issue_bills, partner_id=partner, cycle="2026-02", now=NOW) for _ in range(50))
    )
    assert sum(map(len, issued)) == 1
    assert await BillVersion.all().count() == 1


@pytest.mark.parametrize("first_confirmations", [0, 1, 20])
async def test_confirmation_never_takes_a_version_that_was_not_seen(
    db: Database, first_confirmations: int
) -> None:
    desk = Desk(db, await a_partner(db))
    bill_id = await desk.bill("100")
    seen = await shown(bill_id)
    await a_charge(db, desk.partner, "7")
    reissues = [db.transact(reissue_bill, bill_id=bill_id, now=NOW) for _ in range(5)]
    confirms = [desk.confirm(seen) for _ in range(20)]
    before, after = confirms[:first_confirmations], confirms[first_confirmations:]
    counts = await outcomes([*before, *reissues, *after])
    bill, late = await Bill.get(), await Charge.get(amount=Decimal(7))
    if bill.status == "CONFIRMED":
        assert counts == {"ok": 25}
        assert (bill.version, bill.booked, late.cycle) == (1, 100, "2026-03")
        assert await ledger() == {"RECEIVABLE": 100, "SALES": -100}
    else:
        assert counts == {"ok": 5, "STALE_VERSION": 20}
        assert (bill.status, bill.version, late.cycle) == ("ISSUED", 2, "2026-02")
        assert await ledger() == {}


async def test_ten_thousand_attempts_have_one_effect_each(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    bills = [await desk.bill("10", cycle=f"2026-{month:02d}") for month in range(1, 6)]
    seen = [await shown(bill) for bill in bills]
    await desk.top_up("1000 USD")
    counts = Counter[str]()
    for round_ in range(10):
        attempts = [
            attempt
            for bill, version in zip(bills, seen, strict=True)
            for n in range(MANY // 4)
            for attempt in (
                desk.confirm(version),
                desk.pay(bill, key=f"{bill}"),
                desk.pay(bill, amount="10 USD", key=f"{bill}-{round_}-{n}"),
                desk.confirm(version),
            )
        ]
        counts += await outcomes(attempts)
    assert counts.total() == 10_000
    assert counts["ok"] >= 5_000
    assert set(counts) <= {"ok", "NOT_PAYABLE", "NOTHING_DUE", "AMOUNT_EXCEEDS_OUTSTANDING"}
    assert {bill.paid for bill in await Bill.all()} == {Decimal(10)}
    assert await Payment.all().count() == len(bills)
    assert await AuditEntry.filter(action="CONFIRM_BILL").count() == len(bills)
    assert await ledger() == {"RECEIVABLE": 0, "SALES": -50, "DEPOSIT": -950, "CASH": 1000}
