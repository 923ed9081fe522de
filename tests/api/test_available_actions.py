"""availableActions against the verbs themselves: every action, in every state, for every role."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from models.actions.adjustments import AdjustmentOrder, adjust_bill
from models.actions.confirmations import confirm_bill
from models.actions.disputes import DisputeOrder, open_dispute, withdraw_dispute
from models.actions.exports import request_export
from models.actions.locks import lock_partner
from models.actions.payments import pay_bills
from models.actions.resolutions import ResolutionOrder, resolve_dispute
from models.adapters.database import Database, Tx
from models.reads.downloads import finished_invoice
from models.rules.available_actions import BillAction
from models.rules.disputes import Answer, DisputeResolution
from models.rules.errors import BillingError, Conflict
from models.rules.exports import ExportFormat, ExportOrder, ExportView
from models.rules.months import BillingMonth
from models.rules.payments import PaymentOrder
from models.rules.principals import PARTNER_ROLES, Action, Principal, Role
from models.rules.states import AdjustmentReason
from models.tables.bills import Bill
from models.tables.disputes import Dispute
from models.tables.invoices import Invoice
from models.tables.partners import Partner
from tests.actions.channel import MIA, Channel, a_change, a_channel, everything
from tests.actions.desk import NOW, money, shown
from tests.api.client import Client
from tests.exporting import TERMS

QUERY = """query Buttons($id: ID!) { bill(id: $id) {
  status paymentStatus isConfirmationRequired invoice { downloadUrl }
  availableActions { action allowed reasonCode reason } } }"""


class Undone(Exception):
    """What was tried succeeded, and is rolled back."""


async def tried(db: Database, verb: Any, *args: Any, **kwargs: Any) -> str | None:
    """The code with which a verb refuses, or None; either way nothing has happened."""

    async def run(tx: Tx) -> None:
        await verb(tx, *args, **kwargs)
        raise Undone

    try:
        await db.transact(run)
    except Undone:
        return None
    except BillingError as refused:
        return refused.code.value
    raise AssertionError("a transaction swallowed an exception")


async def download(db: Database, who: Principal, bill: Bill) -> str | None:
    """The code with which the newest document is refused; there is none before it is owed."""
    try:
        who.require(Action.DOWNLOAD_INVOICE)
        newest = await Invoice.filter(bill_id=bill.id).order_by("-id").first()
        if newest is None:
            return "BILL_NOT_CONFIRMED"
        await finished_invoice(db, newest.id, bill.partner_id, now=NOW)
    except BillingError as refused:
        return refused.code.value
    return None


async def verbs(db: Database, who: Principal, bill: Bill) -> dict[str, str | None]:
    """What the verbs answer."""
    seen = await shown(bill.id)
    dispute = await Dispute.filter(bill_id=bill.id).order_by("-id").first()
    assert dispute is not None
    question = DisputeOrder(seen, "Why?", None, "try-dispute")
    answer = ResolutionOrder(dispute.id, Answer(DisputeResolution.REJECTED, "So."), "try-resolve")
    change = AdjustmentOrder(seen, a_change("1 USD"), AdjustmentReason.GOODWILL, "try-adjust")
    cycle = BillingMonth.parse(bill.cycle)
    files = ExportOrder(cycle, cycle, ExportView.DETAILS, ExportFormat.CSV, "try-export")
    order = PaymentOrder((bill.id,), None, "try-pay")
    return {
        "CONFIRM": await tried(db, confirm_bill, who, seen, now=NOW),
        "DISPUTE": await tried(db, open_dispute, who, question, now=NOW),
        "WITHDRAW_DISPUTE": await tried(db, withdraw_dispute, who, dispute.id, None, now=NOW),
        "RESOLVE_DISPUTE": await tried(db, resolve_dispute, who, answer, now=NOW),
        "ADJUST": await tried(db, adjust_bill, who, change, now=NOW),
        "PAY": await tried(db, pay_bills, who, order, now=NOW),
        "EXPORT": await tried(db, request_export, who, order=files, terms=TERMS, now=NOW),
        "DOWNLOAD_INVOICE": await download(db, who, bill),
    }


async def issued(channel: Channel, amount: str = "100") -> int:
    """A bill that was questioned before, so that there is a dispute to be withdrawn again."""
    bill = await channel.bill(amount)
    await channel.withdraw(await channel.question(bill))
    return bill


async def disputed(channel: Channel) -> int:
    bill = await issued(channel)
    await channel.question(bill, key="again")
    return bill


async def confirmed(channel: Channel, amount: str = "100") -> int:
    bill = await issued(channel, amount)
    await channel.confirm(await shown(bill))
    return bill


async def partly_paid(channel: Channel) -> int:
    bill = await confirmed(channel)
    await channel.pay(bill, amount="40 USD")
    return bill


async def paid(channel: Channel) -> int:
    bill = await confirmed(channel)
    await channel.pay(bill)
    return bill


async def being_paid(channel: Channel) -> int:
    bill = await confirmed(channel)
    order = PaymentOrder((bill,), money("10 USD"), "gateway", means="pm_card")
    who = Principal("fay", Role.PARTNER_FINANCE, channel.partner)
    await channel.db.transact(pay_bills, who, order, now=NOW, has_gateway=True)
    return bill


async def with_document(channel: Channel) -> int:
    bill = await confirmed(channel)
    kept = {"object_key": "invoices/inv_1/run-1.pdf", "size_bytes": 1, "sha256": "0" * 64}
    await Invoice.filter(bill_id=bill).update(**kept)
    return bill


STATES: dict[str, Callable[[Channel], Awaitable[int]]] = {
    "issued": issued,
    "issued over nothing": lambda channel: issued(channel, "0"),
    "issued over less than nothing": lambda channel: issued(channel, "-5"),
    "disputed": disputed,
    "confirmed": confirmed,
    "confirmed over less than nothing": lambda channel: confirmed(channel, "-5"),
    "partly paid": partly_paid,
    "paid": paid,
    "being paid": being_paid,
    "with its document": with_document,
}


@pytest.mark.parametrize("confirmation_required", [True, False])
@pytest.mark.parametrize("state", STATES)
async def test_actions_are_allowed_and_refused_as_by_the_verbs(
    api: Client, db: Database, state: str, confirmation_required: bool
) -> None:
    channel = await a_channel(db, confirmation_required=confirmation_required)
    await channel.top_up("1000 USD")
    bill = await Bill.get(id=await STATES[state](channel))
    before = await everything()
    for role in Role:
        partner = channel.partner if role in PARTNER_ROLES else None
        api.sign_in(role, partner, subject=MIA.subject)
        answer = (await api.ask(QUERY, {"id": f"bil_{bill.id}"}))["bill"]
        found = {each["action"]: each["reasonCode"] for each in answer["availableActions"]}
        expected = await verbs(db, api.principal, bill)
        if bill.status == "CONFIRMED" and expected["CONFIRM"] is None:
            # Confirming once more is harmless, and no button.
            expected["CONFIRM"] = "BILL_CONFIRMED"
        assert found == expected, (state, role)
        assert list(found) == list(BillAction)
        for each in answer["availableActions"]:
            assert each["allowed"] is (each["reasonCode"] is None) is (each["reason"] is None)
        has_link = bool(answer["invoice"] and answer["invoice"]["downloadUrl"])
        assert has_link is (found["DOWNLOAD_INVOICE"] is None)
    assert await everything() == before


@pytest.mark.parametrize("confirmation_required", [True, False])
async def test_actions_follow_the_partner_setting_at_the_time_of_issue(
    api: Client, db: Database, confirmation_required: bool
) -> None:
    channel = await a_channel(db, confirmation_required=confirmation_required)
    bill = await channel.bill()
    api.sign_in(Role.PARTNER_FINANCE, channel.partner)

    async def pay_button() -> tuple[bool, str | None]:
        shown_bill = (await api.ask(QUERY, {"id": f"bil_{bill}"}))["bill"]
        assert shown_bill["isConfirmationRequired"] is confirmation_required
        assert (shown_bill["invoice"] is None) is confirmation_required
        [pay] = [each for each in shown_bill["availableActions"] if each["action"] == "PAY"]
        return pay["allowed"], pay["reasonCode"]

    expected = (False, "NOT_PAYABLE") if confirmation_required else (True, None)
    assert await pay_button() == expected
    setting = {"confirmation_required": not confirmation_required}
    await Partner.filter(id=channel.partner).update(**setting)
    await db.transact(lock_partner, channel.partner)  # as every verb that changes a partner
    assert await pay_button() == expected


async def test_rollback_of_a_try_keeps_refusals_apart(db: Database) -> None:
    async def refuse(tx: Tx) -> None:
        raise Conflict("no")

    async def succeed(tx: Tx) -> None:
        await tx.execute("UPDATE partners SET name = 'x'")

    channel = await a_channel(db)
    assert await tried(db, refuse) == "INVALID_STATE"
    assert await tried(db, succeed) is None
    assert (await Partner.get(id=channel.partner)).name == "Northwind Cloud"
