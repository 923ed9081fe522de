"""Payments in the schema: what is due, the deposit, and what was paid."""

import strawberry

from api.bills import Bill
from api.enums import PaymentOutcome
from api.money import Money
from api.node import Node
from api.planned import field
from api.scalars import CurrencyCode, DateTime


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


@strawberry.type(description="The part of a payment that went to one bill.")
class Allocation:
    """An allocation."""

    bill: Bill = field("The bill.")
    amount: Money = field("The part.")


@strawberry.type(description="Money that a partner paid.")
class Payment(Node):
    """A payment."""

    amount: Money = field("How much was paid.")
    status: PaymentOutcome = field("What is known of it.")
    paid_at: DateTime = field("When it was paid.")
    paid_by: str = field("Who paid it.")
    allocations: list[Allocation] = field("Which bills it went to, oldest first.")
