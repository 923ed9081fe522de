"""The state table, tried for real: each forbidden move has its own code and changes nothing."""

from typing import Any

import pytest

from models.actions.bills import reissue_bill
from models.actions.confirmations import confirm_bill
from models.actions.disputes import DisputeOrder, open_dispute, withdraw_dispute
from models.adapters.database import Database
from models.rules.errors import Forbidden
from models.tables.bills import Bill
from tests.actions.channel import MIA, Channel, a_channel, everything, refusal
from tests.actions.desk import NOW, shown
from tests.builders import a_charge


async def a_bill(desk: Channel, status: str) -> tuple[int, int]:
    """A bill in that status, once disputed and rejected; and its latest dispute."""
    bill = await desk.bill("100")
    dispute = await desk.question(bill, key="first")
    if status != "DISPUTED":
        await desk.reject(dispute)
    if status == "CONFIRMED":
        await desk.confirm(await shown(bill))
    assert (await Bill.get(id=bill)).status == status
    return bill, dispute


MOVES: dict[str, Any] = {
    "dispute": lambda desk, bill, dispute: desk.question(bill, key="second"),
    "confirm": lambda desk, bill, dispute: confirm(desk, bill),
    "adjust": lambda desk, bill, dispute: desk.adjust(bill),
    "pay": lambda desk, bill, dispute: desk.pay(bill),
    "reply": lambda desk, bill, dispute: desk.reply(dispute, "Well"),
    "accept": lambda desk, bill, dispute: desk.accept(dispute, key="second"),
    "reject": lambda desk, bill, dispute: desk.reject(dispute, key="second"),
    "withdraw": lambda desk, bill, dispute: desk.withdraw(dispute),
}


async def confirm(desk: Channel, bill: int) -> None:
    await desk.confirm(await shown(bill))


@pytest.mark.parametrize(
    ("status", "move", "code"),
    [
        ("ISSUED", "pay", "NOT_PAYABLE"),
        ("ISSUED", "reply", "NO_OPEN_DISPUTE"),
        ("ISSUED", "accept", "NO_OPEN_DISPUTE"),
        ("ISSUED", "reject", "NO_OPEN_DISPUTE"),
        ("ISSUED", "withdraw", "NO_OPEN_DISPUTE"),
        ("DISPUTED", "dispute", "OPEN_DISPUTE"),
        ("DISPUTED", "confirm", "OPEN_DISPUTE"),
        ("DISPUTED", "adjust", "OPEN_DISPUTE"),
        ("DISPUTED", "pay", "NOT_PAYABLE"),
        ("CONFIRMED", "dispute", "BILL_CONFIRMED"),
        ("CONFIRMED", "reply", "NO_OPEN_DISPUTE"),
        ("CONFIRMED", "accept", "NO_OPEN_DISPUTE"),
        ("CONFIRMED", "reject", "NO_OPEN_DISPUTE"),
        ("CONFIRMED", "withdraw", "NO_OPEN_DISPUTE"),
    ],
)
async def test_forbidden_move_is_refused_and_changes_nothing(
    db: Database, status: str, move: str, code: str
) -> None:
    desk = await a_channel(db)
    await desk.top_up("500 USD")
    bill, dispute = await a_bill(desk, status)
    error = await refusal(MOVES[move](desk, bill, dispute))
    assert error.code == code


@pytest.mark.parametrize(
    ("status", "move", "to"),
    [
        ("ISSUED", "dispute", "DISPUTED"),
        ("ISSUED", "confirm", "CONFIRMED"),
        ("ISSUED", "adjust", "ISSUED"),
        ("DISPUTED", "reply", "DISPUTED"),
        ("DISPUTED", "accept", "ISSUED"),
        ("DISPUTED", "reject", "ISSUED"),
        ("DISPUTED", "withdraw", "ISSUED"),
        ("CONFIRMED", "confirm", "CONFIRMED"),
        ("CONFIRMED", "adjust", "CONFIRMED"),
        ("CONFIRMED", "pay", "CONFIRMED"),
    ],
)
async def test_every_other_move_is_made(db: Database, status: str, move: str, to: str) -> None:
    desk = await a_channel(db)
    await desk.top_up("500 USD")
    bill, dispute = await a_bill(desk, status)
    await MOVES[move](desk, bill, dispute)
    assert (await Bill.get(id=bill)).status == to


async def test_disputed_bill_is_not_paid_even_where_no_confirmation_is_required(
    db: Database,
) -> None:
    desk = await a_channel(db, confirmation_required=False)
    await desk.top_up("500 USD")
    bill, _ = await a_bill(desk, "DISPUTED")
    assert (await refusal(desk.pay(bill))).code == "NOT_PAYABLE"


@pytest.mark.parametrize(("status", "is_done"), [("DISPUTED", False), ("CONFIRMED", True)])
async def test_reissue_of_a_bill_that_is_not_issued_changes_no_bill(
    db: Database, status: str, is_done: bool
) -> None:
    desk = await a_channel(db)
    bill, _ = await a_bill(desk, status)
    await a_charge(db, desk.partner, "7")
    before = await everything()
    assert await db.transact(reissue_bill, bill_id=bill, now=NOW) is is_done
    after = await everything()
    assert {k: v for k, v in after.items() if k != "Partner"} == {
        k: v for k, v in before.items() if k != "Partner"
    }


async def test_vendor_neither_confirms_nor_disputes_for_a_partner(db: Database) -> None:
    desk = await a_channel(db)
    bill, dispute = await a_bill(desk, "DISPUTED")
    seen = await shown(bill)
    order = DisputeOrder(seen, "Why?", None, "key")
    for attempt in (
        db.transact(confirm_bill, MIA, seen, now=NOW),
        db.transact(open_dispute, MIA, order, now=NOW),
        db.transact(withdraw_dispute, MIA, dispute, None, now=NOW),
    ):
        assert isinstance(await refusal(attempt), Forbidden)
