"""Under which URL a remote bucket is called, and what is said there."""

from dataclasses import dataclass

from models.rules.bucket_fields import DEFAULT_REGION, PATH
from models.rules.buckets import BucketAddress
from models.rules.storage_states import StorageProvider


@dataclass(frozen=True, slots=True)
class BucketUrl:
    """Where a bucket is called: with its name in the host, or else as the first of the path."""

    url: str
    has_name_in_host: bool


def bucket_url(address: BucketAddress) -> BucketUrl:
    """Where the bucket of a remote store is called.

    Tencent COS answers under the bucket's own host only. A name with a dot is no part of a host,
    as no certificate would hold for it.
    """
    if address.endpoint is not None:
        return BucketUrl(address.endpoint, has_name_in_host=False)
    host = _cloud_host(address.provider, address.region or "")
    if "." in address.bucket:
        return BucketUrl(f"https://{host}", has_name_in_host=False)
    return BucketUrl(f"https://{address.bucket}.{host}", has_name_in_host=True)


def location_body(address: BucketAddress) -> str:
    """What is said when the bucket is created: its region, where the endpoint does not say it."""
    says_region = address.provider in {StorageProvider.AWS_S3, StorageProvider.HUAWEI_OBS}
    if not says_region or address.region == DEFAULT_REGION:
        return ""
    return (
        '<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"<LocationConstraint>{address.region}</LocationConstraint></CreateBucketConfiguration>"
    )


def object_key(address: BucketAddress, key: str) -> str:
    """The whole key in the bucket of a file of ours; raises ValueError for one that is none."""
    if not PATH.fullmatch(key):
        raise ValueError("this is no key of ours")
    return f"{address.prefix}/{key}" if address.prefix else key


def _cloud_host(provider: StorageProvider, region: str) -> str:
    if provider is StorageProvider.TENCENT_COS:
        return f"cos.{region}.myqcloud.com"
    if provider is StorageProvider.HUAWEI_OBS:
        return f"obs.{region}.myhuaweicloud.com"
    return f"s3.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"
