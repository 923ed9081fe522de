"""Many at once on one bill: never a confirmed stale version, never lost or doubled money."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from models.actions.bills import reissue_bill
from models.actions.shown import ShownVersion
from models.adapters.database import Database
from models.rules.errors import BillingError
from models.rules.money import exact_sum
from models.tables.bills import Bill, BillVersion
from models.tables.charges import Charge
from models.tables.disputes import Dispute
from models.tables.payments import LedgerEntry
from tests.actions.channel import Channel, a_channel
from tests.actions.desk import NOW, shown
from tests.builders import a_charge

RACES = 500
AT_ONCE = 20
HUNDRED, LATE, ADJUSTMENT = Decimal(100), Decimal(7), Decimal(-10)


async def outcome(attempt: Awaitable[Any]) -> str:
    """What became of it: "ok" or a code; anything untyped is a failure."""
    try:
        await attempt
    except BillingError as refused:
        return refused.code.value
    return "ok"


@dataclass
class Race:
    """One bill, a late charge, and three who want something of it at the same time."""

    desk: Channel
    bill: int
    seen: ShownVersion
    number: int

    async def run(self) -> tuple[str, str, str]:
        """What became of reissue, adjustment and confirmation, whoever came first."""
        runners = [
            outcome(self.desk.db.transact(reissue_bill, bill_id=self.bill, now=NOW)),
            outcome(self.desk.adjust(self.bill, "-10 USD", seen=self.seen)),
            outcome(self.desk.confirm(self.seen)),
        ]
        turned = [(place + self.number) % 3 for place in range(3)]
        answers = await asyncio.gather(*(runners[place] for place in turned))
        by_place = dict(zip(turned, answers, strict=True))
        return by_place[0], by_place[1], by_place[2]

    async def check(self, reissued: str, adjusted: str, confirmed: str) -> str:
        """Hold what is stored against what was answered; the kind of ending."""
        bill = await Bill.get(id=self.bill)
        version = await BillVersion.get(id=bill.version_id)
        charges = {c.amount: c.cycle for c in await Charge.filter(partner_id=self.desk.partner)}
        assert reissued == "ok"
        expected = {HUNDRED, LATE} | ({ADJUSTMENT} if adjusted == "ok" else set())
        assert set(charges) == expected
        assert await Charge.filter(partner_id=self.desk.partner).count() == len(expected)
        on_bill = [amount for amount, cycle in charges.items() if cycle == bill.cycle]
        assert exact_sum(on_bill) == version.bill_amount
        if confirmed == "ok":
            assert (bill.status, version.digest) == ("CONFIRMED", self.seen.digest)
            assert (on_bill, adjusted) == ([HUNDRED], "ok")
        else:
            assert (bill.status, confirmed) == ("ISSUED", "STALE_VERSION")
            assert bill.version == 2
        await self._check_ledger(HUNDRED if confirmed == "ok" else Decimal(0))
        return f"{adjusted}, {confirmed}"

    async def _check_ledger(self, owed: Decimal) -> None:
        entries = await LedgerEntry.filter(partner_id=self.desk.partner)
        assert exact_sum(e.amount for e in entries) == 0
        assert exact_sum(e.amount for e in entries if e.account == "RECEIVABLE") == owed


async def a_race(db: Database, number: int) -> Race:
    desk = await a_channel(db)
    bill = await desk.bill("100")
    seen = await shown(bill)
    await a_charge(db, desk.partner, "7")
    return Race(desk, bill, seen, number)


async def run(race: Race) -> str:
    return await race.check(*await race.run())


async def test_no_version_is_confirmed_that_was_not_seen_in_500_races(db: Database) -> None:
    endings: Counter[str] = Counter()
    for start in range(0, RACES, AT_ONCE):
        races = [await a_race(db, number) for number in range(start, start + AT_ONCE)]
        endings.update(await asyncio.gather(*map(run, races)))
    assert endings.total() == RACES
    # Confirmed and then corrected; adjusted and then stale; reissued and then both stale.
    assert set(endings) <= {"ok, ok", "ok, STALE_VERSION", "STALE_VERSION, STALE_VERSION"}
    assert min(endings.values()) > 0 and len(endings) == 3, endings


async def test_many_adjustments_with_one_key_are_one(db: Database) -> None:
    desk = await a_channel(db)
    bill = await desk.bill("100")
    seen = await shown(bill)
    answers = await asyncio.gather(*(desk.adjust(bill, seen=seen) for _ in range(50)))
    assert len(set(answers)) == 1
    assert (await Bill.get()).version == 2


async def test_line_is_not_corrected_beyond_itself_by_many_at_once(db: Database) -> None:
    desk = await a_channel(db)
    bill = await desk.payable("100")
    line = (await Charge.get()).id
    seen = await shown(bill)
    answers = await asyncio.gather(
        *(
            outcome(desk.adjust(bill, "-30 USD", charge_id=line, seen=seen, key=f"k{n}"))
            for n in range(50)
        )
    )
    assert Counter(answers) == {"ok": 3, "CORRECTION_EXCEEDS_ORIGINAL": 47}
    assert exact_sum(c.amount for c in await Charge.filter(corrects_id=line)) == -90


async def test_adjustment_is_reversed_once_by_many_at_once(db: Database) -> None:
    desk = await a_channel(db)
    charge = await desk.adjust(await desk.bill("100"))
    answers = await asyncio.gather(*(outcome(desk.reverse(charge, f"k{n}")) for n in range(50)))
    assert Counter(answers) == {"ok": 1, "ALREADY_REVERSED": 49}


async def test_dispute_or_confirmation_wins_and_an_answer_comes_once(db: Database) -> None:
    desk = await a_channel(db)
    bill = await desk.bill("100")
    seen = await shown(bill)
    asked = [outcome(desk.question(bill, seen=seen, key=f"k{n}")) for n in range(20)]
    confirmed = [outcome(desk.confirm(seen)) for _ in range(20)]
    answers = Counter(await asyncio.gather(*asked, *confirmed))
    assert answers == {"ok": 1, "OPEN_DISPUTE": 39}
    dispute = (await Dispute.get()).id
    answered = await asyncio.gather(
        *(outcome(desk.accept(dispute, key=f"a{n}")) for n in range(10)),
        *(outcome(desk.reject(dispute, key=f"r{n}")) for n in range(10)),
        *(outcome(desk.withdraw(dispute)) for _ in range(10)),
    )
    assert Counter(answered) == {"ok": 1, "NO_OPEN_DISPUTE": 29}
    assert (await Bill.get()).status == "ISSUED"
