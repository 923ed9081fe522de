"""Where our own files are, as an operator writes it: BILLS_FILES_URL.

file:///srv/bills/files
s3://bucket/prefix?region=eu-central-1         with endpoint=https://… for another store than AWS
cos://bucket-1250000000/prefix?region=ap-guangzhou
obs://bucket/prefix?region=cn-north-4
minio://host:9000/bucket/prefix                with tls=no where it has no certificate
"""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from models.rules.buckets import BucketAddress, checked_address
from models.rules.errors import ErrorCode, InvalidInput
from models.rules.storage_states import StorageProvider

# What each is, and the options it has.
_SCHEMES = {
    "s3": (StorageProvider.AWS_S3, {"region", "endpoint"}),
    "cos": (StorageProvider.TENCENT_COS, {"region"}),
    "obs": (StorageProvider.HUAWEI_OBS, {"region"}),
    "minio": (StorageProvider.S3_COMPATIBLE, {"region", "tls"}),
}


def parse_files_url(url: str) -> Path | BucketAddress:
    """The folder or bucket that a URL names.

    Raises InvalidInput (INVALID_BUCKET). A URL with a user in it is refused, unrepeated, as secrets
    do not belong there.
    """
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError:
        raise _refused("cannot be read as a URL") from None
    if "@" in parts.netloc:
        raise _refused("has a user or a secret in it; those are settings of their own")
    if parts.scheme == "file":
        return _folder(parts)
    if parts.scheme not in _SCHEMES or parts.fragment:
        raise _refused("begins with none of file:///, s3://, cos://, obs:// and minio://")
    if unknown := sorted(options.keys() - _SCHEMES[parts.scheme][1]):
        raise _refused(f"has an option that is none of ours: {unknown[0]!r}")
    return checked_address(_address(parts, options), allow_http=True)


def _folder(parts: SplitResult) -> Path:
    if parts.netloc or parts.query or parts.fragment or not parts.path.startswith("/"):
        raise _refused("names no folder: file:/// and a path from the root")
    return Path(unquote(parts.path))


def _address(parts: SplitResult, options: Mapping[str, str]) -> BucketAddress:
    path = parts.path.removeprefix("/")
    provider, region = _SCHEMES[parts.scheme][0], options.get("region")
    if provider is StorageProvider.S3_COMPATIBLE:
        bucket, _, prefix = path.partition("/")
        return BucketAddress(provider, _minio(parts, options), region, bucket, prefix)
    endpoint = options.get("endpoint")
    if endpoint is not None:
        provider = StorageProvider.S3_COMPATIBLE
    return BucketAddress(provider, endpoint, region, parts.netloc, path)


def _minio(parts: SplitResult, options: Mapping[str, str]) -> str:
    tls = options.get("tls", "yes")
    if tls not in {"yes", "no"}:
        raise _refused("has a tls that is neither yes nor no")
    return f"{'https' if tls == 'yes' else 'http'}://{parts.netloc}"


def _refused(reason: str) -> InvalidInput:
    return InvalidInput(f"The URL of the file store {reason}.", ErrorCode.INVALID_BUCKET)
