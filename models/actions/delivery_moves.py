"""How a delivery moves while it is on its way, and what is told of it (R57)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.actions.artefact_leavings import release_artefact
from models.actions.artefacts import WrittenArtefact
from models.actions.audit import Act, record
from models.actions.events import Happening, announce
from models.actions.jobs import ClaimedJob, complete, hold
from models.actions.storage import current_destination
from models.adapters.database import Tx
from models.rules.deliveries import DELIVERY_MOVES, DeliveryVerb, delivery_statuses_before
from models.rules.errors import BillingError, ErrorCode
from models.rules.filenames import delivery_stem, name_suffix
from models.rules.ids import IdPrefix, public_id
from models.rules.jobs import BACK_OFF, next_attempt, told_reason
from models.rules.manifests import ManifestFile
from models.rules.months import BillingMonth
from models.rules.states import EventType
from models.rules.storage_states import DeliveryKind
from models.tables.deliveries import Delivery
from models.tables.storage import BillStorage, StorageDestination

FAILURE_CHARACTERS = 400
ENDING = ".zip"
NO_BUCKET = "Bill storage was disabled when it was its turn; nothing more was written."
NO_CONSENT = "There was no consent to store customer bills when it was its turn."


def delivery_name(delivery_id: int) -> str:
    """The public id of a delivery, which is also the owner of its file in the making."""
    return public_id(IdPrefix.DELIVERY, delivery_id)


async def move_delivery(
    tx: Tx, delivery: Delivery, verb: DeliveryVerb, changes: str = "", *values: Any
) -> bool:
    """Move it on, with other changes of its row ($4, $5 …); whether it was where that begins."""
    before = delivery_statuses_before(verb)
    allowed = ", ".join(f"'{status}'" for status in before)
    changed = await tx.execute(
        f"UPDATE deliveries SET status = $3{changes}"
        f" WHERE partner_id = $1 AND id = $2 AND status IN ({allowed})",
        *(delivery.partner_id, delivery.id, DELIVERY_MOVES[before[0], verb], *values),
    )
    return changed == 1


@dataclass(frozen=True, slots=True)
class Started:
    """A delivery that is being written, where to, and where an attempt before was writing to.

    `delivered` is the file that was delivered before, and has only to be looked for.
    """

    delivery: Delivery
    destination: StorageDestination
    former: StorageDestination | None

    @property
    def delivered(self) -> ManifestFile | None:
        """Its name, size and hash; None before the first time."""
        row = self.delivery
        if row.file_name is None or row.size_bytes is None or row.sha256 is None:
            return None
        return ManifestFile(row.file_name, row.size_bytes, row.sha256)


async def start_delivery(tx: Tx, job: ClaimedJob, *, nonce: int, now: datetime) -> Started | None:
    """Let an attempt begin, to the bucket that is valid now; None when there is none to be made.

    Then the job is done: the delivery is finished already, or SKIPPED. The file's name is made with
    the first attempt, and kept; so is the bucket to which it was delivered, until it is in another
    one. Raises Superseded.
    """
    await hold(tx, job)
    delivery = await Delivery.get(id=job.arguments["delivery_id"], using_db=tx.client)
    destination = await current_destination(tx, delivery.partner_id, at=now)
    if destination is None or not await _is_wanted(tx, delivery):
        await _skip(tx, job, delivery, NO_BUCKET if destination is None else NO_CONSENT, now=now)
        return None
    former_id, cycle = delivery.destination_id, BillingMonth.parse(delivery.cycle)
    stem = delivery_stem(delivery.account, cycle, name_suffix(now, nonce))
    begun = await move_delivery(
        tx,
        delivery,
        DeliveryVerb.START,
        ", attempts = attempts + 1, attempted_at = $4, failure = NULL,"
        " destination_id = CASE WHEN delivered_at IS NULL THEN $5 ELSE destination_id END,"
        " file_name = coalesce(file_name, $6)",
        *(now, destination.id, stem + ENDING),
    )
    if not begun:
        await complete(tx, job, now=now)
        return None
    delivery = await _again(tx, delivery)
    is_other = former_id not in (None, destination.id)
    former = await _destination(tx, delivery.partner_id, former_id) if is_other else None
    return Started(delivery, destination, former)


async def _again(tx: Tx, delivery: Delivery) -> Delivery:
    """The delivery as it is by now."""
    mine = {"id": delivery.id, "partner_id": delivery.partner_id}
    return await Delivery.get(**mine, using_db=tx.client)


async def _destination(tx: Tx, partner_id: int, number: int | None) -> StorageDestination:
    return await StorageDestination.get(id=number, partner_id=partner_id, using_db=tx.client)


async def _is_wanted(tx: Tx, delivery: Delivery) -> bool:
    if delivery.kind != DeliveryKind.RESELLER.value:
        return True
    storage = await BillStorage.get(partner_id=delivery.partner_id, using_db=tx.client)
    return storage.customer_bills_since is not None


async def _skip(tx: Tx, job: ClaimedJob, delivery: Delivery, why: str, *, now: datetime) -> None:
    """Let it be; what was delivered before stays so."""
    if delivery.delivered_at is not None:
        await move_delivery(tx, delivery, DeliveryVerb.KEEP, ", failure = NULL")
    elif await move_delivery(tx, delivery, DeliveryVerb.SKIP, ", failure = $4", why):
        await record(tx, None, delivery_act("SKIP_DELIVERY", delivery, reason=why), now=now)
    await release_artefact(tx, job, delivery_name(delivery.id), now=now)
    await complete(tx, job, now=now)


async def keep_delivery(tx: Tx, job: ClaimedJob, started: Started, *, now: datetime) -> None:
    """Say that a file is where it was delivered to; finishes the job, or raises Superseded."""
    await move_delivery(tx, started.delivery, DeliveryVerb.KEEP)
    await release_artefact(tx, job, delivery_name(started.delivery.id), now=now)
    await complete(tx, job, now=now)


async def finish_delivery(
    tx: Tx,
    job: ClaimedJob,
    written: WrittenArtefact,
    destination: StorageDestination,
    *,
    now: datetime,
) -> None:
    """Say that file and manifest are in a bucket; finishes the job, or raises Superseded."""
    delivery = await Delivery.get(id=job.arguments["delivery_id"], using_db=tx.client)
    await move_delivery(
        tx,
        delivery,
        DeliveryVerb.DELIVER,
        ", destination_id = $4, rows = $5, size_bytes = $6, sha256 = $7, control_sums = $8,"
        " delivered_at = $9",
        *(destination.id, written.rows, written.file.size, written.file.sha256),
        *(written.sums_json, now),
    )
    details = {"rows": written.rows, "bytes": written.file.size, "sha256": written.file.sha256}
    await record(tx, None, delivery_act("DELIVER_FILE", delivery, **details), now=now)
    await release_artefact(tx, job, delivery_name(delivery.id), now=now)
    await complete(tx, job, now=now)


async def postpone_delivery(
    tx: Tx, job: ClaimedJob, refused: BillingError, *, now: datetime
) -> bool:
    """Note why an attempt failed; whether there will be another, for which the job must fail.

    The partner is told when the quick attempts are used up, and again when it is given up: then the
    delivery is FAILED and the job done, as a bucket that is away is its owner's business, and no
    operator's. Where another content has its name, the next attempt makes a new one. Raises
    Superseded.
    """
    await hold(tx, job)
    reason, failures = refused.message, job.failures + 1
    will_retry = next_attempt(failures, job.lost_runs, now, job.kind) is not None
    if not will_retry:
        await give_up_delivery(tx, job, reason, now)
        await complete(tx, job, now=now)
        return False
    delivery = await Delivery.get(id=job.arguments["delivery_id"], using_db=tx.client)
    why = reason[:FAILURE_CHARACTERS]
    changes = ", failure = $4"
    if refused.code is ErrorCode.FILE_DIFFERS:
        changes += ", file_name = NULL"
    await move_delivery(tx, delivery, DeliveryVerb.POSTPONE, changes, why)
    if failures == len(BACK_OFF) + 1:
        await announce(tx, _failed(delivery, why, will_retry=True), now=now)
    return True


async def fail_delivery_job(tx: Tx, job: ClaimedJob, reason: str, now: datetime) -> None:
    """Say that a file was not delivered, and why: its job broke or was lost too often."""
    await give_up_delivery(tx, job, told_reason(reason, "The file could not be delivered"), now)


async def give_up_delivery(tx: Tx, job: ClaimedJob, reason: str, now: datetime) -> None:
    """Make it FAILED, and tell the partner."""
    delivery = await Delivery.get(id=job.arguments["delivery_id"], using_db=tx.client)
    why = reason[:FAILURE_CHARACTERS]
    if not await move_delivery(tx, delivery, DeliveryVerb.GIVE_UP, ", failure = $4", why):
        return
    await record(tx, None, delivery_act("FAIL_DELIVERY", delivery, reason=why), now=now)
    await release_artefact(tx, job, delivery_name(delivery.id), now=now)
    await announce(tx, _failed(delivery, why, will_retry=False), now=now)


def _failed(delivery: Delivery, reason: str, *, will_retry: bool) -> Happening:
    name = delivery_name(delivery.id)
    payload = {
        "deliveryId": name,
        "partnerId": public_id(IdPrefix.PARTNER, delivery.partner_id),
        "kind": delivery.kind,
        "account": delivery.account,
        "cycle": delivery.cycle,
        "reason": reason,
        "willRetry": will_retry,
    }
    return Happening(delivery.partner_id, EventType.DELIVERY_FAILED, name, payload)


def delivery_act(action: str, delivery: Delivery, **details: Any) -> Act:
    """What was done about a delivery."""
    about = {"kind": delivery.kind, "cycle": delivery.cycle}
    return Act(action, delivery_name(delivery.id), delivery.partner_id, about | details)
