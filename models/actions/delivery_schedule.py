"""Scheduling the daily and monthly files that are due in a partner's bucket (R46 to R51, R56)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from models.actions.delivery_rows import NewFile, add_deliveries
from models.actions.estimates import take_estimates
from models.actions.locks import lock_partner
from models.adapters.database import Tx
from models.reads.delivery_terms import Cuts, delivery_terms
from models.rules.cutoffs import estimate_day
from models.rules.deliveries import DeliveryTerms, files_due, first_open_day
from models.rules.months import billing_zone
from models.tables.partners import Partner
from models.tables.storage import BillStorage

# A worker that was down for years must not hold a partner for as long as all of them take.
DAYS_AT_ONCE = 31


@dataclass(frozen=True, slots=True)
class Days:
    """The local days to be scheduled, through one; a day's usage is delivered so many later."""

    through: date
    lag_days: int


async def schedule_deliveries(tx: Tx, partner_id: int, days: Days, *, now: datetime) -> bool:
    """Put in the files of the local days that are not scheduled yet, through a day.

    At most 31 days at once; whether that was all. A file is due where there was a bucket at the
    midnight with which its day began, whatever became of that since. What stands in it is fixed
    here (I15). Raises NotFound.
    """
    await lock_partner(tx, partner_id)
    partner = await Partner.get(id=partner_id, using_db=tx.client)
    terms = await delivery_terms(tx, partner, lag_days=days.lag_days)
    first = await _first_day(tx, partner_id, terms)
    if first is None or first > days.through:
        return True
    last = min(days.through, first + timedelta(days=DAYS_AT_ONCE - 1))
    if last == estimate_day(now, billing_zone(partner.time_zone)) and days.lag_days == 1:
        # The file of today goes as far as today's estimate, which may be on its way.
        await take_estimates(tx, partner_id=partner_id, as_of=last, now=now)
    await _add(tx, partner, terms, (first, last), now)
    await tx.execute(
        "UPDATE bill_storages SET scheduled_through = $2 WHERE partner_id = $1", partner_id, last
    )
    return last == days.through


async def _first_day(tx: Tx, partner_id: int, terms: DeliveryTerms) -> date | None:
    """The first day that is not scheduled; None for a partner that never had a bucket."""
    storage = await BillStorage.get_or_none(partner_id=partner_id, using_db=tx.client)
    return first_open_day(terms, storage.scheduled_through) if storage else None


async def _add(
    tx: Tx, partner: Partner, terms: DeliveryTerms, days: tuple[date, date], now: datetime
) -> None:
    due = list(files_due(terms, *days))
    if not due:
        return
    cycles = [file.span.cycle for file in due]
    cuts = Cuts(partner.last_posting)
    await cuts.read(tx, partner.id, min(cycles), max(cycles))
    files = [NewFile(file, cuts.of(file.kind, file.span)) for file in due]
    await add_deliveries(tx, partner.id, files, now=now)
