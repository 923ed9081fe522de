"""Versions of bills in the schema, and the lines that follow from their charges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from api.charges import Charge
from api.connections import DEFAULT_PAGE, Connection
from api.coupons import Coupon
from api.enums import ChargeType, DerivedType, Market, VersionReason, VersionStatus
from api.money import Money
from api.node import Node
from api.planned import field, planned
from api.scalars import Cursor, DateTime, Decimal

if TYPE_CHECKING:
    from api.bills import Bill, BillCustomer, ProductLine


@strawberry.type(description="A coupon, the rounding or a tax, as a line of a bill.")
class DerivedLine:
    """The settlement and the derived lines add up to the bill amount (I3, I4)."""

    id: strawberry.ID = field("An opaque id.")
    type: DerivedType = field("What it is.")
    name: str = field("The coupon's or the tax's name.")
    rate: Decimal | None = field("A tax's rate, 0.06 for 6 %; null for tax that was imported.")
    base: Money | None = field("What the rate was taken of; null where there is none.")
    amount: Money = field("What it adds to the bill; negative for a coupon.")
    coupon: Coupon | None = field("The coupon, where it is one.")


@strawberry.type(description="The amounts of a bill version; each follows from those before it.")
class VersionTotals:
    """Identities I1 to I5."""

    expenditures: Money = field("E: the sum of expenditures.")
    refunds: Money = field("R: the sum of refunds, 0 or negative.")
    adjustments: Money = field("A: the sum of adjustments, of either sign.")
    settlement: Money = field("E + R + A, exact.")
    coupons: Money = field("What cash coupons take off, 0 or positive.")
    rounding: Money = field("What rounding added to settlement less coupons.")
    tax: Money = field("Tax, rounded.")
    bill_amount: Money = field("round(settlement − coupons) + tax; negative when refunds outweigh.")
    amount_due: Money = field("The bill amount, or 0 where that is negative.")
    credit_amount: Money = field("What a negative bill amount leaves to the partner's credit.")


@strawberry.type(description="What a bill consisted of at one time; never changed.")
class BillVersion(Node):
    """A version, sealed by a digest over all it says and the digest of the one before."""

    bill: Annotated[Bill, strawberry.lazy("api.bills")] = field("The bill, as it is now.")
    number: int = field("Its number, from 1.")
    status: VersionStatus = field("Whether it is the one that counts.")
    reason: VersionReason = field("Why it was made.")
    note: str | None = field("What more there is to say about the reason, if anything.")
    digest: str = field("SHA-256 of it, chained to the version before.")
    previous_digest: str | None = field("The digest of the version before; null for the first.")
    created_at: DateTime = field("When it was made.")
    charge_count: int = field("How many charges it has.")
    customer_count: int = field("How many customers it has.")
    totals: VersionTotals = field("Its amounts.")
    derived_lines: list[DerivedLine] = field("Coupons, rounding and tax, those of 0 left out.")

    @planned
    def customers(
        self, first: int = DEFAULT_PAGE, after: Cursor | None = None
    ) -> Connection[Annotated[BillCustomer, strawberry.lazy("api.bills")]]:
        """Its customers, largest total first."""

    @planned
    def product_lines(
        self, first: int = DEFAULT_PAGE, after: Cursor | None = None
    ) -> Connection[Annotated[ProductLine, strawberry.lazy("api.bills")]]:
        """Its product lines, customer by customer, those of no customer first."""

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
