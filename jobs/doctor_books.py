"""What can be wrong in a database that answers: its schema and clock, and work that is not done."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeAlias

from jobs.doctor_findings import Finding, if_any, ill, well
from models.adapters.database import Database
from models.adapters.storage_keys import StorageKeys
from models.adapters.vault import Vault
from models.reads.clock import database_clock
from models.reads.inbox import untaken_count
from models.reads.metrics import Standing
from models.reads.migrations import KNOWN, missing_migrations
from models.reads.schedule import zone_names
from models.reads.sealed import sealed_credentials, sealed_secrets
from models.reads.workers import attendance
from models.rules.errors import BillingError, Unavailable
from models.rules.ids import IdPrefix, public_id
from models.rules.months import billing_zone
from models.rules.storage_states import DeliveryStatus

MOST_SKEW = timedelta(seconds=2)
# A worker looks for jobs every two seconds; what is due for longer than this waits for one.
LONGEST_WAIT = timedelta(minutes=5)
# A lost answer is asked for after seconds and minutes, then hourly.
LONGEST_UNKNOWN = timedelta(hours=2)

Clock: TypeAlias = Callable[[], datetime]


async def migrations_finding(db: Database) -> Finding:
    """Whether the schema is that of this release."""
    missing = await missing_migrations(db)
    if missing:
        return ill("migrations", f"missing: {', '.join(missing)}", "run `migrate`")
    return well("migrations", f"all {len(KNOWN)} applied")


async def clock_finding(db: Database, now: Clock) -> Finding:
    """Whether this machine's clock, the database's and the workers' go together."""
    before, there, after = now(), await database_clock(db), now()
    here = before + (after - before) / 2
    seen = (await attendance(db, now=here)).last_seen_at
    skews = [abs(there - here) if there else timedelta(0)]
    if seen and seen > here:
        skews.append(seen - here)
    worst = max(skews)
    what = f"{worst.total_seconds():.1f} s apart"
    if worst > MOST_SKEW:
        return ill("clock", what, "let all machines take their time from NTP; leases go by it")
    return well("clock", what if there else "of this machine; no worker is ahead of it")


async def zones_finding(db: Database) -> Finding:
    """Whether every partner's time zone is one."""
    unknown = [name for name in await zone_names(db) if not _is_zone(name)]
    remedy = "register the partners anew with a time zone, or install a newer tzdata"
    finding = ill("billing zones", f"not known: {', '.join(unknown)[:200]}", remedy)
    return if_any(len(unknown), finding, otherwise="every partner's is known")


def _is_zone(name: str) -> bool:
    try:
        billing_zone(name)
    except BillingError:
        return False
    return True


async def sealed_finding(db: Database, vault: Vault) -> Finding:
    """Whether secrets that others entrusted to us open with this BILLS_SECRET."""
    try:
        for partner_id, sealed in await sealed_secrets(db):
            vault.unseal(sealed, owner=public_id(IdPrefix.PARTNER, partner_id))
        for partner_id, sealed in await sealed_credentials(db):
            StorageKeys(vault, partner_id).unseal(sealed)
    except Unavailable:
        remedy = "set the BILLS_SECRET of that time, or name it in BILLS_FORMER_SECRETS"
        return ill("stored secrets", "were sealed under another BILLS_SECRET", remedy)
    return well("stored secrets", "open")


async def worker_finding(db: Database, now: Clock) -> Finding:
    """Whether any worker lives."""
    there = await attendance(db, now=now())
    last = (
        f"; the last was seen at {there.last_seen_at:%Y-%m-%d %H:%M} UTC"
        if there.last_seen_at
        else ""
    )
    finding = well("workers", f"{there.alive} alive")
    return finding if there.alive else ill("workers", f"none lives{last}", "start `worker`")


def jobs_findings(standing: Standing) -> list[Finding]:
    """Whether jobs were given up, or wait for too long."""
    parked = sum(n for (_, status), n in standing.jobs.items() if status == "PARKED")
    waits = timedelta(seconds=round(standing.oldest_queued_job))
    return [
        if_any(
            parked,
            ill("jobs", f"{parked} given up", "see `jobs`, mend the cause, retry them"),
            otherwise="none given up",
        ),
        if_any(
            waits > LONGEST_WAIT,
            ill("queued jobs", f"one waits for {waits}", "start `worker`, or more of them"),
            otherwise="none waits for long",
        ),
    ]


def bills_finding(standing: Standing) -> Finding:
    """Whether bills are not issued though their deadline is over (R4)."""
    late = standing.unissued[True]
    remedy = "start `worker` and see `jobs`, or run `generate --all`"
    finding = ill("bills", f"{late} are late and not issued", remedy)
    before = f"none is late; {standing.issued_late} were issued late"
    return if_any(late, finding, otherwise=before if standing.issued_late else "none is late")


def payments_finding(standing: Standing) -> Finding:
    """Whether a gateway has been silent about a payment for too long."""
    unknown = standing.by_status["payments"]["UNKNOWN"]
    age = timedelta(seconds=round(standing.oldest_unknown_payment))
    what = f"{unknown} of unknown outcome, the oldest for {age}"
    if not unknown:
        return well("payments", "none of unknown outcome")
    if age <= LONGEST_UNKNOWN:
        return Finding("payments", True, what, "they are asked for again by themselves")
    remedy = "see whether the gateway answers, and BILLS_STRIPE_API_KEY; workers ask again"
    return ill("payments", what, remedy)


def deliveries_finding(standing: Standing) -> Finding:
    """Whether files have not come to partners' buckets."""
    failed = standing.by_status["deliveries"][DeliveryStatus.FAILED]
    remedy = "`deliveryGaps` says why; mend the bucket, then `backfillDeliveries`"
    finding = ill("deliveries", f"{failed} have failed", remedy)
    return if_any(failed, finding, otherwise="none has failed")


async def inbox_finding(db: Database) -> Finding:
    """Whether files of the inbox were not taken in."""
    untaken = await untaken_count(db)
    finding = Finding("inbox", True, f"{untaken} files were not taken in", "see `jobs`")
    return if_any(untaken, finding, otherwise="every file was taken in")
