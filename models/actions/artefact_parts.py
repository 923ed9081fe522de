"""The finished parts of a file in the making, as they are recorded: what a new run goes on from."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from models.actions.jobs import ClaimedJob, hold
from models.adapters.database import Tx
from models.adapters.files import StoredFile
from models.rules.money import EXACT, amount_text
from models.tables.artefacts import ArtefactPart


@dataclass(frozen=True, slots=True)
class Share:
    """What a part has of one stretch of rows: its number, how many rows, and their exact sum."""

    stretch: int
    rows: int
    total: Decimal


@dataclass(frozen=True, slots=True)
class Part:
    """A part in its place; `number` counts from 1."""

    number: int
    object_key: str
    file: StoredFile
    shares: tuple[Share, ...]

    @property
    def rows(self) -> int:
        """Its rows, header not counted."""
        return sum(share.rows for share in self.shares)


def added_shares(shares: Iterable[Share]) -> dict[int, Share]:
    """Shares of the same stretch as one, by its number."""
    added: dict[int, Share] = {}
    for share in shares:
        before = added.get(share.stretch, Share(share.stretch, 0, Decimal(0)))
        total = EXACT.add(before.total, share.total)
        added[share.stretch] = Share(share.stretch, before.rows + share.rows, total)
    return added


async def recorded_parts(tx: Tx, owner: str) -> list[Part]:
    """The parts of an owner in their order."""
    rows = await ArtefactPart.filter(owner=owner).using_db(tx.client).order_by("number")
    return [
        Part(
            row.number,
            row.object_key,
            StoredFile(row.size_bytes, row.sha256),
            tuple(Share(stretch, rows, Decimal(total)) for stretch, rows, total in row.shares),
        )
        for row in rows
    ]


async def record_part(tx: Tx, job: ClaimedJob, owner: str, part: Part) -> None:
    """Write down that a part is in its place; raises Superseded, and then it is not."""
    await hold(tx, job)
    await ArtefactPart.create(
        using_db=tx.client,
        owner=owner,
        number=part.number,
        object_key=part.object_key,
        rows=part.rows,
        size_bytes=part.file.size,
        sha256=part.file.sha256,
        shares=[[share.stretch, share.rows, amount_text(share.total)] for share in part.shares],
    )


async def forget_parts(tx: Tx, owner: str) -> None:
    """Let nothing be gone on from."""
    await tx.execute("DELETE FROM artefact_parts WHERE owner = $1", owner)
