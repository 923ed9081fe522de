"""Two years of deliveries: bad weather, changes of bucket, pauses, and workers that are away.

In the end, what the gaps list is exactly what did not get through; a backfill mends all of it; and
nothing is there twice, torn, or other than the estimates and the bills.
"""

import os
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

from models.actions.confirmations import confirm_bill
from models.actions.delivery_backfill import Backfill, backfill_deliveries
from models.actions.storage_enabling import Enabling, change_bucket, enable_storage
from models.actions.storage_stopping import disable_storage
from models.adapters.database import Database
from models.rules.errors import ErrorCode, Unavailable
from models.rules.manifests import MANIFEST_SUFFIX, Manifest
from models.rules.principals import Role
from models.rules.storage_states import DeliveryKind
from models.tables.bills import Bill, BillVersion
from models.tables.deliveries import Delivery
from models.tables.estimates import Estimate
from tests.actions.desk import finance, shown
from tests.api.client import Client, open_client
from tests.builders import some_charges
from tests.delivering import BUCKET, LEASE, Killed, Mailroom, a_mailroom, calm
from tests.storing import a_bucket, admin

DAY = timedelta(days=1)
ZONE = timedelta(hours=8)  # Shanghai has had no summer time since 1991
START = datetime(2024, 1, 10, 4, tzinfo=UTC)
DAYS = 731
BUCKETS = (BUCKET, "second", "third")
GAPS = """query Gaps($id: ID!, $from: Date!, $to: Date!) { partner(id: $id) {
  deliveryGaps(from: $from, to: $to) { kind day cycle } } }"""

Wanted = set[tuple[str, str, str]]


def midnight(day: date) -> datetime:
    """The instant at which a local day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - ZONE


def local(at: datetime) -> date:
    """The local day of an instant."""
    return (at + ZONE).date()


class World:
    """What really happens, written down independently of the product."""

    def __init__(self, room: Mailroom, dice: Random) -> None:
        self.room, self.dice = room, dice
        self.terms: list[tuple[datetime, datetime | None]] = [(START, None)]
        self.turns_at = START + 60 * DAY
        self.storm = (START + 15 * DAY, START + 41 * DAY)
        self.unheard: set[str] = set()
        self.ended: list[str] = []
        room.weather = self.weather

    async def weather(self, moment: str, key: str) -> None:
        """Storms in which nothing gets through, squalls, answers that are lost, kill -9."""
        roll = self.dice.random()
        if roll < 0.08 or self.storm[0] <= self.room.now < self.storm[1]:
            if moment == "after" and key.endswith(MANIFEST_SUFFIX):
                self.unheard.add(key)
            if roll < 0.02:
                raise Killed
            raise Unavailable("The bucket does not answer.", ErrorCode.BUCKET_UNAVAILABLE)

    @property
    def is_enabled(self) -> bool:
        return self.terms[-1][1] is None

    async def use(self) -> None:
        """Something is consumed, by the partner and by a customer, and told a day late."""
        now = self.room.now
        cycle = f"{local(now - DAY):%Y-%m}"
        amounts = [str(Decimal(self.dice.randrange(-(10**6), 10**9)).scaleb(-7)) for _ in range(3)]
        own: dict[str, Any] = {
            "kind": "SELF_USE",
            "account": "100",
            "usage_start": now - DAY,
            "cycle": cycle,
        }
        rows: list[dict[str, Any]] = [
            {**own, "amount": amounts[0]},
            {**own, "amount": amounts[1], "account": "sub", "currency": "CNY"},
            {"amount": amounts[2], "cycle": cycle},
        ]
        await some_charges(self.room.db, self.room.partner, rows)

    async def decide(self) -> None:
        """The partner's administrator changes her mind about the bucket, now and then."""
        room, now, dice = self.room, self.room.now, self.dice
        ada, start = admin(room.partner), self.terms[-1][0]
        bucket = a_bucket(0, dice.choice(BUCKETS), None)
        if now >= self.turns_at:
            if self.is_enabled:
                await room.db.transact(disable_storage, ada, storage_id=room.partner, now=now)
                self.terms[-1] = (start, now)
            else:
                await self.enable()
            self.turns_at = now + dice.randint(8, 20) * DAY * (1 if self.is_enabled else 4)
        elif self.is_enabled and dice.random() < 0.04:
            await room.db.transact(change_bucket, ada, room.partner, bucket, now=now)
        elif self.is_enabled and now > self.storm[1] and dice.random() < 0.04:
            self.storm = (now, now + dice.randint(3, 12) * DAY)

    async def enable(self) -> None:
        """There is a bucket again, and consent."""
        room, now = self.room, self.room.now
        enabling = Enabling(room.partner, stores_customer_bills=True)
        bucket = a_bucket(0, BUCKETS[len(self.terms) % len(BUCKETS)], None)
        await room.db.transact(enable_storage, admin(room.partner), enabling, bucket, now=now)
        self.terms.append((now, None))

    async def confirm(self) -> None:
        """Bills are confirmed, most of them in time."""
        for bill in await Bill.filter(status="ISSUED"):
            if self.dice.random() < 0.3:
                partner = self.room.partner
                await self.room.db.transact(
                    confirm_bill, finance(partner), await shown(bill.id), now=self.room.now
                )

    def has_bucket(self, at: datetime) -> bool:
        return any(start <= at and (end is None or at < end) for start, end in self.terms)

    async def wanted(self) -> Wanted:
        """Every file that was due by now, and where there was a bucket then."""
        files: Wanted = set()
        day = local(START) + DAY
        while midnight(day) <= self.room.now:
            if self.has_bucket(midnight(day)):
                files.add(("DAILY", f"{day - 2 * DAY:%Y-%m}", str(day)))
                if day.day == 2:
                    files.add(("MONTHLY", f"{day - 2 * DAY:%Y-%m}", str(day)))
            day += DAY
        for bill in await Bill.filter(kind="RESELLER", confirmed_at__not_isnull=True):
            assert bill.confirmed_at is not None
            year, month = divmod(int(bill.cycle[:4]) * 12 + int(bill.cycle[5:]), 12)
            at = max(midnight(date(year, month + 1, 9)), bill.confirmed_at)
            if at <= self.room.now and self.has_bucket(at):  # consent comes and goes with it
                files.add(("RESELLER", bill.cycle, ""))
        return files


def found(room: Mailroom) -> dict[tuple[str, str, str], Manifest]:
    """Every delivered file by what it is about; each is whole, and there once."""
    files: dict[tuple[str, str, str], Manifest] = {}
    for name in BUCKETS:
        bucket = room.there(name)
        for key, manifest in bucket.manifests.items():
            assert manifest.file is not None
            assert sha256(bucket.objects[key]).hexdigest() == manifest.file.sha256
            assert len(bucket.lines(key)) == manifest.rows
            about = _about(manifest)
            assert about not in files, f"{about} is there twice"
            files[about] = manifest
    return files


def _about(manifest: Manifest) -> tuple[str, str, str]:
    last = manifest.period[1]
    is_bill = manifest.kind is DeliveryKind.RESELLER
    return (str(manifest.kind), f"{last:%Y-%m}", "" if is_bill else str(last + 2 * DAY))


async def check_sums(room: Mailroom) -> tuple[int, int]:
    """Each file comes to its estimate or bill; how many there were of each sort."""
    estimated = billed = 0
    for (kind, _, _), manifest in found(room).items():
        for bill in manifest.bills:
            version = await BillVersion.get(bill_id=int(bill.bill[4:]), number=bill.version)
            assert manifest.sums[bill.currency] == bill.total == version.settlement
            billed += 1
        if kind == "DAILY":
            rows = Estimate.filter(kind="SELF_USE", data_through=manifest.period[1])
            cycle = f"{manifest.period[1]:%Y-%m}"
            for estimate in await rows.filter(cycle=cycle):
                assert manifest.sums[estimate.currency] == estimate.amount
                estimated += 1
    return estimated, billed


async def gaps(api: Client, room: Mailroom) -> Wanted:
    """What the API lists as missing, over the whole time."""
    missing: Wanted = set()
    first = local(START)
    while first <= local(room.now):
        days = {"from": str(first), "to": str(first + 365 * DAY)}
        shown_ = await api.ask(GAPS, {"id": f"prt_{room.partner}", **days})
        for gap in shown_["partner"]["deliveryGaps"]:
            is_bill = gap["kind"] == "RESELLER"
            key = (gap["kind"], gap["cycle"], "" if is_bill else gap["day"])
            assert key not in missing
            missing.add(key)
        first += 366 * DAY
    return missing


async def test_two_years_of_deliveries_in_bad_weather(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    seed = int(os.environ.get("STORY_SEED") or SystemRandom().randrange(10**9))
    sys.stdout.write(f"STORY_SEED={seed}\n")  # shown when the test fails
    room = await a_mailroom(db, tmp_path, customer_bills=True, now=START)
    for name in BUCKETS:
        room.bucket(name)
    world = World(room, Random(seed))
    await live(world)
    async with open_client(database_url, tmp_path) as api:
        api.sign_in(Role.PARTNER_ADMIN, room.partner, "ada")
        api.now = room.now
        wanted, there = await world.wanted(), found(room)
        missing = await gaps(api, room)
        # A file whose arrival nobody heard of counts as missing until somebody looks.
        assert wanted - there.keys() <= missing <= wanted
        assert len(missing & there.keys()) <= len(world.unheard)
        failed = await Delivery.filter(status__in=["FAILED", "SKIPPED", "RETRYING"])
        assert {"FAILED", "SKIPPED"} <= {row.status for row in failed}
        assert min(len(missing), len(there)) > 20
        await check_sums(room)
        await mend(world)
        api.now = room.now
        assert await gaps(api, room) == set()
        assert found(room).keys() == wanted | there.keys()
        assert {len(room.there(name).manifests) > 0 for name in BUCKETS} == {True}
        assert min(await check_sums(room)) > 0


async def live(world: World) -> None:
    """Two years, day by day; every few days no worker is there."""
    room = world.room
    for day in range(DAYS):
        room.now = START + day * DAY + timedelta(minutes=world.dice.randrange(12 * 60))
        await world.decide()
        if day % 4 == 0:
            await world.use()
        if day % 2 == 0 if day < 60 else world.dice.random() < 0.3:
            world.ended += await room.work()
            await world.confirm()
    if not world.is_enabled:
        await world.enable()
    sys.stdout.write(f"{Counter(end.partition(':')[0] for end in world.ended)}\n")


async def mend(world: World) -> None:
    """The weather is fine, and somebody asks for all that is missing."""
    room = world.room
    room.weather, room.now = calm, room.now + LEASE
    ada = admin(room.partner)
    first = local(START)
    for year in range(3):
        days = (first + 366 * year * DAY, first + (366 * year + 365) * DAY)
        backfill = Backfill(None, *days, key=f"year {year}")
        await room.db.transact(backfill_deliveries, ada, backfill, lag_days=2, now=room.now)
    assert set(await room.work()) == {"DONE"}
