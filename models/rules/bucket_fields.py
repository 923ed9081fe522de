"""The fields of a bucket's address, one by one: of their patterns, or refused with their paths."""

import re

from models.rules.errors import ErrorCode, InvalidInput
from models.rules.storage_states import StorageProvider
from models.rules.webhooks import parse_target

MOST_PREFIX_CHARACTERS = 200
DEFAULT_REGION = "us-east-1"
# Nothing begins with a dot, so that no path leads anywhere else, or with a dash or equals sign.
_SEGMENT = r"[A-Za-z0-9_][A-Za-z0-9_.=-]*"
PATH = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT})*", re.ASCII)

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)
_NOT_IN_NAMES = re.compile(r"\.\.|\.-|-\.|^[0-9]+(?:\.[0-9]+){3}$")
_COS_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?-[0-9]{6,12}", re.ASCII)
_FOLDER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}", re.ASCII)
_REGION = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?", re.ASCII)
_ANY_REGION = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)
_CREDENTIAL = re.compile(r"[!-~]{1,256}", re.ASCII)


def refused(field: str, expected: str) -> InvalidInput:
    """A field that is not as expected."""
    return InvalidInput(expected, ErrorCode.INVALID_BUCKET, path=(field,))


def require_name(provider: StorageProvider, name: str) -> None:
    """Raise unless it is a bucket's name: of a folder, one step down; of COS, with its number."""
    match provider:
        case StorageProvider.LOCAL_FOLDER:
            is_one = _FOLDER.fullmatch(name)
            expected = (
                "A folder's name has 1 to 63 letters, digits, dots, dashes and underscores, and"
                " begins with a letter, digit or underscore."
            )
        case StorageProvider.TENCENT_COS:
            is_one = _COS_NAME.fullmatch(name)
            expected = "A bucket of COS is called name-appid, like bills-1250000000."
        case _:
            is_one = None if _NOT_IN_NAMES.search(name) else _NAME.fullmatch(name)
            expected = (
                "A bucket's name has 3 to 63 lower-case letters, digits, dashes and single dots,"
                " and begins and ends with a letter or digit."
            )
    if not is_one:
        raise refused("bucket", expected)


def checked_endpoint(provider: StorageProvider, url: str, *, allow_http: bool) -> str | None:
    """The bare URL of an S3_COMPATIBLE store; None for all others, which have none."""
    if provider is not StorageProvider.S3_COMPATIBLE:
        if url:
            raise refused("endpoint", "Only an S3_COMPATIBLE store has an endpoint; leave it out.")
        return None
    try:
        target = parse_target(url, allow_http=allow_http)
    except InvalidInput:
        target = None
    if target is None or target.path != "/" or "?" in url:
        raise refused(
            "endpoint",
            "The endpoint is the https URL of the store, with neither user nor path nor query,"
            " like https://minio.example.com:9000.",
        )
    return f"{target.scheme}://{target.authority}"


def checked_region(provider: StorageProvider, region: str) -> str | None:
    """The region; the usual one where an S3_COMPATIBLE store names none, and None for a folder."""
    if provider is StorageProvider.LOCAL_FOLDER:
        if region:
            raise refused("region", "A local folder has no region; leave it out.")
        return None
    pattern = _REGION
    if provider is StorageProvider.S3_COMPATIBLE:
        pattern, region = _ANY_REGION, region or DEFAULT_REGION
    if not pattern.fullmatch(region):
        raise refused("region", "Name the bucket's region as its store does, like ap-guangzhou.")
    return region


def checked_prefix(prefix: str) -> str:
    """The prefix, which may be empty."""
    if len(prefix) > MOST_PREFIX_CHARACTERS or (prefix and not PATH.fullmatch(prefix)):
        raise refused(
            "prefix",
            f"The prefix has at most {MOST_PREFIX_CHARACTERS} characters: letters, digits and"
            " . _ = - between single slashes, with a letter, digit or underscore after each.",
        )
    return prefix


def require_printable(field: str, called: str, text: str) -> None:
    """Raise, without repeating it, unless a credential is of 1 to 256 printable characters."""
    if not _CREDENTIAL.fullmatch(text):
        expected = "needs 1 to 256 characters of printable ASCII without spaces; copy it whole."
        raise refused(field, f"{called} {expected}")
