"""One invented charge: the values that differ from line to line, before it becomes a FOCUS row."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from jobs.demo.cast import Customer, Part
from jobs.demo.catalogue import Product
from models.rules.months import BillingMonth, local_midnight

HUNDRED = Decimal(100)


@cache
def _local_day(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return local_midnight(day, zone), local_midnight(day + timedelta(days=1), zone)


@dataclass(frozen=True, slots=True)
class Period:
    """A billing month of one partner; `index` counts from the first month of the demo."""

    month: BillingMonth
    index: int
    zone: ZoneInfo

    @property
    def days(self) -> list[date]:
        """Every local day of the month."""
        first = self.month.first_day
        return [first + timedelta(days=n) for n in range(self.month.last_day.day)]

    def of_month(self) -> tuple[datetime, datetime]:
        """[start, end) of the month in UTC."""
        return self.month.bounds(self.zone)

    def of_day(self, day: date) -> tuple[datetime, datetime]:
        """[start, end) of a local day in UTC; 23 or 25 hours long when the clocks change."""
        return _local_day(day, self.zone)

    def of_hour(self, day: date, hour: int) -> tuple[datetime, datetime]:
        """[start, end) of the hour that begins `hour` hours after local midnight, in UTC."""
        start = local_midnight(day, self.zone) + timedelta(hours=hour)
        return start, start + timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Item:
    """A thing that is charged again and again: a product in a region, with its resource."""

    product: Product
    region: str
    resource: str
    discount_percent: int = 0


@dataclass(frozen=True, slots=True)
class Charge:
    """One line, amounts in `currency`, signed; `posted` is the local day it becomes known."""

    billing_account: str
    currency: str
    category: str
    frequency: str
    description: str
    posted: date
    between: tuple[datetime, datetime]
    billed: Decimal
    listed: Decimal
    customer: Customer | None = None
    item: Item | None = None
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    charge_class: str = ""


def local_price(customer: Customer, product: Product) -> Decimal:
    """The list price of a unit in the customer's currency, exact to ten decimals."""
    return (product.price * customer.market.rate).quantize(Decimal("1e-10"))


def priced(
    customer: Customer, item: Item, quantity: Decimal, when: tuple[date, tuple[datetime, datetime]]
) -> Charge:
    """A charge of `quantity` units of an item at the customer's price, discount taken off."""
    posted, between = when
    price = local_price(customer, item.product)
    listed = quantity * price
    is_plan = item.product.unit == "Months"
    return Charge(
        billing_account=customer.billing_account,
        currency=customer.market.currency,
        category="Purchase" if is_plan else "Usage",
        frequency="Recurring" if is_plan else "Usage-Based",
        description=f"{item.product.service}, {item.product.sku}, per {item.product.unit}",
        posted=posted,
        between=between,
        billed=listed * (HUNDRED - item.discount_percent) / HUNDRED,
        listed=listed,
        customer=customer,
        item=item,
        quantity=quantity,
        unit_price=price,
    )


def refunded(charge: Charge, percent: int, reason: str, when: tuple[date, Period]) -> Charge:
    """Money returned for `percent` of an earlier charge; negative, never above the original."""
    posted, period = when
    resource = charge.item.resource if charge.item else ""
    share = Decimal(percent) / HUNDRED
    return Charge(
        billing_account=charge.billing_account,
        currency=charge.currency,
        category=charge.category,
        frequency="One-Time",
        description=f"Refund, {reason}: {resource}",
        posted=posted,
        between=period.of_day(posted),
        billed=-charge.billed * share,
        listed=-charge.listed * share,
        customer=charge.customer,
        item=charge.item,
        charge_class="" if charge.between[0] >= period.of_month()[0] else "Correction",
    )


def granted(
    owner: Part | Customer,
    category: str,
    description: str,
    amount: Decimal,
    when: tuple[date, Period],
) -> Charge:
    """A line of the vendor without a resource: credit, adjustment or tax; signed."""
    posted, period = when
    customer = owner if isinstance(owner, Customer) else None
    market = owner.market if isinstance(owner, Customer) else owner.markets[0]
    account = owner.billing_account if isinstance(owner, Customer) else owner.accounts[0]
    return Charge(
        billing_account=account,
        currency=market.currency,
        category=category,
        frequency="One-Time",
        description=description,
        posted=posted,
        between=period.of_day(posted),
        billed=amount,
        listed=amount,
        customer=customer,
    )
