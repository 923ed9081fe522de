"""Answers, and those that are kept because they may be asked for again.

A kept answer is one that was read at a revision of the viewer's partner and holds until that is
raised (see `models/reads/engine/lasting`), as the content of a confirmed bill does for ever. It is
kept by document, variables, role and partner, and every use asks the database for the revision: a
statement that reads one number, whatever the answer took. What was changed in the database by hand,
with no regard for revisions, is seen when an answer has grown old.
"""

from collections.abc import Hashable
from datetime import datetime, timedelta
from hashlib import blake2b

from api.bounded import Bounded
from models.adapters.database import Database
from models.reads.revisions import Revisions
from models.rules.errors import ErrorCode

OLD = timedelta(minutes=5)


class Answer:
    """A response body, and the revision it holds for; None for one that holds at its time only.

    `outage` is why some of it is missing through no fault of the client's.
    """

    __slots__ = ("_tag", "body", "outage", "revision")

    def __init__(
        self, body: bytes, revision: int | None = None, *, outage: ErrorCode | None = None
    ) -> None:
        self.body = body
        self.revision = revision
        self.outage = outage
        self._tag = b""

    @property
    def tag(self) -> bytes:
        """The entity tag of the body: the same bytes have the same one, whoever has made them."""
        if not self._tag:
            self._tag = b'"' + blake2b(self.body, digest_size=16).hexdigest().encode() + b'"'
        return self._tag


class KeptAnswers:
    """At most so many bytes of answers and their keys; those not asked for longest go first."""

    def __init__(self, db: Database, size: int) -> None:
        self._revisions = Revisions(db)
        self._kept: Bounded[Hashable, tuple[Answer, datetime]] = Bounded(size)

    @property
    def kept_bytes(self) -> int:
        """What the answers that are kept take, roughly."""
        return self._kept.held

    async def find(self, key: Hashable, partner_id: int, *, now: datetime) -> Answer | None:
        """The answer, if it still holds; raises Unavailable."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        answer, made = kept
        is_fresh = now - made < OLD and answer.revision == await self._revisions.of(partner_id)
        return answer if is_fresh else None

    def keep(self, key: Hashable, answer: Answer, *, now: datetime) -> None:
        """Keep an answer that holds for a revision, made at `now`."""
        if answer.revision is not None:
            self._kept.put_bytes(key, (answer, now), taking=len(answer.body))
