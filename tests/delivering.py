"""A worker that delivers to local folders, on a moved clock, in any weather."""

import itertools
import zipfile
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

from jobs.runners import RUNNERS
from jobs.schedule import enqueue_due
from jobs.services import Services
from models.actions import jobs
from models.actions.delivering import Dispatch, deliver
from models.actions.jobs import Claimant, ClaimedJob
from models.adapters.bucket_port import Bucket, Content
from models.adapters.buckets import Buckets
from models.adapters.database import Database, Tx
from models.adapters.files import FileStore, LocalFiles
from models.adapters.queue import SilentBell
from models.adapters.settings import Settings
from models.rules.buckets import BucketAddress, Credentials
from models.rules.errors import BillingError
from models.rules.jobs import JobKind, JobStatus
from models.rules.manifest_parsing import parse_manifest
from models.rules.manifests import MANIFEST_SUFFIX, Manifest
from models.tables.deliveries import Delivery
from models.tables.partners import BillingAccount
from tests.storing import NOW, VAULT, a_bucket, enabled

LEASE = timedelta(seconds=20)
BUCKET = "northwind"


class Killed(Exception):
    """The worker is gone: nothing of what would follow happens."""


# Told "before" and "after" each put of a key; what it raises goes wrong there.
Weather = Callable[[str, str], Awaitable[None]]


async def calm(_moment: str, _key: str) -> None:
    """Nothing goes wrong."""


@dataclass(frozen=True)
class StormyBuckets(Buckets):
    """Buckets whose puts `weather` may spoil, before or after they have happened."""

    weather: Weather = calm

    @asynccontextmanager
    async def open(
        self, address: BucketAddress, credentials: Credentials | None
    ) -> AsyncIterator[Bucket]:
        async with super().open(address, credentials) as bucket:
            yield _StormyBucket(bucket, self.weather)


@dataclass(frozen=True)
class _StormyBucket:
    bucket: Bucket
    weather: Weather

    async def put_if_absent(self, key: str, content: Content) -> bool:
        await self.weather("before", key)
        is_new = await self.bucket.put_if_absent(key, content)
        await self.weather("after", key)
        return is_new

    def read(self, key: str) -> AsyncGenerator[bytes, None]:
        return self.bucket.read(key)

    async def has(self, key: str, content: Content) -> bool:
        return await self.bucket.has(key, content)

    async def probe(self) -> None:
        await self.bucket.probe()

    async def remove(self, key: str) -> None:
        await self.bucket.remove(key)


@dataclass
class Mailroom:
    """A worker over a database and a folder of folders that stand for buckets."""

    db: Database
    folder: Path
    partner: int
    now: datetime = NOW
    weather: Weather = calm
    rows_per_part: int = 100_000
    lag_days: int = 2
    files: FileStore | None = None
    nonces: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def bucket(self, name: str = BUCKET) -> Path:
        """The folder that stands for a bucket of the partner's, made when it is first named."""
        folder = self.folder / "buckets" / f"prt_{self.partner}" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @cached_property
    def services(self) -> Services:
        """What jobs are handed."""
        settings = Settings(
            data_dir=self.folder,
            local_buckets=self.folder / "buckets",
            rows_per_part=self.rows_per_part,
            delivery_lag_days=self.lag_days,
        )
        files = self.files or LocalFiles(self.folder / "files")
        return Services(self.db, settings, files, SilentBell())

    @property
    def dispatch(self) -> Dispatch:
        """What a delivery needs, in the weather of the day."""
        return self.dispatch_in(self.weather)

    def dispatch_in(self, weather: Weather) -> Dispatch:
        """The same in other weather; nonces are counted, so that runs can be compared."""
        buckets = StormyBuckets(True, self.folder / "buckets", weather=weather)
        workshop = self.services.workshop(lambda: self.now)
        return Dispatch(workshop, buckets, VAULT, lambda: next(self.nonces))

    async def work(self, *, kinds: frozenset[JobKind] = frozenset(RUNNERS)) -> list[str]:
        """Ask what is due, do all of it, and say how each delivery's run ended."""
        await enqueue_due(self.db, now=self.now)
        ended: list[str] = []
        while True:
            claimed = await self.claim("worker", kinds)
            if not claimed:
                return ended
            for job in claimed:
                how = await self.run(job)
                ended += [how] if job.kind is JobKind.DELIVER else []

    async def claim(
        self, owner: str, kinds: frozenset[JobKind] = frozenset({JobKind.DELIVER})
    ) -> list[ClaimedJob]:
        """Take what is due now."""
        return await self.db.transact(
            jobs.claim, Claimant(owner, LEASE, kinds), limit=50, now=self.now
        )

    async def run(self, job: ClaimedJob) -> str:
        """Do one job as a worker does; a killed worker leaves it to its lease."""
        runner = RUNNERS[job.kind]
        try:
            if job.kind is JobKind.DELIVER:
                await deliver(self.dispatch, job)
            else:
                await runner.run(self.services, job, lambda: self.now)
        except Killed:
            return "KILLED"
        except BillingError as refused:
            return await self.db.transact(self._fail, job, refused)
        return "DONE"

    async def _fail(self, tx: Tx, job: ClaimedJob, refused: BillingError) -> str:
        reason = f"{type(refused).__name__}: {refused.message}"
        status = await jobs.fail(tx, job, reason, now=self.now)
        on_parked = RUNNERS[job.kind].on_parked
        if status is JobStatus.PARKED and on_parked:
            await on_parked(tx, job, reason, self.now)
        return f"{status}: {refused.message}"

    def there(self, name: str = BUCKET) -> "Bucketful":
        """What is in a bucket by now."""
        folder = self.bucket(name)
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        return Bucketful({path.relative_to(folder).as_posix(): path.read_bytes() for path in paths})


@dataclass(frozen=True)
class Bucketful:
    """Every object of a bucket by its key."""

    objects: dict[str, bytes]

    @property
    def manifests(self) -> dict[str, Manifest]:
        """The manifest beside each file, by the file's key."""
        return {
            key.removesuffix(MANIFEST_SUFFIX): parse_manifest(data.decode())
            for key, data in self.objects.items()
            if key.endswith(MANIFEST_SUFFIX)
        }

    @property
    def files(self) -> set[str]:
        """The keys of all files but the manifests."""
        return {key for key in self.objects if not key.endswith(MANIFEST_SUFFIX)}

    def lines(self, key: str) -> list[str]:
        """The lines of all parts of a file, the headers left out."""
        with zipfile.ZipFile(BytesIO(self.objects[key])) as archive:
            parts = [name for name in archive.namelist() if name.endswith(".csv")]
            return [line for part in parts for line in _lines(archive.read(part))[1:]]


def _lines(data: bytes) -> list[str]:
    return data.decode().split("\r\n")[:-1]


async def a_mailroom(db: Database, folder: Path, **changes: Any) -> Mailroom:
    """A worker, and a partner with one billing account, 100, whose bucket is a local folder."""
    bucket = a_bucket(0, BUCKET, None)
    partner = await enabled(db, bucket=bucket, **changes)
    await db.transact(add_billing_accounts, partner, "100")
    room = Mailroom(db, folder, partner)
    room.bucket()
    return room


async def add_billing_accounts(tx: Tx, partner: int, *accounts: str) -> None:
    """Billing accounts of a partner, in this order."""
    for account in accounts:
        await BillingAccount.create(using_db=tx.client, partner_id=partner, account=account)


async def log() -> list[tuple[str, str, int]]:
    """Every delivery, oldest first: its key, status, attempts."""
    rows = await Delivery.all().order_by("id")
    return [(row.key, row.status, row.attempts) for row in rows]
