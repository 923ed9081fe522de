"""Mutations on bills."""

import strawberry

from api.bills import Bill
from api.context import Info
from api.errors import UserError
from api.verbs import attempt, read_back, row_id
from models.actions.confirmations import confirm_bill
from models.actions.shown import ShownVersion
from models.rules.ids import IdPrefix


@strawberry.input(description="The bill as it was shown: confirming anything else is refused.")
class ConfirmBillInput:
    """Input of confirmBill."""

    bill_id: strawberry.ID = strawberry.field(description="The bill.")
    version: int = strawberry.field(description="The version that was shown.")
    digest: str = strawberry.field(description="The digest that was shown.")


@strawberry.type(description="The bill after the attempt.")
class ConfirmBillPayload:
    """Payload of confirmBill."""

    bill_id: strawberry.Private[str]
    user_errors: list[UserError] = strawberry.field(
        description="Why it was not confirmed; empty when it was.", default_factory=list
    )

    @strawberry.field(description="The bill as it is now; null if the viewer may not see it.")
    async def bill(self, info: Info) -> Bill | None:
        """Read the bill back."""
        return await read_back(info, self.bill_id)  # type: ignore[no-any-return]


@strawberry.type
class BillMutation:
    """What can be done to a bill."""

    @strawberry.mutation(
        description="Confirm a bill that was seen, which freezes its version for ever and makes it"
        " payable. Refused when version or digest are not current. Repeating it is harmless."
    )
    async def confirm_bill(
        self,
        info: Info,
        input: ConfirmBillInput,
    ) -> ConfirmBillPayload | None:
        """Confirm."""
        context, payload = info.context, ConfirmBillPayload(bill_id=input.bill_id)

        async def verb() -> None:
            bill_id = row_id(input.bill_id, IdPrefix.BILL, "billId")
            shown = ShownVersion(bill_id, input.version, input.digest)
            await context.db.transact(confirm_bill, context.principal, shown, now=context.now)

        return await attempt(payload, verb)
