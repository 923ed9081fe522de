"""What happens to a customer, and to a partner, in one month: usage, plans, refunds, credits."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from random import Random

from jobs.demo.cast import Customer, Part, dice
from jobs.demo.catalogue import ANNUAL_HOST, COMPUTE, METERED, SUBSCRIPTIONS, Product
from jobs.demo.charges import Charge, Item, Period, granted, priced, refunded

ANNUAL_BOUGHT, ANNUAL_CANCELLED, OPEN_END = 3, 7, 10**6
# Four decimals here, ten in a price, two in a discount, two in a refund: 18 at the most.
TEN_THOUSANDTH = Decimal("1e-4")
_SIZES = tuple(Decimal(tenths) / 10 for tenths in (2, 4, 5, 8, 10, 14, 25, 60))


@dataclass(frozen=True, slots=True)
class Metered:
    """Pay-per-use: about `percent` of all days have a line, `size` times the usual quantity."""

    item: Item
    percent: int
    size: Decimal
    is_hourly: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """A subscription that is charged in the months [first, last]; it may end with a refund."""

    item: Item
    first: int
    last: int
    reason: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What a customer uses all year round."""

    metered: tuple[Metered, ...]
    plans: tuple[Plan, ...]


def profile_of(customer: Customer, *, seed: int) -> Profile:
    """The same customer and seed give the same profile."""
    rng = dice(seed, "profile", customer.account, customer.is_own)
    discount = rng.choice((0, 0, 5, 12, 20))
    others = rng.sample(METERED[1:], rng.randrange(2, 6))
    metered = tuple(
        Metered(
            _item(customer, product, discount, rng),
            percent=100 if product is COMPUTE else rng.choice((5, 10, 15, 30)),
            size=rng.choice(_SIZES),
            is_hourly=product is COMPUTE and rng.random() < 0.15,
        )
        for product in (COMPUTE, *others)
    )
    plans = tuple(
        plan
        for product in rng.sample(SUBSCRIPTIONS, rng.randrange(3))
        for plan in _plans(_item(customer, product, discount, rng), rng)
    )
    return Profile(metered, plans)


def _item(customer: Customer, product: Product, discount: int, rng: Random) -> Item:
    region = rng.choice(customer.market.regions) if product.has_region else ""
    return Item(product, region, f"{product.sku.lower()}-{rng.getrandbits(48):012x}", discount)


def _plans(item: Item, rng: Random) -> Iterator[Plan]:
    first = rng.choice((0, 0, 0, 2, 5))
    if rng.random() < 0.6:
        yield Plan(item, first, OPEN_END, "")
        return
    last = first + rng.randrange(1, 8)
    reason = rng.choice(("order cancellation", "specification change"))
    yield Plan(item, first, last, reason)
    if reason == "specification change":
        larger = replace(item.product, sku=f"{item.product.sku}-2X", price=item.product.price * 2)
        yield Plan(replace(item, product=larger), last + 1, OPEN_END, "")


def customer_charges(
    customer: Customer, profile: Profile, period: Period, *, seed: int
) -> Iterator[Charge]:
    """All lines of one customer in one month."""
    rng = dice(seed, period.month, customer.account, customer.is_own)
    for metered in profile.metered:
        yield from _usage(customer, metered, period, rng)
    for plan in profile.plans:
        yield from _plan_charges(customer, plan, period, rng)
    if rng.random() < 0.05:
        amount = -Decimal(rng.randrange(500, 9000)) / 100 * customer.market.rate
        yield granted(
            customer, "Credit", "Service credit for an incident", amount, (period.days[20], period)
        )


def _usage(customer: Customer, metered: Metered, period: Period, rng: Random) -> Iterator[Charge]:
    charge = None
    for day in period.days:
        if rng.randrange(100) >= metered.percent:
            continue
        parts = 24 if metered.is_hourly and day.day in {9, 10} else 1
        for hour in range(parts):
            between = period.of_hour(day, hour) if parts > 1 else period.of_day(day)
            amount = _quantity(metered, parts, period, rng)
            charge = priced(customer, metered.item, amount, (day, between))
            yield charge
    if charge and rng.random() < 0.03:
        day = min(charge.posted + timedelta(days=1), period.month.last_day)
        yield refunded(charge, rng.choice((25, 50, 100)), "specification change", (day, period))


def _quantity(metered: Metered, parts: int, period: Period, rng: Random) -> Decimal:
    grown = Decimal(100 + 2 * period.index + rng.randrange(-20, 21)) / 100
    noise = Decimal(rng.randrange(10**6)) / 10**6
    whole = metered.item.product.daily * metered.size * grown + noise
    return (whole / parts).quantize(TEN_THOUSANDTH)


def _plan_charges(customer: Customer, plan: Plan, period: Period, rng: Random) -> Iterator[Charge]:
    if not plan.first <= period.index <= plan.last:
        return
    charge = priced(customer, plan.item, Decimal(1), (period.month.first_day, period.of_month()))
    yield charge
    if plan.reason and period.index == plan.last:
        day = period.days[rng.randrange(5, 25)]
        left = 100 * (len(period.days) - day.day) // len(period.days)
        yield refunded(charge, left, plan.reason, (day, period))


def partner_charges(
    part: Part, customers: list[Customer], period: Period, *, seed: int
) -> Iterator[Charge]:
    """Lines that stand beside the customers' everyday use: adjustments, tax, one big refund."""
    rng = dice(seed, period.month, part.name)
    rate, day = part.markets[0].rate, period.days[14]
    if rng.random() < 0.5:
        amount = -Decimal(rng.randrange(1000, 20000)) / 100 * rate
        yield granted(part, "Adjustment", "Partner programme rebate", amount, (day, period))
    if rng.random() < 0.3:
        amount = Decimal(rng.randrange(500, 5000)) / 100 * rate
        who = rng.choice(customers)
        yield granted(who, "Adjustment", "Metering of last month corrected", amount, (day, period))
    if part.zone == "Europe/Berlin":
        amount = Decimal(rng.randrange(2000, 4000)) / 100
        yield granted(part, "Tax", "Value-added tax, marketplace", amount, (day, period))
    if part.has_negative_month:
        yield from _annual_host(customers[-2], period)


def _annual_host(customer: Customer, period: Period) -> Iterator[Charge]:
    """Twelve months paid at once, most of them returned four months later: a negative bill."""
    if period.index not in {ANNUAL_BOUGHT, ANNUAL_CANCELLED}:
        return
    item = Item(ANNUAL_HOST, customer.market.regions[0], f"deh-x1-{customer.account[-6:]}")
    bought = Period(period.month.plus(ANNUAL_BOUGHT - period.index), ANNUAL_BOUGHT, period.zone)
    charge = priced(customer, item, Decimal(12), (bought.days[2], bought.of_day(bought.days[2])))
    if period.index == ANNUAL_BOUGHT:
        yield charge
    else:
        yield refunded(charge, 65, "order cancellation", (period.days[11], period))
