"""What changed between two versions of a bill, in the schema."""

import strawberry

from api.bills import Bill
from api.charges import Charge
from api.connections import DEFAULT_PAGE, Connection
from api.customers import Customer
from api.enums import ChargeType, DerivedType, LineChange, Market
from api.money import Money
from api.planned import field, planned
from api.scalars import Cursor
from api.versions import BillVersion


@strawberry.type(description="What each amount of a bill changed by from one version to another.")
class DiffTotals:
    """Amounts of the later side less those of the earlier one."""

    expenditures: Money = field("The change of expenditures.")
    refunds: Money = field("The change of refunds.")
    adjustments: Money = field("The change of adjustments.")
    settlement: Money = field("The change of the settlement.")
    coupons: Money = field("The change of what coupons take off.")
    rounding: Money = field("The change of the rounding.")
    tax: Money = field("The change of the tax.")
    bill_amount: Money = field("The change of the bill amount: added − removed + changed.")


@strawberry.type(description="The lines that changed between two versions, added up by change.")
class DiffChanges:
    """Added − removed + changed is the change of the bill amount, exactly (I13)."""

    added_total: Money = field("What the added lines come to.")
    removed_total: Money = field("What the removed lines came to.")
    changed_total: Money = field("What the lines that are on both changed by.")
    added_count: int = field("How many lines were added.")
    removed_count: int = field("How many lines were removed.")
    changed_count: int = field("How many lines are on both, and changed.")


@strawberry.type(description="A product line or derived line that differs between two versions.")
class DiffLine:
    """A line; a derived one has a type and a name, any other a product and a market."""

    change: LineChange = field("What happened to it.")
    customer: Customer | None = field("Whose it is; null for what belongs to no customer.")
    product: str | None = field("The product; null for a derived line.")
    market: Market | None = field("Where it was bought; null for a derived line.")
    region: str | None = field("The region, or null where there is none.")
    derived_type: DerivedType | None = field("Coupon, rounding or tax; null for a product line.")
    name: str | None = field("A derived line's name; null for a product line.")
    before: Money | None = field("What it came to before; null when it was added.")
    after: Money | None = field("What it comes to after; null when it was removed.")
    difference: Money = field("After less before, where what is not there counts 0.")
    charge_count_before: int = field("How many charges it had.")
    charge_count_after: int = field("How many charges it has.")


@strawberry.type(description="What changed from one version of a bill to another, either way.")
class BillDiff:
    """A comparison of two versions (I13)."""

    bill: Bill = field("The bill.")
    from_: BillVersion = strawberry.field(name="from", description="The version compared with.")
    to: BillVersion = field("The version compared.")
    totals: DiffTotals = field("What each amount changed by.")
    changes: DiffChanges = field("What the changed lines come to.")

    @planned
    def lines(
        self,
        first: int = DEFAULT_PAGE,
        after: Cursor | None = None,
        change: LineChange | None = None,
    ) -> Connection[DiffLine]:
        """The lines that differ: product lines in the order of the versions, then derived ones."""

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
        """The charges that came in between the two; a null region means none."""
