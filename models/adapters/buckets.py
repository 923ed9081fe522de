"""Buckets of partners: destinations of files that are put there once and never overwritten (R44).

    Buckets            opens and creates them, where that is allowed
    └── Bucket         probe, put_if_absent, has, read, remove (bucket_port.py)
        ├── RemoteBucket   S3, COS, OBS and their like, at checked addresses (object_buckets.py)
        └── LocalBucket    a folder below BILLS_LOCAL_BUCKETS (local_buckets.py)

What a bucket is, is in models/rules/buckets.py. Every call has its end, whatever the store does.
"""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from models.adapters.bucket_port import Bucket, Content
from models.adapters.local_buckets import LocalBucket
from models.adapters.object_buckets import RemoteBucket
from models.adapters.outgoing import Outgoing
from models.adapters.settings import Settings
from models.rules.buckets import (
    BucketAddress,
    Credentials,
    checked_address,
    checked_credentials,
)
from models.rules.errors import ErrorCode, InvalidInput

__all__ = ["Bucket", "BucketAddress", "Buckets", "Content", "Credentials", "open_buckets"]


@dataclass(frozen=True, slots=True)
class Buckets:
    """Opens buckets: at public addresses by https, unless `allow_private`; below `local_root`.

    `trust` says which certificates hold, in place of the system's own list.
    """

    allow_private: bool = False
    local_root: Path | None = None
    trust: ssl.SSLContext | None = None

    @asynccontextmanager
    async def open(
        self, address: BucketAddress, credentials: Credentials | None
    ) -> AsyncIterator[Bucket]:
        """A bucket, of which nothing is known yet: opening it calls nobody.

        Raises InvalidInput (INVALID_BUCKET).
        """
        yield self._bucket(address, credentials)

    async def create(self, address: BucketAddress, credentials: Credentials | None) -> None:
        """Create the bucket; one that is ours already is fine.

        Raises Conflict (BUCKET_EXISTS) when it is someone else's, and as a Bucket does.
        """
        await self._bucket(address, credentials).create()

    def _bucket(
        self, address: BucketAddress, credentials: Credentials | None
    ) -> RemoteBucket | LocalBucket:
        address = checked_address(address, allow_http=self.allow_private)
        credentials = checked_credentials(address.provider, credentials)
        if credentials is not None:
            them = f"The store of bucket {address.bucket}"
            code = ErrorCode.BUCKET_UNAVAILABLE
            out = Outgoing(self.allow_private, self.trust, them, code)
            return RemoteBucket(address, credentials, out)
        if self.local_root is None:
            raise InvalidInput(
                "This installation stores nothing in local folders; choose a remote bucket, or"
                " have its operator set BILLS_LOCAL_BUCKETS.",
                ErrorCode.INVALID_BUCKET,
                path=("provider",),
            )
        return LocalBucket(self.local_root, address)


def open_buckets(settings: Settings) -> Buckets:
    """Where the settings allow partners to have their files put."""
    return Buckets(settings.allow_private_addresses, settings.local_buckets)
