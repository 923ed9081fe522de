"""Account statements in the schema."""

from typing import Annotated

import strawberry

from api.bills import Bill
from api.connections import DEFAULT_PAGE, Connection
from api.enums import LedgerAccount, LedgerEvent
from api.money import Money
from api.payments import Payment
from api.planned import field, planned
from api.scalars import URL, CurrencyCode, Cursor, Date, DateTime

From = Annotated[Date, strawberry.argument(name="from", description="The first local day.")]
To = Annotated[
    Date,
    strawberry.argument(
        name="to", description="The last local day, included; ten years at most from the first."
    ),
]


@strawberry.type(description="One side of a ledger transaction, as a line of a statement.")
class StatementEntry:
    """A line."""

    id: strawberry.ID = field("The ledger entry's id; the same in every statement that has it.")
    posted_at: DateTime = field("When it was posted.")
    event: LedgerEvent = field("What made it.")
    reference: str = field("What it names: a bill's version, as in bil_12/2, or a payment.")
    bill: Bill | None = field("The bill it names; null where it names none.")
    payment: Payment | None = field("The payment it names; null where it names none.")
    debit: Money | None = field("The debit in the vendor's books, above 0; null for a credit.")
    credit: Money | None = field("The credit in the vendor's books, above 0; null for a debit.")
    amount: Money = field("What it adds to the balance; negative where it takes away.")
    balance: Money = field("The balance right after it, in the sense of the statement's balances.")


@strawberry.type(
    description="An account of a partner over local days: opening balance + Σ amounts = closing"
    " balance, exactly. Balances are positive for what the partner owes (RECEIVABLE), what is held"
    " for it (DEPOSIT), what it paid in (CASH), and what it was billed (SALES)."
)
class Statement:
    """A statement."""

    account: LedgerAccount = field("The account.")
    currency: CurrencyCode = field("The currency.")
    from_: Date = strawberry.field(
        name="from", description="The first day, in the partner's time zone."
    )
    to: Date = field("The last day, included.")
    is_complete: bool = field("Whether the last day is over, so that nothing is added any more.")
    opening_balance: Money = field("The balance when the first day began.")
    closing_balance: Money = field("The balance when the last day ended, or now.")
    total_debits: Money = field("The debits of these days, 0 or more.")
    total_credits: Money = field("The credits of these days, 0 or more.")
    csv_url: URL = field(
        "A link to the statement as CSV that holds as long as the installation has set, an hour by"
        " default; new each time."
    )
    pdf_url: URL = field(
        "A link to the statement as PDF that holds as long as the installation has set, an hour by"
        " default; new each time."
    )

    @planned
    def entries(
        self, first: int = DEFAULT_PAGE, after: Cursor | None = None
    ) -> Connection[StatementEntry]:
        """The entries of these days, in the order in which they were posted."""
