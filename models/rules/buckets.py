"""Where a partner's files go: buckets and what opens them, checked before anything is called (R44).

Everything here was typed by an outsider. What passes is plain ASCII and leads to one bucket of one
store; whether that may be called is asked of its network addresses, later and each time.
"""

from dataclasses import dataclass, field, replace

from models.rules.bucket_fields import (
    checked_endpoint,
    checked_prefix,
    checked_region,
    refused,
    require_name,
    require_printable,
)
from models.rules.storage_states import StorageProvider


@dataclass(frozen=True, slots=True)
class BucketAddress:
    """A place in a store; kept and called only as `checked_address` gave it back.

    `endpoint` is the https URL of an S3_COMPATIBLE store, None for all others. `region` is None
    for a LOCAL_FOLDER only. `prefix` has no slash at its ends, and is empty for the whole bucket.
    """

    provider: StorageProvider
    endpoint: str | None
    region: str | None
    bucket: str
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What opens a bucket; the secret is in no text made of it."""

    access_key_id: str
    secret_access_key: str = field(repr=False)


def checked_address(address: BucketAddress, *, allow_http: bool = False) -> BucketAddress:
    """The address as it is kept: slashes around the prefix gone, the usual region filled in.

    `allow_http` is for development. Raises InvalidInput (INVALID_BUCKET) with the path of what is
    wrong.
    """
    provider = address.provider
    require_name(provider, address.bucket)
    return replace(
        address,
        endpoint=checked_endpoint(provider, address.endpoint or "", allow_http=allow_http),
        region=checked_region(provider, address.region or ""),
        prefix=checked_prefix(address.prefix.strip("/")),
    )


def checked_credentials(
    provider: StorageProvider, credentials: Credentials | None
) -> Credentials | None:
    """The credentials; None for a LOCAL_FOLDER, which takes none, and for no other.

    Raises InvalidInput (INVALID_BUCKET), without a word of what they are.
    """
    if provider is StorageProvider.LOCAL_FOLDER:
        if credentials is not None:
            raise refused("accessKeyId", "A local folder takes no access key; leave it out.")
        return None
    if credentials is None:
        raise refused("accessKeyId", "Name the access key and its secret that open the bucket.")
    require_printable("accessKeyId", "The access key", credentials.access_key_id)
    secret = credentials.secret_access_key
    require_printable("secretAccessKey", "The secret of the access key", secret)
    return credentials
