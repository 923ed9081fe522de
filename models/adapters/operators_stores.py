"""Stores that the operator chose: called by obstore itself, with bounded waiting.

No address is checked, but no other host is called, wherever the store redirects to, and proxies of
the environment are not used.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from models.adapters.presigning import object_store
from models.rules.bucket_answers import answer_code, refusal, refusal_reason
from models.rules.bucket_urls import bucket_url
from models.rules.buckets import BucketAddress, Credentials, checked_credentials
from models.rules.errors import ErrorCode, Unavailable
from models.rules.webhooks import parse_target

if TYPE_CHECKING:  # obstore has these for type checkers alone
    from obstore import GetOptions
    from obstore.store import ClientConfig, RetryConfig

PIECE_BYTES = 4 << 20
SECONDS = 60  # for one request: a part of 8 MiB at 140 kB/s
# Nobody listens there: what is not for the store's own host is not sent.
_NOWHERE = "http://127.0.0.1:1"
_RETRIES: "RetryConfig" = {"max_retries": 2, "retry_timeout": timedelta(seconds=60)}
_STATUS = re.compile(r"status code: ([0-9]{3})\b", re.ASCII)


def operators_store(address: BucketAddress, credentials: Credentials | None) -> S3Store:
    """A store that the operator chose, below the address's prefix, with bounded waiting.

    Raises InvalidInput (INVALID_BUCKET) where there are no credentials, or none that can be meant.
    """
    checked = checked_credentials(address.provider, credentials)
    assert checked, "no folder of this machine is a store"
    return object_store(
        address,
        checked,
        prefix=address.prefix,
        client=_client(address),
        retries=_RETRIES,
    )


def _client(address: BucketAddress) -> "ClientConfig":
    host = parse_target(bucket_url(address).url, allow_http=True).host
    return {
        "connect_timeout": timedelta(seconds=5),
        "timeout": timedelta(seconds=SECONDS),
        "proxy_url": _NOWHERE,
        "proxy_excludes": host,
    }


def pieces(store: S3Store, key: str, asked: range, e_tag: str | None = None) -> Iterator[bytes]:
    """Some bytes of a file, by requests that are short enough for their time limit.

    A reader may be slower than one request may take. With `e_tag`, of that very content.
    """
    options: GetOptions = {} if e_tag is None else {"if_match": e_tag}
    for start in range(asked.start, asked.stop, PIECE_BYTES):
        options["range"] = (start, min(start + PIECE_BYTES, asked.stop))
        yield bytes(obstore.get(store, key, options=options).bytes())


@contextmanager
def told() -> Iterator[None]:
    """Say in words of ours what went wrong; obstore's own tell of addresses and requests."""
    try:
        yield
    except (BaseError, OSError) as failed:
        raise _refusal(failed) from None


def answered(failed: Exception) -> tuple[int, str] | None:
    """The status and code with which a store refused; None when it did not answer at all."""
    status = _STATUS.search(str(failed))
    return (int(status[1]), answer_code(str(failed).encode())) if status else None


def _refusal(failed: Exception) -> Unavailable:
    answer = answered(failed)
    if not answer:
        reason = "it cannot be reached, or does not answer in time"
        return Unavailable(f"The file store does not work: {reason}.")
    number, code = answer
    is_full = refusal("", number, code).code is ErrorCode.STORAGE_FULL
    return Unavailable(
        f"The file store does not work: {refusal_reason(number, code)}.",
        ErrorCode.STORAGE_FULL if is_full else ErrorCode.UNAVAILABLE,
    )
