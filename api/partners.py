"""Partners in the schema, and the viewer."""

import strawberry

from api.audit import AuditEntry, Since, Until
from api.bills import Bill
from api.connections import DEFAULT_PAGE, Connection
from api.coupons import Coupon, TaxComponent
from api.customers import Customer
from api.deliveries import Delivery, DeliveryGap
from api.deliveries import From as FirstDay
from api.deliveries import To as LastDay
from api.disputes import Dispute
from api.enums import (
    Action,
    BillKind,
    BillStatus,
    CreditPolicy,
    DeliveryKind,
    DeliveryStatus,
    DisputeStatus,
    EventType,
    LedgerAccount,
    PaymentStatus,
    Role,
    WebhookStatus,
)
from api.estimates import Estimate
from api.exports import ExportJob
from api.invoices import BillingAddress, Invoice
from api.node import Node
from api.payments import AmountDue, Deposit, Payment
from api.planned import field, planned
from api.scalars import CurrencyCode, Cursor, DateTime, Month
from api.statements import From, Statement, To
from api.storage import BillStorage
from api.webhooks import Event, WebhookDelivery, WebhookEndpoint


@strawberry.type(description="A reseller that owes the vendor.")
class Partner(Node):
    """A partner."""

    name: str = field("The partner's name.")
    time_zone: str = field("The IANA zone in which its months begin and end.")
    is_confirmation_required: bool = field(
        "Whether a bill that is issued from now on must be confirmed before it is paid."
    )
    credit_policy: CreditPolicy = field("What becomes of the credit of a negative bill.")
    created_at: DateTime = field("When it was registered.")
    billing_accounts: list[str] = field("The billing accounts it pays for.")
    own_accounts: list[str] = field("Accounts of its own; their charges are self-use.")
    amounts_due: list[AmountDue] = field("All that is to be paid, by currency.")
    deposits: list[Deposit] = field("What it can pay from, by currency.")
    tax_components: list[TaxComponent] = field("The taxes that its bills carry.")
    billing_address: BillingAddress | None = field(
        "Who it is on its invoices; null until that is set, when they bear its name only."
    )
    estimates: list[Estimate] = field("The latest estimate of each cycle that has no bill yet.")
    bill_storage: BillStorage = field("What of it is stored in a bucket of the partner's.")
    webhook_endpoints: list[WebhookEndpoint] = field("Where it is told of events; at most 10.")

    @planned
    def coupons(
        self,
        first: int = DEFAULT_PAGE,
        after: Cursor | None = None,
        currency: CurrencyCode | None = None,
    ) -> Connection[Coupon]:
        """Its cash coupons, the oldest expiry first."""

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
    def disputes(
        self,
        first: int = DEFAULT_PAGE,
        after: Cursor | None = None,
        status: DisputeStatus | None = None,
    ) -> Connection[Dispute]:
        """Its disputes, newest first."""

    @planned
    def payments(
        self, first: int = DEFAULT_PAGE, after: Cursor | None = None
    ) -> Connection[Payment]:
        """Payments, newest first."""

    @planned
    def statement(
        self,
        currency: CurrencyCode,
        from_: From,
        to: To,
        account: LedgerAccount = LedgerAccount.RECEIVABLE,
    ) -> Statement:
        """The account statement over local days in the partner's time zone."""

    @planned
    def exports(
        self, first: int = DEFAULT_PAGE, after: Cursor | None = None
    ) -> Connection[ExportJob]:
        """The export history, newest first."""

    @planned
    def invoices(
        self, first: int = DEFAULT_PAGE, after: Cursor | None = None
    ) -> Connection[Invoice]:
        """Invoices and credit notes, newest first."""

    @planned
    def events(
        self,
        first: int = DEFAULT_PAGE,
        after: Cursor | None = None,
        types: list[EventType] | None = None,
    ) -> Connection[Event]:
        """What happened, newest first."""

    @planned
    def deliveries(
        self,
        first: int = DEFAULT_PAGE,
        after: Cursor | None = None,
        kind: DeliveryKind | None = None,
        status: list[DeliveryStatus] | None = None,
        cycle: Month | None = None,
    ) -> Connection[Delivery]:
        """The files that are, were or will be due in its bucket, newest first."""

    @planned
    def delivery_gaps(self, from_: FirstDay, to: LastDay) -> list[DeliveryGap]:
        """What was due in its bucket on these local days and is not there, in order of time."""

    @planned
    def webhook_deliveries(
        self,
        first: int = DEFAULT_PAGE,
        after: Cursor | None = None,
        status: list[WebhookStatus] | None = None,
    ) -> Connection[WebhookDelivery]:
        """The log of messages to its endpoints, newest first."""

    @planned
    def audit_trail(
        self,
        first: int = DEFAULT_PAGE,
        after: Cursor | None = None,
        action: str | None = None,
        object_id: strawberry.ID | None = None,
        since: Since = None,
        until: Until = None,
    ) -> Connection[AuditEntry] | None:
        """All that was done, newest first; null for roles that may not READ_AUDIT_TRAIL."""


@strawberry.type(description="Who is asking, and what they may do.")
class Viewer:
    """The viewer."""

    subject: str = field("The user, as the identity provider names them.")
    role: Role = field("The user's role.")
    allowed_actions: list[Action] = field("What the role allows beyond reading.")
    partner: Partner | None = field("The user's partner; null for vendor roles.")
