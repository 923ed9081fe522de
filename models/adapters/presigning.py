"""Requests to object stores, signed (AWS Signature Version 4) by obstore.

Of the process's environment obstore would hear AWS_… variables: whatever has to do with who we are
and where we call is said outright, so that those do not count.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import urlsplit

import obstore
from obstore.store import S3Store

from models.rules.bucket_urls import BucketUrl, bucket_url
from models.rules.buckets import BucketAddress, Credentials
from models.rules.webhooks import Target

if TYPE_CHECKING:  # obstore has these for type checkers alone
    from obstore.store import ClientConfig, RetryConfig, S3Config, S3Credential

Method: TypeAlias = Literal["GET", "HEAD", "PUT", "DELETE"]


def object_store(
    address: BucketAddress,
    credentials: Credentials,
    *,
    prefix: str = "",
    client: "ClientConfig | None" = None,
    retries: "RetryConfig | None" = None,
) -> S3Store:
    """The store of a bucket, as obstore has it; `prefix` is put before all keys."""

    def said() -> "S3Credential":
        return {
            "access_key_id": credentials.access_key_id,
            "secret_access_key": credentials.secret_access_key,
            "token": None,
            "expires_at": None,
        }

    return S3Store(
        prefix=prefix or None,
        config=_config(address, bucket_url(address)),
        client_options={"allow_http": True} | (client or {}),
        retry_config=retries,
        credential_provider=said,
    )


def signed_target(store: S3Store, method: Method, key: str, lifetime: timedelta) -> Target:
    """Where one request has to go that does one thing with one key, "" for the bucket itself."""
    parts = urlsplit(obstore.sign(store, method, key, lifetime))
    assert parts.hostname
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return Target(parts.scheme, parts.hostname, port, f"{parts.path}?{parts.query}")


def _config(address: BucketAddress, place: BucketUrl) -> "S3Config":
    return {
        "bucket": address.bucket,
        "region": address.region or "",
        "endpoint": place.url,
        "aws_endpoint_url_s3": place.url,
        "virtual_hosted_style_request": place.has_name_in_host,
        "skip_signature": False,
        "unsigned_payload": False,
        "s3_express": False,
        "request_payer": False,
        "disable_tagging": True,
    }
