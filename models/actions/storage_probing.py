"""Whether a bucket takes files, found out before anything is kept of it (R44).

Never inside a transaction, and only for those who may choose buckets: it calls where they say.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from models.actions.storage import buckets_of
from models.actions.storage_terms import ProbedBucket
from models.adapters.buckets import Buckets
from models.adapters.storage_keys import StorageKeys
from models.adapters.vault import RandomBytes, Vault
from models.rules.buckets import BucketAddress, Credentials, checked_address, checked_credentials
from models.rules.errors import Conflict, ErrorCode, InvalidInput, Unavailable
from models.rules.storage_keys import key_hint

# For all that a probe does: somebody waits for the answer.
PROBE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class BucketWish:
    """A bucket as somebody typed it in; `is_new` when it is to be created."""

    address: BucketAddress
    credentials: Credentials | None
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Prober:
    """Writes into buckets of one partner, and seals what opened them."""

    buckets: Buckets
    vault: Vault
    random: RandomBytes
    partner_id: int
    seconds: float = PROBE_SECONDS

    async def probed(self, wish: BucketWish, *, clock: Callable[[], datetime]) -> ProbedBucket:
        """The bucket, which has just taken a file, and its credentials as they are kept.

        Raises InvalidInput (INVALID_BUCKET, ADDRESS_NOT_ALLOWED), NotFound (BUCKET_NOT_FOUND),
        Conflict (BUCKET_REFUSED, BUCKET_EXISTS, BUCKET_UNAVAILABLE, STORAGE_FULL).
        """
        buckets = buckets_of(self.buckets, self.partner_id)
        address = checked_address(wish.address, allow_http=buckets.allow_private)
        credentials = _checked(address, wish.credentials)
        try:
            async with asyncio.timeout(self.seconds):
                if wish.is_new:
                    await buckets.create(address, credentials)
                async with buckets.open(address, credentials) as bucket:
                    await bucket.probe()
        except TimeoutError:
            message = f"Bucket {address.bucket} took no file within {self.seconds:g} s."
            raise _unavailable(message) from None
        except Unavailable as failed:
            raise _unavailable(failed.message, failed.code) from failed
        return ProbedBucket(address, *self._kept(credentials), clock())

    def _kept(self, credentials: Credentials | None) -> tuple[str | None, str | None]:
        if credentials is None:
            return None, None
        sealed = StorageKeys(self.vault, self.partner_id).seal(credentials, self.random)
        return sealed, key_hint(credentials.access_key_id)


def _unavailable(message: str, code: ErrorCode = ErrorCode.BUCKET_UNAVAILABLE) -> Conflict:
    """Their bucket is theirs to mend: a refusal, not an outage of ours."""
    return Conflict(message, code, path=("bucket",))


def _checked(address: BucketAddress, credentials: Credentials | None) -> Credentials | None:
    try:
        return checked_credentials(address.provider, credentials)
    except InvalidInput as wrong:
        path = ("credentials", *wrong.path) if credentials else ("credentials",)
        raise InvalidInput(wrong.message, wrong.code, path=path) from None
