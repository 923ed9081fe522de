"""Generating what is due at once, in this process: the verbs of the jobs, without their jobs."""

from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import datetime

from models.actions.bills import issue_bills, reissue_bill
from models.actions.estimates import take_estimates
from models.adapters.database import Database
from models.reads.due import Unbilled, unbilled_cycles
from models.rules.cutoffs import estimate_day, newest_due_cycle
from models.rules.errors import BillingError, ErrorCode, InvalidInput
from models.rules.ids import IdPrefix, parse_public_id, public_id
from models.rules.months import billing_zone


@dataclass(slots=True)
class Generated:
    """Bills issued and issued again, estimates taken, and what could not be done."""

    issued: list[int] = field(default_factory=list)
    reissued: list[int] = field(default_factory=list)
    estimates: list[int] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    async def attempt(self, partner_id: int, work: Awaitable[None]) -> None:
        """Do it; a refusal is noted, as one partner must not keep the others from a bill."""
        try:
            await work
        except BillingError as refused:
            partner = public_id(IdPrefix.PARTNER, partner_id)
            self.problems.append(f"{partner}: {refused.code}: {refused.message}")


async def generate_due(db: Database, *, now: datetime) -> Generated:
    """Issue every bill that is due at `now`, bring issued ones up to date, take the estimates.

    A second run finds nothing to do. A bill may leave something to the next one, so this asks
    again until nothing new comes up.
    """
    generated, known = Generated(), set[Unbilled]()
    while fresh := [u for u in await unbilled_cycles(db) if u not in known]:
        known.update(fresh)
        for unbilled in fresh:
            work = _generate(db, generated, unbilled, now)
            await generated.attempt(unbilled.partner_id, work)
    for partner_id, zone in sorted({(u.partner_id, u.time_zone) for u in known}):
        await generated.attempt(partner_id, _estimate(db, generated, (partner_id, zone), now))
    return generated


async def _generate(db: Database, generated: Generated, unbilled: Unbilled, now: datetime) -> None:
    bill_id, partner_id, cycle = unbilled.bill_id, unbilled.partner_id, unbilled.cycle
    if bill_id is not None:
        await db.transact(reissue_bill, bill_id=bill_id, now=now)
        generated.reissued.append(bill_id)
    elif cycle <= str(newest_due_cycle(now, billing_zone(unbilled.time_zone))):
        generated.issued += await db.transact(
            issue_bills, partner_id=partner_id, cycle=cycle, now=now
        )


async def _estimate(
    db: Database, generated: Generated, partner: tuple[int, str], now: datetime
) -> None:
    partner_id, zone = partner
    day = estimate_day(now, billing_zone(zone))
    generated.estimates += await db.transact(
        take_estimates, partner_id=partner_id, as_of=day, now=now
    )


async def generate_cycle(
    db: Database, asked: tuple[str, str], *, now: datetime, force: bool
) -> Generated:
    """Issue the bills of one partner and month, both as they are written (prt_1, 2026-03).

    `force` does not wait for the issue window. Raises NotFound, InvalidInput, and Conflict while
    the month is running or its window is closed.
    """
    partner, cycle = asked
    partner_id = parse_public_id(partner, IdPrefix.PARTNER)
    if partner_id is None:
        raise InvalidInput("A partner is written like prt_1.", ErrorCode.INVALID_ID)
    issued = await db.transact(
        issue_bills, partner_id=partner_id, cycle=cycle, now=now, force=force
    )
    return Generated(issued=issued)
