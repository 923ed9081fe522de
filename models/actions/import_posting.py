"""The one transaction in which the staged rows of a file become charges."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from models.actions.audit import Act, record
from models.actions.bearers import Bearer, find_bearers, find_partners
from models.actions.cycles import open_cycle
from models.actions.intake import Intake, Slot
from models.actions.locks import lock_partner
from models.actions.postings import Billable, mark_posted
from models.actions.staging import PlacedSlot, fill_slots, write_charges
from models.adapters.database import Tx
from models.rules.attribution import ON_NO_BILL
from models.rules.ids import IdPrefix, public_id


@dataclass(frozen=True, slots=True)
class SourceFile:
    """What an accepted file was; `rows` counts its broken rows, too."""

    name: str
    sha256: str
    rows: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of the staged rows."""

    import_id: int
    added: int


async def post_import(
    tx: Tx, intake: Intake, source: SourceFile, *, secret: str, now: datetime
) -> Posted:
    """Make charges of the staged rows of a file, each once, and number them as one posting.

    A charge for a month whose bill is confirmed goes to the next open one (R30). A partner to whom
    nothing was added keeps its last posting. Raises Conflict (ALREADY_EXISTS) as `find_partners`.
    """
    placed = await _place(tx, intake, secret=secret, now=now)
    await fill_slots(tx, placed)
    import_id = await _open_import(tx, source, now)
    newest = await _newest(tx, placed)
    staged = source.rows - source.rejected
    added = await write_charges(tx, staged, import_id=import_id, now=now)
    if added == staged:
        await _number(tx, {_new_charges(slot) for slot in placed})
    elif added:
        await _number(tx, await _find_new(tx, import_id, newest))
    posted = Posted(import_id, added)
    await _close_import(tx, posted, source, now)
    return posted


async def _place(tx: Tx, intake: Intake, *, secret: str, now: datetime) -> list[PlacedSlot]:
    """Say of every slot whose it is and which bill it is for, under the partners' locks."""
    partners = await find_partners(tx, intake, secret=secret, now=now)
    slots: dict[int, list[Slot]] = defaultdict(list)
    for slot in intake.slots:
        slots[partners[slot.billing_account]].append(slot)
    placed = []
    for partner_id in sorted(slots):
        posting = await _next_posting(tx, partner_id)
        bearers = await find_bearers(tx, partner_id, slots[partner_id], intake, secret=secret)
        cycles: dict[tuple[str, str, str], str] = {}
        for slot, bearer in bearers.items():
            wanted = (slot.cycle, bearer.kind, slot.currency)
            if wanted not in cycles:
                cycles[wanted] = await _cycle(tx, partner_id, *wanted)
            placed.append(_placed(intake.slots[slot], slot, bearer, cycles[wanted], posting))
    return placed


def _placed(number: int, slot: Slot, bearer: Bearer, cycle: str, posting: int) -> PlacedSlot:
    return PlacedSlot(
        slot=number,
        partner_id=bearer.partner_id,
        customer_id=bearer.customer_id,
        kind=bearer.kind,
        currency=slot.currency,
        cycle=cycle,
        origin_cycle=slot.cycle,
        other_cycle=slot.other_cycle,
        account=slot.sub_account or slot.billing_account,
        posting=posting,
    )


async def _next_posting(tx: Tx, partner_id: int) -> int:
    await lock_partner(tx, partner_id)
    rows = await tx.fetch("SELECT last_posting FROM partners WHERE id = $1", partner_id)
    return int(rows[0]["last_posting"]) + 1


async def _cycle(tx: Tx, partner_id: int, cycle: str, kind: str, currency: str) -> str:
    if kind == ON_NO_BILL:
        return cycle
    return await open_cycle(tx, partner_id=partner_id, cycle=cycle, kind=kind, currency=currency)


class _NewCharges(NamedTuple):
    """That a partner's posting has charges for a bill."""

    partner_id: int
    posting: int
    billable: Billable


def _new_charges(slot: PlacedSlot) -> _NewCharges:
    billable = Billable(slot.cycle, slot.kind, slot.currency)
    return _NewCharges(slot.partner_id, slot.posting, billable)


# By partner and cycle, the newest charge that there was.
_Newest = dict[tuple[int, str], int]


async def _newest(tx: Tx, placed: Iterable[PlacedSlot]) -> _Newest:
    sql = "SELECT coalesce(max(id), 0) AS id FROM charges WHERE partner_id = $1 AND cycle = $2"
    months = sorted({(slot.partner_id, slot.cycle) for slot in placed})
    return {month: (await tx.fetch(sql, *month))[0]["id"] for month in months}


async def _find_new(tx: Tx, import_id: int, newest: _Newest) -> set[_NewCharges]:
    """What was added when some lines were known.

    Ids are drawn in rising order: no charge of this import has one below the newest there was.
    """
    found = set()
    for (partner_id, cycle), above in newest.items():
        rows = await tx.fetch(
            "SELECT DISTINCT posting, kind, currency FROM charges"
            " WHERE partner_id = $1 AND cycle = $2 AND id > $3 AND import_id = $4",
            *(partner_id, cycle, above, import_id),
        )
        found |= {
            _NewCharges(partner_id, row[0], Billable(cycle, *row[1:])) for row in map(tuple, rows)
        }
    return found


async def _number(tx: Tx, new: Iterable[_NewCharges]) -> None:
    """Raise the last posting of the partners to whom charges were added."""
    billables: dict[tuple[int, int], list[Billable]] = defaultdict(list)
    for partner_id, posting, billable in new:
        billables[partner_id, posting].append(billable)
    for (partner_id, posting), some in sorted(billables.items()):
        await tx.execute("UPDATE partners SET last_posting = $2 WHERE id = $1", partner_id, posting)
        billed = [billable for billable in some if billable.kind != ON_NO_BILL]
        await mark_posted(tx, partner_id, billed, posting=posting)


async def _open_import(tx: Tx, source: SourceFile, now: datetime) -> int:
    rows = await tx.fetch(
        "INSERT INTO imports (file_name, sha256, rows, added, known, rejected, imported_at)"
        " VALUES ($1, $2, $3, 0, 0, $4, $5) RETURNING id",
        *(source.name, source.sha256, source.rows, source.rejected, now),
    )
    return int(rows[0]["id"])


async def _close_import(tx: Tx, posted: Posted, source: SourceFile, now: datetime) -> None:
    known = source.rows - source.rejected - posted.added
    await tx.execute(
        "UPDATE imports SET added = $2, known = $3 WHERE id = $1",
        *(posted.import_id, posted.added, known),
    )
    details = {"rows": source.rows, "added": posted.added, "rejected": source.rejected}
    act = Act("IMPORT_CHARGES", public_id(IdPrefix.IMPORT, posted.import_id), details=details)
    await record(tx, None, act, now=now)
