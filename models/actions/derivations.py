"""Working out a version's derived lines: which coupons and taxes count, and writing them down."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from models.actions.rows import add_rows
from models.adapters.currencies import minor_digits
from models.adapters.database import Tx
from models.rules.derived import DerivedLine, Tax, Terms, UsableCoupon, derive_lines
from models.rules.money import EXACT
from models.rules.months import billing_zone
from models.rules.totals import Sums
from models.tables.bills import Bill, BillVersion
from models.tables.partners import Partner

_COLUMNS = (
    *("version_id", "partner_id", "currency", "position"),
    *("line_type", "name", "amount", "rate", "base", "coupon_id"),
)


async def derived_lines(tx: Tx, bill: Bill, sums: Sums, *, now: datetime) -> list[DerivedLine]:
    """What stands beside charges of these sums on a version of the bill made at `now`.

    Called under `lock_partner`: coupons that this answer uses must not be used elsewhere meanwhile.
    """
    coupons = await _usable_coupons(tx, bill, now)
    taxes = await _taxes(tx, bill)
    terms = Terms(coupons, taxes, minor_digits(bill.currency))
    return derive_lines(sums.settlement, sums.tax, terms)


async def _usable_coupons(tx: Tx, bill: Bill, now: datetime) -> list[UsableCoupon]:
    """Coupons valid at some time from the bill's issue until now, the oldest expiry first.

    A coupon that was valid when the bill was issued is not lost to a later version of it.
    """
    issued_on, today = await _days(tx, bill, now)
    d = tx.dialect
    used = d.amount_text(d.sum("l.amount"))
    rows = await tx.fetch(
        f"SELECT c.id, c.name, {d.amount_text('c.amount')} AS amount, (SELECT {used}"
        " FROM derived_lines l JOIN bills b"
        " ON b.partner_id = l.partner_id AND b.version_id = l.version_id"
        " WHERE l.partner_id = c.partner_id AND l.coupon_id = c.id AND b.id <> $5) AS used"
        " FROM coupons c WHERE c.partner_id = $1 AND c.currency = $2"
        " AND c.valid_from <= $4 AND c.valid_until >= $3 ORDER BY c.valid_until, c.id",
        *(bill.partner_id, bill.currency, issued_on, today, bill.id),
    )
    return [
        UsableCoupon(
            int(row["id"]), row["name"], EXACT.add(Decimal(row["amount"]), Decimal(row["used"]))
        )
        for row in rows
    ]


async def _days(tx: Tx, bill: Bill, now: datetime) -> tuple[date, date]:
    """The local days of the bill's issue and of `now`."""
    partner = await Partner.get(id=bill.partner_id, using_db=tx.client)
    zone = billing_zone(partner.time_zone)
    return bill.issued_at.astimezone(zone).date(), now.astimezone(zone).date()


async def _taxes(tx: Tx, bill: Bill) -> list[Tax]:
    rows = await tx.fetch(
        f"SELECT name, {tx.dialect.amount_text('rate')} AS rate, taxes_negative"
        " FROM tax_components WHERE partner_id = $1 AND first_cycle <= $2"
        " AND (last_cycle IS NULL OR last_cycle >= $2) ORDER BY id",
        bill.partner_id,
        bill.cycle,
    )
    return [Tax(row["name"], Decimal(row["rate"]), bool(row["taxes_negative"])) for row in rows]


async def keep_derived_lines(tx: Tx, version: BillVersion, lines: Sequence[DerivedLine]) -> None:
    """Write a version's derived lines."""
    of_version = (version.id, version.partner_id, version.currency)
    rows = [
        (
            *(*of_version, n),
            *(line.line_type, line.name, line.amount, line.rate, line.base, line.coupon_id),
        )
        for n, line in enumerate(lines, start=1)
    ]
    await add_rows(tx, "derived_lines", _COLUMNS, rows)
