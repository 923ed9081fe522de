"""Doing once what is asked twice: answers kept by the caller's key (R59, rule 12).

Both verbs are called under `lock_partner`, so that equal requests take turns: the second one finds
the first one's answer.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from models.adapters.database import Tx
from models.rules.digests import framed
from models.rules.errors import Conflict, ErrorCode, InvalidInput
from models.tables.audit import IdempotencyKey

_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_PATH = ("idempotencyKey",)


@dataclass(frozen=True, slots=True)
class Request:
    """A request that counts once: by partner, operation and key; `body_hash` is what it asked."""

    partner_id: int
    operation: str
    key: str
    body_hash: str

    @property
    def fingerprint(self) -> str:
        """40 hexadecimal digits that stand for partner, operation and key."""
        return sha256(framed(self.partner_id, self.operation, self.key)).hexdigest()[:40]


def keyed_request(partner_id: int, operation: str, key: str, *body: object) -> Request:
    """A request with its key checked; raises InvalidInput for a key of another form."""
    if not _KEY.fullmatch(key):
        raise InvalidInput(
            "An idempotency key has 1 to 255 printable ASCII characters.", path=_PATH
        )
    return Request(partner_id, operation, key, sha256(framed(*body)).hexdigest())


async def earlier_result(tx: Tx, request: Request) -> int | None:
    """What the same request gave before, or None when it is new.

    Raises Conflict (IDEMPOTENCY_CONFLICT) when the key was used for a different request.
    """
    known = await IdempotencyKey.get_or_none(
        using_db=tx.client,
        partner_id=request.partner_id,
        operation=request.operation,
        key=request.key,
    )
    if known is None:
        return None
    if known.request_hash != request.body_hash:
        raise Conflict(
            "This idempotency key was used for a different request; take a new one.",
            ErrorCode.IDEMPOTENCY_CONFLICT,
            path=_PATH,
        )
    return int(known.result_id)


async def remember(tx: Tx, request: Request, result_id: int, *, now: datetime) -> None:
    """Keep the answer, in the transaction of the effect."""
    await IdempotencyKey.create(
        using_db=tx.client,
        partner_id=request.partner_id,
        operation=request.operation,
        key=request.key,
        request_hash=request.body_hash,
        result_id=result_id,
        created_at=now,
    )
