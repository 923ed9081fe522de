"""What a store's answer means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.bucket_answers import (
    answer_code,
    is_ours_already,
    refusal,
    refusal_reason,
    told_size,
)
from models.rules.errors import Conflict, ErrorCode, NotFound, Unavailable


@pytest.mark.parametrize(
    ("status", "code", "expected", "kind"),
    [
        (404, "NoSuchBucket", ErrorCode.BUCKET_NOT_FOUND, NotFound),
        (401, "", ErrorCode.BUCKET_REFUSED, Conflict),
        (403, "", ErrorCode.BUCKET_REFUSED, Conflict),
        (403, "InvalidAccessKeyId", ErrorCode.BUCKET_REFUSED, Conflict),
        (301, "", ErrorCode.BUCKET_REFUSED, Conflict),
        (400, "AuthorizationHeaderMalformed", ErrorCode.BUCKET_REFUSED, Conflict),
        (409, "BucketAlreadyExists", ErrorCode.BUCKET_EXISTS, Conflict),
        (409, "ConditionalRequestConflict", ErrorCode.BUCKET_UNAVAILABLE, Unavailable),
        (429, "", ErrorCode.BUCKET_UNAVAILABLE, Unavailable),
        (500, "InternalError", ErrorCode.BUCKET_UNAVAILABLE, Unavailable),
        (503, "SlowDown", ErrorCode.BUCKET_UNAVAILABLE, Unavailable),
        (507, "", ErrorCode.STORAGE_FULL, Unavailable),
        (403, "QuotaExceeded", ErrorCode.STORAGE_FULL, Unavailable),
    ],
)
def test_refusal_has_a_code_and_says_what_to_do(
    status: int, code: str, expected: ErrorCode, kind: type[Exception]
) -> None:
    error = refusal("acme", status, code)
    assert (type(error), error.code) == (kind, expected)
    assert "acme" in error.message
    assert ";" in error.message


def test_wrong_key_and_wrong_region_are_told_apart() -> None:
    reasons = [
        refusal_reason(403, "SignatureDoesNotMatch"),
        refusal_reason(403, "AccessDenied"),
        refusal_reason(307, "TemporaryRedirect"),
    ]
    assert "does not accept the access key" in reasons[0]
    assert "refuses the request (403 AccessDenied)" in reasons[1]
    assert "another region" in reasons[2]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<Error><Code>AccessDenied</Code></Error>", "AccessDenied"),
        (b"<Error>\n <Code> No.Such </Code>", "No.Such"),
        (b"<Code><b>x</b></Code>", ""),
        (b"<Code>" + b"x" * 100 + b"</Code>", ""),
        (b"", ""),
        (b"\xff\xfe<Code>\xc3\xa9</Code>", ""),
    ],
)
def test_code_is_read_where_it_is_a_word(body: bytes, code: str) -> None:
    assert answer_code(body) == code


@given(st.binary())
def test_any_body_has_a_code_or_none(body: bytes) -> None:
    assert answer_code(b"<Code>" + body + b"</Code>").isascii()


@pytest.mark.parametrize(
    ("status", "headers", "size"),
    [
        (206, {"content-range": "bytes 0-0/1234"}, 1234),
        (206, {"content-range": "bytes 0-0/*"}, 0),
        (206, {}, 0),
        (200, {"content-length": "77"}, 77),
        (200, {"content-length": "-1"}, 0),
        (200, {"content-length": "9" * 99}, 0),
        (416, {"content-range": "bytes */0", "content-length": "300"}, 0),
    ],
)
def test_size_is_read_from_the_answer(status: int, headers: dict[str, str], size: int) -> None:
    assert told_size(status, headers) == size


def test_bucket_of_ours_is_known() -> None:
    assert is_ours_already(409, "BucketAlreadyOwnedByYou")
    assert not is_ours_already(409, "BucketAlreadyExists")
