"""What the answers of an S3 store mean to us, in words for whoever chose the bucket."""

import re
from collections.abc import Mapping

from models.rules.errors import BillingError, Conflict, ErrorCode, NotFound, Unavailable

_CODE = re.compile(rb"<Code>\s*([A-Za-z][A-Za-z0-9.]{1,63})\s*</Code>")
_LENGTH = re.compile(r"[0-9]{1,15}", re.ASCII)
_WRONG_KEY = frozenset(
    {
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "InvalidToken",
        "ExpiredToken",
        "InvalidSecurity",
    }
)
_WRONG_REGION = frozenset(
    {"AuthorizationHeaderMalformed", "AuthorizationQueryParametersError",
     "IllegalLocationConstraintException", "InvalidLocationConstraint", "PermanentRedirect",
     "TemporaryRedirect", "InvalidRegion"}
)  # fmt: skip
_FULL = frozenset(
    {"QuotaExceeded", "InsufficientStorage", "XMinioStorageFull", "InsufficientCapacity"}
)
_OURS_ALREADY = "BucketAlreadyOwnedByYou"
_TAKEN = frozenset({"BucketAlreadyExists", _OURS_ALREADY})


def answer_code(body: bytes) -> str:
    """The code in the XML of a refusal; empty where none can be made out."""
    found = _CODE.search(body)
    return found[1].decode() if found else ""


def told_size(status: int, headers: Mapping[str, str]) -> int:
    """The size of an object, in bytes, by the answer to a request for its first one.

    0 where none can be made out, as of an empty one, of which there is no first byte.
    """
    if status == 206:
        length = headers.get("content-range", "").rpartition("/")[2]
    else:
        length = headers.get("content-length", "") if status == 200 else ""
    return int(length) if _LENGTH.fullmatch(length) else 0


def is_ours_already(status: int, code: str) -> bool:
    """Whether a bucket was not created because we had done so before."""
    return status == 409 and code == _OURS_ALREADY


def refusal(bucket: str, status: int, code: str) -> BillingError:
    """Why a store did not do what it was asked, as an error to be raised.

    `bucket` is how the bucket is called, `code` the store's own word, empty where it had none.
    """
    reason = refusal_reason(status, code)
    text = f"Bucket {bucket}: {reason}"
    if code in _TAKEN:
        text = f"The name {bucket} is taken; choose another, or select the bucket if it is yours."
        return Conflict(text, ErrorCode.BUCKET_EXISTS, path=("bucket",))
    if status == 404:
        text = f"{text}; create it, or correct its name, region or endpoint."
        return NotFound(text, ErrorCode.BUCKET_NOT_FOUND, path=("bucket",))
    if _is_full(status, code):
        return Unavailable(f"{text}; make room there.", ErrorCode.STORAGE_FULL)
    if _may_pass(status, code):
        return Unavailable(f"{text}; it is tried again later.", ErrorCode.BUCKET_UNAVAILABLE)
    return Conflict(f"{text}; {_remedy(status, code)}.", ErrorCode.BUCKET_REFUSED)


def refusal_reason(status: int, code: str) -> str:
    """What a store's refusal says of it, as the end of a sentence."""
    said = f"{status} {code}".strip()
    if status == 404:
        return f"it is not there ({said})"
    if _is_full(status, code):
        return f"its store is full ({said})"
    if _may_pass(status, code):
        return f"its store has a trouble of its own, or too much to do ({said})"
    if _is_wrong_key(status, code):
        return f"its store does not accept the access key and its secret ({said})"
    if _is_elsewhere(status, code):
        return f"it is in another region, or at another endpoint ({said})"
    return f"its store refuses the request ({said})"


def _remedy(status: int, code: str) -> str:
    if _is_wrong_key(status, code):
        return "copy both whole, from the store to which they belong"
    if _is_elsewhere(status, code):
        return "name the right ones, as redirects are not followed"
    return "let the access key list the bucket, and read and write its objects"


def _is_full(status: int, code: str) -> bool:
    return status == 507 or code in _FULL


def _may_pass(status: int, code: str) -> bool:
    return status in {408, 409, 429} or status >= 500 or code == "RequestTimeTooSkewed"


def _is_wrong_key(status: int, code: str) -> bool:
    return status == 401 or code in _WRONG_KEY


def _is_elsewhere(status: int, code: str) -> bool:
    return 300 <= status < 400 or code in _WRONG_REGION
