"""A running S3 store, and what another client than ours sees of it."""

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3
from botocore.client import Config

from models.adapters.buckets import Buckets
from models.rules.buckets import BucketAddress, Credentials
from models.rules.storage_states import StorageProvider

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Peer:
    """Where it is, and what opens it."""

    url: str
    region: str
    credentials: Credentials

    def address(self, prefix: str = "bills") -> BucketAddress:
        """The address of a bucket that nobody has used."""
        name = f"bucket-{next(_numbers)}"
        return BucketAddress(StorageProvider.S3_COMPATIBLE, self.url, self.region, name, prefix)

    async def made(self, prefix: str = "bills") -> BucketAddress:
        """The address of a bucket that is there, and empty."""
        address = self.address(prefix)
        await Buckets(allow_private=True).create(address, self.credentials)
        return address

    def files_url(self, address: BucketAddress) -> str:
        """The bucket as BILLS_FILES_URL names it."""
        host = self.url.removeprefix("http://")
        return f"minio://{host}/{address.bucket}/{address.prefix}?tls=no&region={self.region}"

    @cached_property
    def client(self) -> Any:
        """Another client than ours."""
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name=self.region,
            aws_access_key_id=self.credentials.access_key_id,
            aws_secret_access_key=self.credentials.secret_access_key,
            config=Config(s3={"addressing_style": "path"}),
        )

    def names(self, bucket: str) -> list[str]:
        """The keys of a bucket's objects."""
        return [each["Key"] for each in self.client.list_objects(Bucket=bucket).get("Contents", ())]

    def content(self, bucket: str, key: str) -> bytes:
        """What an object holds."""
        return bytes(self.client.get_object(Bucket=bucket, Key=key)["Body"].read())
