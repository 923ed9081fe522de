"""The days that the calendar lists for estimates are those on which the schedule takes them."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from models.actions.bills import issue_bills
from models.actions.estimates import take_estimates
from models.adapters.database import Database
from models.reads.schedule import due_estimates, due_issues
from models.rules.cutoffs import estimate_days, issue_window
from models.rules.months import BillingMonth, local_midnight
from models.tables.estimates import Estimate
from tests.builders import a_charge, a_partner

CYCLE = BillingMonth(2026, 2)


@pytest.mark.parametrize("name", ["Asia/Shanghai", "America/New_York"])
async def test_schedule_estimates_on_the_days_of_the_calendar(db: Database, name: str) -> None:
    partner = await a_partner(db, time_zone=name)
    await a_charge(db, partner, cycle=str(CYCLE))
    zone = ZoneInfo(name)
    zones = {name: zone}
    issued_at: datetime | None = None
    # Half an hour before 01:00 and after it, on every local day.
    instants = (
        local_midnight(date(2026, 1, 28) + timedelta(days=day), zone) + timedelta(minutes=minute)
        for day in range(40)
        for minute in (30, 90)
    )
    for now in instants:
        for job in await due_estimates(db, zones, now=now):
            as_of = date.fromisoformat(str(job.arguments["as_of"]))
            await db.transact(take_estimates, partner_id=partner, as_of=as_of, now=now)
        if await due_issues(db, zones, now=now):
            issued_at = now
            await db.transact(issue_bills, partner_id=partner, cycle=str(CYCLE), now=now)
    assert issued_at == issue_window(CYCLE, zone).opens + timedelta(minutes=30)
    taken = await Estimate.filter(cycle=str(CYCLE)).order_by("as_of")
    assert [estimate.as_of for estimate in taken] == estimate_days(CYCLE)
