"""Bills in the schema: totals, by product, by customer, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from api.accuracy import EstimateAccuracy
from api.actions import AvailableAction
from api.audit import AuditEntry, Since, Until
from api.charges import Charge
from api.connections import DEFAULT_PAGE, Connection
from api.customers import Customer
from api.enums import (
    BillAmount,
    BillKind,
    BillStatus,
    ChargeType,
    Market,
    PaymentStatus,
    VersionReason,
)
from api.explanations import Explanation
from api.invoices import Invoice
from api.money import Money
from api.node import Node
from api.payments import Allocation
from api.planned import field, planned
from api.reconciliation import BillIdentity
from api.scalars import CurrencyCode, Cursor, DateTime, Month
from api.versions import BillVersion, DerivedLine, VersionTotals

if TYPE_CHECKING:
    from api.deliveries import Delivery
    from api.disputes import Dispute
    from api.partners import Partner


@strawberry.type(description="The amounts of a bill; each follows from those before it.")
class BillTotals(VersionTotals):
    """Identities I1 to I6."""

    paid: Money = field("What was paid and not reversed.")
    outstanding: Money = field("Amount due less what was paid.")


@strawberry.type(description="What stands beside the products: untouched by any region filter.")
class Others:
    """Refunds and adjustments (R23)."""

    refunds: Money = field("The sum of refunds, 0 or negative.")
    adjustments: Money = field("The sum of adjustments.")
    total: Money = field("Refunds and adjustments together.")


@strawberry.type(description="The expenditures of one product in one market.")
class ProductSummary:
    """A row of the by-product view (R21)."""

    product: str = field("The product.")
    market: Market = field("Where it was bought.")
    expenditures: Money = field("Its expenditures in the regions asked for.")


@strawberry.type(description="The expenditures of one region.")
class RegionSummary:
    """A bucket of the region filter (R22)."""

    region: str | None = field("The region; null is the bucket of what has none.")
    expenditures: Money = field("Its expenditures.")


@strawberry.type(description="Product, market and region of one customer on one bill version.")
class ProductLine:
    """A product line."""

    id: strawberry.ID = field("An opaque id.")
    product: str = field("The product.")
    market: Market = field("Where it was bought.")
    region: str | None = field("The region, or null for products without one.")
    expenditures: Money = field("The sum of its expenditures.")
    refunds: Money = field("The sum of its refunds, 0 or negative.")
    adjustments: Money = field("The sum of its adjustments.")
    total: Money = field("Expenditures, refunds and adjustments together.")
    charge_count: int = field("How many charges it has.")

    @planned
    def charges(
        self,
        first: int = DEFAULT_PAGE,
        after: Cursor | None = None,
        charge_type: ChargeType | None = None,
    ) -> Connection[Charge]:
        """Its charges, in the order in which they were taken in."""


@strawberry.type(description="One customer on one bill version.")
class BillCustomer:
    """A row of the by-customer view (R24)."""

    id: strawberry.ID = field("An opaque id.")
    customer: Customer = field("The customer.")
    expenditures: Money = field("The sum of its expenditures.")
    refunds: Money = field("The sum of its refunds, 0 or negative.")
    adjustments: Money = field("The sum of its adjustments.")
    total: Money = field("Expenditures, refunds and adjustments together.")
    charge_count: int = field("How many charges it has.")

    @planned
    def product_lines(
        self, first: int = DEFAULT_PAGE, after: Cursor | None = None
    ) -> Connection[ProductLine]:
        """Its product lines, largest total first."""

    @planned
    def charges(
        self,
        first: int = DEFAULT_PAGE,
        after: Cursor | None = None,
        charge_type: ChargeType | None = None,
        market: Market | None = None,
        product: str | None = None,
        regions: list[str | None] | None = None,
    ) -> Connection[Charge]:
        """Its charges, in the order in which they were taken in; a null region means none."""


@strawberry.type(description="What stands on a bill and belongs to no customer.")
class UnassignedAmounts:
    """The partner-level part of a bill (I9)."""

    expenditures: Money = field("The sum of its expenditures.")
    refunds: Money = field("The sum of its refunds, 0 or negative.")
    adjustments: Money = field("The sum of its adjustments.")
    total: Money = field("Expenditures, refunds and adjustments together.")
    charge_count: int = field("How many charges it has.")

    @planned
    def product_lines(
        self, first: int = DEFAULT_PAGE, after: Cursor | None = None
    ) -> Connection[ProductLine]:
        """Its product lines, largest total first."""


@strawberry.type(description="What a partner owes for a cycle, by kind and currency.")
class Bill(Node):
    """A bill in its current version."""

    cycle: Month = field("The billing cycle.")
    kind: BillKind = field("What the bill is about.")
    currency: CurrencyCode = field("The currency of every amount on it.")
    status: BillStatus = field("Where it stands between the vendor and the partner.")
    payment_status: PaymentStatus = field("Where it stands with its payment.")
    is_confirmation_required: bool = field(
        "Whether it must be confirmed before it is paid: the partner's setting when it was issued."
    )
    is_overdue: bool = field("Whether something is outstanding after the due date.")
    is_late: bool = field("Whether it was issued after the deadline, the 5th at 12:00.")
    issued_at: DateTime = field("When its first version was issued.")
    due_at: DateTime = field("When it has to be paid.")
    confirmed_at: DateTime | None = field("When it was confirmed; null while it is not.")
    version: int = field("The number of the current version, from 1.")
    version_reason: VersionReason = field("Why the current version was made.")
    digest: str = field("SHA-256 of the current version, chained to the one before.")
    partner: Annotated[Partner, strawberry.lazy("api.partners")] = field("The partner who owes it.")
    totals: BillTotals = field("Its amounts.")
    charge_count: int = field("How many charges it has.")
    customer_count: int = field("How many customers it has.")
    regions: list[RegionSummary] = field("Expenditures by region; they add up to the bill's.")
    others: Others = field("Refunds and adjustments, beside the products.")
    available_actions: list[AvailableAction] = field(
        "What can be done with it, and why not: allowed or not, every action is listed."
    )
    estimate_accuracy: list[EstimateAccuracy] = field(
        "Each day's estimate of its cycle against it, the first day's first."
    )
    unassigned: UnassignedAmounts = field("What belongs to no customer.")
    invoice: Invoice | None = field(
        "Its newest invoice or credit note; null until it is confirmed, or issued where that is"
        " enough."
    )
    disputes: list[Annotated[Dispute, strawberry.lazy("api.disputes")]] = field(
        "Its disputes, newest first; at most the 20 newest."
    )
    open_dispute: Annotated[Dispute, strawberry.lazy("api.disputes")] | None = field(
        "The dispute that keeps it from being confirmed; null while there is none."
    )
    has_payment_in_progress: bool = field(
        "Whether a payment on it is under way; it takes no other until that is settled."
    )
    deliveries: list[Annotated[Delivery, strawberry.lazy("api.deliveries")]] = field(
        "Its files in the partner's bucket: one for a customers' bill that is stored there."
    )
    derived_lines: list[DerivedLine] = field("Coupons, rounding and tax, those of 0 left out.")
    reconciliation: list[BillIdentity] = field(
        "The identities I1 to I12, each summed anew from all that is stored."
    )

    @planned
    def corrections(
        self, first: int = DEFAULT_PAGE, after: Cursor | None = None
    ) -> Connection[Charge]:
        """Charges on later bills that were meant for this one, in the order of their making."""

    @planned
    def versions(
        self, first: int = DEFAULT_PAGE, after: Cursor | None = None
    ) -> Connection[BillVersion]:
        """All its versions, newest first."""

    @planned
    def explain(self, amount: BillAmount, first: int = DEFAULT_PAGE) -> Explanation:
        """Why an amount is what it is, with the `first` largest lines of each addend."""

    @planned
    def products(
        self,
        first: int = DEFAULT_PAGE,
        after: Cursor | None = None,
        regions: list[str | None] | None = None,
        market: Market | None = None,
    ) -> Connection[ProductSummary]:
        """Expenditures by product and market, of some regions if given; null means no region."""

    @planned
    def payments(
        self, first: int = DEFAULT_PAGE, after: Cursor | None = None
    ) -> Connection[Allocation]:
        """Its parts of payments, oldest first; failed and reversed ones stay and do not count."""

    @planned
    def customers(
        self, first: int = DEFAULT_PAGE, after: Cursor | None = None
    ) -> Connection[BillCustomer]:
        """Its customers, largest total first."""

    @planned
    def charges(
        self,
        first: int = DEFAULT_PAGE,
        after: Cursor | None = None,
        charge_type: ChargeType | None = None,
        market: Market | None = None,
        product: str | None = None,
        regions: list[str | None] | None = None,
    ) -> Connection[Charge]:
        """All its charges, in the order in which they were taken in; a null region means none."""

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
        """What was done to it, newest first; null for roles that may not READ_AUDIT_TRAIL."""
