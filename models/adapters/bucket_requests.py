"""Signed requests to one bucket of a remote store, at checked addresses (rule 20)."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

from models.adapters.outgoing import Answer, Call, Outgoing
from models.adapters.presigning import Method, object_store, signed_target
from models.rules.bucket_answers import answer_code, refusal
from models.rules.bucket_urls import object_key
from models.rules.buckets import BucketAddress, Credentials
from models.rules.errors import InvalidInput

SECONDS = 30  # for one request, and more for every byte
SLOWEST_BYTES = 256 * 1024  # in a second
CLOCKS_DIFFER = timedelta(minutes=15)


class BucketRequests:
    """Makes requests, and says in words of ours what became of them."""

    def __init__(self, address: BucketAddress, credentials: Credentials, out: Outgoing) -> None:
        self._address = address
        self._out = out
        self._store = object_store(address, credentials)

    @asynccontextmanager
    async def ask(
        self,
        method: Method,
        key: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | AsyncIterator[bytes] = b"",
        size: int = 0,
    ) -> AsyncIterator[Answer]:
        """Make one request about a key, in which that many bytes go here or there."""
        seconds = SECONDS + size / SLOWEST_BYTES
        path = object_key(self._address, key) if key else ""
        lifetime = timedelta(seconds=seconds) + CLOCKS_DIFFER
        target = signed_target(self._store, method, path, lifetime)
        call = Call(method, target, headers or {}, content)
        try:
            async with self._out.open(call, seconds=seconds) as answer:
                yield answer
        except InvalidInput as refused:
            raise InvalidInput(
                f"{target.host} has no address that may be called; name a store on the public"
                " internet.",
                refused.code,
                path=("endpoint",),
            ) from refused

    async def is_missing(self, answer: Answer) -> bool:
        """Whether there is no such key; raises NotFound when there is no such bucket."""
        if answer.status != 404:
            return False
        code = answer_code(await answer.beginning())
        if code == "NoSuchBucket":
            raise refusal(self._address.bucket, 404, code)
        return True

    async def require(self, answer: Answer, *expected: int) -> None:
        """Raise unless the status is one of these."""
        if answer.status not in expected:
            code = answer_code(await answer.beginning())
            raise refusal(self._address.bucket, answer.status, code)
