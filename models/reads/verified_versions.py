"""One bill version worked out again, from its charges up to its digest."""

from collections.abc import Sequence
from dataclasses import fields
from decimal import Decimal
from itertools import zip_longest

from models.adapters.currencies import minor_digits
from models.adapters.database import Database
from models.adapters.dialects import Dialect
from models.reads.seals import sealed
from models.reads.verified_levels import verify_levels
from models.rules.derived import DerivedLine, Tax, Terms, UsableCoupon, derive_lines
from models.rules.ids import IdPrefix, public_id
from models.rules.money import EXACT, exact_sum
from models.rules.states import DerivedType
from models.rules.tampering import Tampered, require_equal
from models.rules.totals import Sums, Totals, bill_totals
from models.tables.bills import Bill, BillVersion
from models.tables.bills import DerivedLine as StoredLine

_SUMS = tuple(field.name for field in fields(Sums))
_TOTALS = tuple(field.name for field in fields(Totals))


async def verify_version(
    db: Database, bill: Bill, version: BillVersion, previous: BillVersion | None
) -> None:
    """Work it out again from what is stored below it; raises Tampered for the first difference."""
    where = f"{public_id(IdPrefix.BILL, bill.id)}, version {version.number}"
    _verify_place(bill, version, previous, where)
    await verify_levels(db, bill, version, where)
    derived = await _derived_lines(version)
    sums = await _verify_counts(db, version, where)
    _verify_derived(version, sums, derived, where)
    _verify_totals(version, sums, derived, where)
    digest = await sealed(db, bill, version, [line for _, line in derived])
    what = "the digest of all it says"
    require_equal(where, what, expected=digest, found=version.digest)


def _verify_place(
    bill: Bill, version: BillVersion, previous: BillVersion | None, where: str
) -> None:
    """It follows the version before it, and belongs to the bill."""
    number = previous.number + 1 if previous else 1
    require_equal(where, "its number", expected=number, found=version.number)
    digest = previous.digest if previous else ""
    what = "the digest of the version before"
    require_equal(where, what, expected=digest, found=version.previous_digest)
    require_equal(where, "its currency", expected=bill.currency, found=version.currency)


async def _verify_counts(db: Database, version: BillVersion, where: str) -> Sums:
    """The sums of the product lines, whose counts are those at the head."""
    [row] = await db.fetch(_sums_sql(db.dialect), version.partner_id, version.id)
    for name in ("charge_count", "customer_count"):
        what = f"{name.replace('_', ' ')}, from its lines"
        require_equal(where, what, expected=row[name], found=getattr(version, name))
    return Sums(*(Decimal(row[name]) for name in _SUMS))


def _sums_sql(d: Dialect) -> str:
    sums = ", ".join(f"{d.sum(name)} AS {name}" for name in _SUMS)
    return (
        f"SELECT {sums}, CAST(coalesce(sum(charge_count), 0) AS BIGINT) AS charge_count,"
        " count(DISTINCT customer_id) AS customer_count FROM product_lines"
        " WHERE partner_id = $1 AND version_id = $2"
    )


async def _derived_lines(version: BillVersion) -> list[tuple[str, DerivedLine]]:
    rows = await StoredLine.filter(partner_id=version.partner_id, version_id=version.id).order_by(
        "position"
    )
    return [(public_id(IdPrefix.DERIVED_LINE, row.id), _derived_line(row)) for row in rows]


def _derived_line(row: StoredLine) -> DerivedLine:
    line_type = DerivedType(row.line_type)
    return DerivedLine(line_type, row.name, row.amount, row.rate, row.base, row.coupon_id)


Derived = Sequence[tuple[str, DerivedLine]]


def _verify_derived(version: BillVersion, sums: Sums, derived: Derived, where: str) -> None:
    """Each derived line follows from the charges, its coupon, or its rate."""
    coupons = [(name, line) for name, line in derived if line.line_type is DerivedType.COUPON]
    taken_off = EXACT.minus(exact_sum(line.amount for _, line in coupons))
    if taken_off != version.coupons:
        lines = " and ".join(name for name, _ in coupons) or "its coupon lines"
        raise Tampered(f"{where}, {lines}", "what they take off", version.coupons, taken_off)
    for found, expected in zip_longest(derived, _expected(version, sums, derived)):
        if found is None:
            raise Tampered(where, f"the line {expected.name}", expected.amount, None)
        name, line = found
        if expected is None:
            raise Tampered(f"{where}, {name}", "a derived line", None, line.amount)
        for value in ("line_type", "name", "rate", "base", "amount"):
            wanted, stored = getattr(expected, value), getattr(line, value)
            require_equal(f"{where}, {name}", value, expected=wanted, found=stored)


def _expected(version: BillVersion, sums: Sums, derived: Derived) -> list[DerivedLine]:
    """The derived lines, worked out again from the coupons and rates that they name."""
    coupons = [
        UsableCoupon(line.coupon_id or 0, line.name, EXACT.minus(line.amount))
        for _, line in derived
        if line.line_type is DerivedType.COUPON
    ]
    taxes = [Tax(line.name, line.rate, True) for _, line in derived if line.rate is not None]
    terms = Terms(coupons, taxes, minor_digits(version.currency))
    return derive_lines(sums.settlement, sums.tax, terms)


def _verify_totals(version: BillVersion, sums: Sums, derived: Derived, where: str) -> None:
    totals = bill_totals(sums, [line for _, line in derived])
    for name in _TOTALS:
        what = f"{name.replace('_', ' ')}, from its lines"
        expected, found = getattr(totals, name), getattr(version, name)
        require_equal(where, what, expected=expected, found=found)
