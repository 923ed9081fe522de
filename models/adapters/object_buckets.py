"""Buckets in S3, COS, OBS and their like: one signed request for each step.

obstore signs, and `Outgoing` calls: obstore itself would follow redirects to any host, and use what
the environment says of proxies. A file of any size is one streamed PUT with `If-None-Match: *`, so
that it appears whole, once, or never, and nothing half done stays behind.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from models.adapters.bucket_port import Content
from models.adapters.bucket_probes import probe
from models.adapters.bucket_requests import BucketRequests
from models.adapters.bucket_streams import differs, in_threads, is_same
from models.adapters.outgoing import Outgoing
from models.rules.bucket_answers import answer_code, is_ours_already, refusal, told_size
from models.rules.bucket_urls import location_body
from models.rules.buckets import BucketAddress, Credentials
from models.rules.errors import Conflict, NotFound

MOST_BYTES = 5 * 2**30  # that the stores take in one request


class RemoteBucket:
    """One bucket of a remote store."""

    def __init__(self, address: BucketAddress, credentials: Credentials, out: Outgoing) -> None:
        self._address = address
        self._requests = BucketRequests(address, credentials, out)

    async def probe(self) -> None:
        """Write, read and remove a small file."""
        await probe(self, self._address.bucket)

    async def put_if_absent(self, key: str, content: Content) -> bool:
        """Put a file; what is there is looked at first, as some stores overwrite all the same."""
        if content.file.size > MOST_BYTES:
            raise Conflict(f"{key} is larger than the 5 GiB that a store takes at once.")
        size = await self._size(key)
        if size is None and await self._put(key, content):
            return True
        if size not in {None, content.file.size} or not await self.has(key, content):
            raise differs(key)
        return False

    async def has(self, key: str, content: Content) -> bool:
        """Whether that very content is there."""
        try:
            return await is_same(self._content(key, content.file.size), content.file)
        except NotFound as missing:
            if missing.code is NotFound.code:
                return False
            raise

    async def read(self, key: str) -> AsyncGenerator[bytes, None]:
        """The whole file, as it arrives."""
        async with aclosing(self._content(key, await self._size(key) or 0)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def remove(self, key: str) -> None:
        """Make a file go away."""
        async with self._requests.ask("DELETE", key) as answer:
            await self._requests.require(answer, 200, 204, 404)

    async def create(self) -> None:
        """Create the bucket; one that is ours already is fine."""
        body = location_body(self._address).encode()
        async with self._requests.ask("PUT", "", content=body) as answer:
            code = answer_code(await answer.beginning())
            if answer.status != 200 and not is_ours_already(answer.status, code):
                raise refusal(self._address.bucket, answer.status, code)

    async def _size(self, key: str) -> int | None:
        """Asked by GET of one byte: to a HEAD no store says why it refuses."""
        async with self._requests.ask("GET", key, headers={"Range": "bytes=0-0"}) as answer:
            if await self._requests.is_missing(answer):
                return None
            await self._requests.require(answer, 200, 206, 416)
            return told_size(answer.status, answer.headers)

    async def _content(self, key: str, size: int) -> AsyncGenerator[bytes, None]:
        """The file, in the time that one of that size may take."""
        async with self._requests.ask("GET", key, size=size) as answer:
            if await self._requests.is_missing(answer):
                raise NotFound(f"There is no file {key} in the bucket.")
            await self._requests.require(answer, 200)
            async for chunk in answer.chunks():
                yield chunk

    async def _put(self, key: str, content: Content) -> bool:
        """Whether it was put; not when something is there by now."""
        status = await self._stream(key, content, {"If-None-Match": "*"})
        if status == 501:  # no such condition in this store
            status = await self._stream(key, content, {})
        return status != 412

    async def _stream(self, key: str, content: Content, condition: Mapping[str, str]) -> int:
        size, body = content.file.size, in_threads(content.checked())
        headers = {"Content-Length": str(size), "Content-Type": content.media_type, **condition}
        call = self._requests.ask("PUT", key, headers=headers, content=body, size=size)
        async with aclosing(body), call as answer:
            await self._requests.require(answer, 200, *((412, 501) if condition else ()))
            return answer.status
