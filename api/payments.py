"""Payments in the schema: what is due, the deposit, and what was paid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from api.enums import PaymentMethod, PaymentOutcome
from api.money import Money
from api.node import Node
from api.planned import field
from api.scalars import URL, CurrencyCode, DateTime

if TYPE_CHECKING:
    from api.bills import Bill


@strawberry.type(description="All that is still to be paid in one currency, confirmed or not.")
class AmountDue:
    """The amount-due pane (R11)."""

    currency: CurrencyCode = field("The currency.")
    newest_cycle: Money = field("Outstanding on bills of the newest issued cycle.")
    earlier_cycles: Money = field("Outstanding on bills of earlier cycles.")
    total: Money = field("Both together.")


@strawberry.type(description="The deposit account that a partner pays from.")
class Deposit:
    """A deposit."""

    currency: CurrencyCode = field("The currency.")
    balance: Money = field("What is on it.")


@strawberry.type(description="The part of a payment that is meant for one bill.")
class Allocation:
    """An allocation."""

    bill: Annotated[Bill, strawberry.lazy("api.bills")] = field("The bill.")
    payment: Payment = field("The payment.")
    amount: Money = field("The part.")
    is_counted: bool = field("Whether it counts as paid: the payment succeeded and stands.")


@strawberry.type(description="Money that a partner paid, or is paying.")
class Payment(Node):
    """A payment."""

    amount: Money = field("How much it is.")
    method: PaymentMethod = field("Where the money comes from.")
    status: PaymentOutcome = field("What is known of it.")
    failure: str | None = field("Why it failed; null unless it did.")
    action_url: URL | None = field("Where the payer has to agree; null unless REQUIRES_ACTION.")
    paid_at: DateTime = field("When it was ordered.")
    paid_by: str = field("Who ordered it.")
    settled_at: DateTime | None = field("When it succeeded or failed; null until then.")
    reversed_at: DateTime | None = field("When it was taken back; null unless it was.")
    to_deposit: Money = field("What its bills could take no more, put on the deposit.")
    allocations: list[Allocation] = field("Which bills it is meant for, oldest first.")
