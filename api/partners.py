"""Partners in the schema, and the viewer."""

import strawberry

from api.bills import Bill
from api.connections import DEFAULT_PAGE, Connection
from api.customers import Customer
from api.enums import Action, BillKind, BillStatus, CreditPolicy, PaymentStatus, Role
from api.estimates import Estimate
from api.exports import ExportJob
from api.node import Node
from api.payments import AmountDue, Deposit, Payment
from api.planned import field, planned
from api.scalars import CurrencyCode, Cursor, DateTime, Month


@strawberry.type(description="A reseller that owes the vendor.")
class Partner(Node):
    """A partner."""

    name: str = field("The partner's name.")
    time_zone: str = field("The IANA zone in which its months begin and end.")
    is_confirmation_required: bool = field("Whether a bill must be confirmed before it is paid.")
    credit_policy: CreditPolicy = field("What becomes of the credit of a negative bill.")
    created_at: DateTime = field("When it was registered.")
    billing_accounts: list[str] = field("The billing accounts it pays for.")
    own_accounts: list[str] = field("Accounts of its own; their charges are self-use.")
    amounts_due: list[AmountDue] = field("All that is to be paid, by currency.")
    deposits: list[Deposit] = field("What it can pay from, by currency.")
    estimates: list[Estimate] = field("The latest estimate of each cycle that has no bill yet.")

    @planned
    def estimate_history(
        self,
        first: int = DEFAULT_PAGE,
        after: Cursor | None = None,
        cycle: Month | None = None,
        kind: BillKind | None = None,
        currency: CurrencyCode | None = None,
    ) -> Connection[Estimate]:
        """Every daily estimate, newest first."""

    @planned
    def bills(
        self,
        first: int = DEFAULT_PAGE,
        after: Cursor | None = None,
        cycle: Month | None = None,
        from_cycle: Month | None = None,
        to_cycle: Month | None = None,
        kind: BillKind | None = None,
        currency: CurrencyCode | None = None,
        status: list[BillStatus] | None = None,
        payment_status: list[PaymentStatus] | None = None,
        is_unpaid: bool | None = None,
    ) -> Connection[Bill]:
        """Bills, newest cycle first; `isUnpaid` keeps those with something outstanding."""

    @planned
    def customers(
        self, first: int = DEFAULT_PAGE, after: Cursor | None = None
    ) -> Connection[Customer]:
        """All customers, in the order of registration."""

    @planned
    def payments(
        self, first: int = DEFAULT_PAGE, after: Cursor | None = None
    ) -> Connection[Payment]:
        """Payments, newest first."""

    @planned
    def exports(
        self, first: int = DEFAULT_PAGE, after: Cursor | None = None
    ) -> Connection[ExportJob]:
        """The export history, newest first."""


@strawberry.type(description="Who is asking, and what they may do.")
class Viewer:
    """The viewer."""

    subject: str = field("The user, as the identity provider names them.")
    role: Role = field("The user's role.")
    allowed_actions: list[Action] = field("What the role allows beyond reading.")
    partner: Partner | None = field("The user's partner; null for vendor roles.")
