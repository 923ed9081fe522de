"""Whether a bucket takes files and keeps them."""

import secrets
from contextlib import suppress

from models.adapters.bucket_port import Bucket, Content
from models.rules.errors import Conflict, ErrorCode

PROBE = Content.of(b"Bills will be stored here. This file may be removed.\n", "text/plain")


async def probe(bucket: Bucket, name: str) -> None:
    """Write, read and remove a small file; that it may not be removed is fine.

    `name` is how the bucket is called. Raises as a Bucket does.
    """
    key = f"storage-probe-{secrets.token_hex(8)}.txt"
    if not await _is_kept(bucket, key):
        raise Conflict(
            f"What answers for bucket {name} does not keep what is put there; name the endpoint of"
            " an S3 store.",
            ErrorCode.BUCKET_REFUSED,
        )
    with suppress(Conflict):
        await bucket.remove(key)


async def _is_kept(bucket: Bucket, key: str) -> bool:
    try:
        return await bucket.put_if_absent(key, PROBE) and await bucket.has(key, PROBE)
    except Conflict as refused:
        if refused.code is not ErrorCode.FILE_DIFFERS:
            raise
        return False
