"""A store on loopback that answers as it is told to, and badly."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from models.rules.buckets import BucketAddress, Credentials
from models.rules.storage_states import StorageProvider

KEYS = Credentials("someone", "not-to-be-told")


@dataclass(frozen=True)
class Asked:
    """One request: names of headers in lower case; how much of its body arrived."""

    method: str
    path: str
    headers: dict[str, str]
    size: int


Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


def says(status: int, body: str = "", **headers: str) -> Answer:
    """A whole answer; `content_length` says something else than the truth."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        named = {"content_length": str(len(body))} | headers
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in named.items()]
        head = "\r\n".join([f"HTTP/1.1 {status} Said", *lines, "connection: close"])
        writer.write(f"{head}\r\n\r\n{body}".encode())

    return answer


def refuses(status: int, code: str) -> Answer:
    """A refusal as S3 words it."""
    return says(status, f"<Error><Code>{code}</Code><Message>no</Message></Error>")


async def hangs(_writer: asyncio.StreamWriter) -> None:
    """Says nothing."""
    await asyncio.sleep(60)


async def drips(writer: asyncio.StreamWriter) -> None:
    """Says it is there, and then a byte now and then."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
    while True:
        writer.write(b"x")
        await asyncio.sleep(0.02)


async def babbles(writer: asyncio.StreamWriter) -> None:
    """Says what is no HTTP."""
    writer.write(b"\x00\xff SMTP ready\r\n\r\n")


async def hangs_up(writer: asyncio.StreamWriter) -> None:
    """Closes the connection without a word."""
    writer.transport.abort()


@dataclass
class HostileStore:
    """What was asked; `answers` one after the other, the last one for ever."""

    answers: list[Answer]
    url: str = ""
    most: int = 1 << 60  # of a body that is read before the connection is cut
    when_cut: Answer = hangs_up
    asked: list[Asked] = field(default_factory=list)
    serving: set[asyncio.Task[None]] = field(default_factory=set)

    def address(self) -> BucketAddress:
        """A bucket there."""
        return BucketAddress(StorageProvider.S3_COMPATIBLE, self.url, None, "some-bucket", "bills")

    @property
    def methods(self) -> list[str]:
        """What was asked for, in order."""
        return [asked.method for asked in self.asked]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one request, and answer it."""
        task = asyncio.current_task()
        assert task
        self.serving.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                answer = await self._heard(reader)
                await (answer or self.when_cut)(writer)
                await writer.drain()
        finally:
            writer.close()
            self.serving.discard(task)

    async def end(self) -> None:
        """Serve nobody any longer."""
        serving = list(self.serving)
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving)

    async def _heard(self, reader: asyncio.StreamReader) -> Answer | None:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines if line)
        headers = {name.lower(): value for name, value in headers.items()}
        method, path, _ = first.split(" ")
        size, wanted = 0, int(headers.get("content-length", 0))
        while size < min(wanted, self.most) and (chunk := await reader.read(1 << 16)):
            size += len(chunk)
        self.asked.append(Asked(method, path, headers, size))
        if size < wanted:
            return None
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@asynccontextmanager
async def a_store(*answers: Answer, certificate: Path | None = None) -> AsyncIterator[HostileStore]:
    """A store that listens; with a certificate (its key in the same file) by TLS."""
    store = HostileStore(list(answers))
    context = None
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    server = await asyncio.start_server(store.serve, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    store.url = f"{'https' if certificate else 'http'}://127.0.0.1:{port}"
    try:
        yield store
    finally:
        server.close()
        await store.end()
