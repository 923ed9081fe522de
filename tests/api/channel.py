"""What the API tests of disputes and adjustments share: who asks what about one bill."""

from typing import Any

from models.adapters.database import Database, Tx
from models.rules.principals import Principal, Role
from models.tables.partners import ChannelAssignment
from tests.api.client import Client
from tests.api.month import Month, a_month

MANAGER = Role.CHANNEL_MANAGER
BILL = """query Bill($id: ID!) { bill(id: $id) {
    status version versionReason digest totals { adjustments { amount } billAmount { display } }
    openDispute { id status }
    disputes { id status version resolvedVersion openedBy closedBy
      charges { id amount { amount } }
      thread { totalCount nodes { author role text } } } } }"""
CHARGES = """query Charges($id: ID!) { bill(id: $id) {
    charges(first: 100) { nodes { id chargeType amount { amount } customer { id } } } } }"""
CONFIRM = """mutation Confirm($input: ConfirmBillInput!) { confirmBill(input: $input) {
    bill { status } userErrors { code path } } }"""
OPEN = """mutation Open($input: OpenDisputeInput!) { openDispute(input: $input) {
    dispute { id status bill { id status } } bill { version status }
    userErrors { code path } } }"""
REPLY = """mutation Reply($input: ReplyToDisputeInput!) { replyToDispute(input: $input) {
    dispute { status thread { nodes { role text } } } userErrors { code path } } }"""
WITHDRAW = """mutation Withdraw($input: WithdrawDisputeInput!) { withdrawDispute(input: $input) {
    dispute { status bill { status } } userErrors { code path } } }"""
RESOLVE = """mutation Resolve($input: ResolveDisputeInput!) { resolveDispute(input: $input) {
    dispute { status resolvedVersion bill { status version versionReason } }
    userErrors { code path } } }"""
ADJUST = """mutation Adjust($input: AdjustBillInput!) { adjustBill(input: $input) {
    charge { id reason chargeType category description isCorrection amount { amount currency }
      cycle originCycle customer { id } correctedCharge { id } correctedBill { id } }
    bill { version versionReason } userErrors { code path message } } }"""
REVERSE = """mutation Reverse($input: ReverseAdjustmentInput!) { reverseAdjustment(input: $input) {
    charge { reason amount { amount } correctedCharge { id } } userErrors { code path } } }"""


class Stage:
    """One partner's October bill, its finance people, and the channel manager."""

    def __init__(self, api: Client, month: Month) -> None:
        self.api, self.month = api, month
        self.bill_id = f"bil_{month.bills[0]}"

    async def ask(self, query: str, *, as_: Role = Role.PARTNER_FINANCE, **sent: Any) -> Any:
        """The payload of a mutation."""
        self.sign_in(as_)
        (payload,) = (await self.api.ask(query, {"input": sent})).values()
        return payload

    def sign_in(self, role: Role) -> None:
        """Become someone of that role."""
        is_vendor = Principal("x", role).is_vendor
        subject = "mia" if role is Role.CHANNEL_MANAGER else "ann"
        self.api.sign_in(role, None if is_vendor else self.month.partner, subject)

    async def bill(self, as_: Role = Role.PARTNER_FINANCE) -> Any:
        """The bill as it is shown."""
        self.sign_in(as_)
        return (await self.api.ask(BILL, {"id": self.bill_id}))["bill"]

    async def shown(self) -> dict[str, Any]:
        """What an input says about the bill that was shown."""
        bill = await self.bill()
        return {"billId": self.bill_id, "version": bill["version"], "digest": bill["digest"]}

    async def charges(self) -> list[Any]:
        """The bill's charges, for the partner."""
        self.sign_in(Role.PARTNER_FINANCE)
        answer = await self.api.ask(CHARGES, {"id": self.bill_id})
        return list(answer["bill"]["charges"]["nodes"])

    async def question(self, **changes: Any) -> Any:
        """Open a dispute."""
        sent = {**await self.shown(), "message": "Why?", "idempotencyKey": "q1", **changes}
        return await self.ask(OPEN, **sent)

    async def confirm(self) -> None:
        """Confirm the bill."""
        done = await self.ask(CONFIRM, **await self.shown())
        assert done["userErrors"] == []

    async def adjust(self, as_: Role = MANAGER, **changes: Any) -> Any:
        """Adjust the bill."""
        amount = {"amount": "-1.000000000000000001", "currency": "USD"}
        sent = {**await self.shown(), "amount": amount, "reason": "GOODWILL"}
        more = {"description": "For the trouble", "idempotencyKey": "a1"}
        return await self.ask(ADJUST, as_=as_, **sent | more | changes)


async def a_stage(api: Client, db: Database) -> Stage:
    """October as a bill of a partner whom "mia" looks after."""
    month = await a_month(db)

    async def assign(tx: Tx) -> None:
        await ChannelAssignment.create(using_db=tx.client, partner_id=month.partner, subject="mia")

    await db.transact(assign)
    return Stage(api, month)


def codes(payload: Any) -> list[str]:
    """The codes of a payload's refusals."""
    return [error["code"] for error in payload["userErrors"]]
