"""A process that puts so many mebibytes: `… -m tests.peers.putting HOW URL BUCKET 300`.

HOW is `bucket` or `files`. It says "half" whenever half of them are read, and hangs there while
they are on their way if `hang` comes last. At the end it says by how many mebibytes its memory has
grown at most.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from models.adapters.bucket_port import Content
from models.adapters.buckets import Buckets
from models.adapters.files import StoredFile
from models.rules.buckets import BucketAddress, Credentials
from models.rules.storage_states import StorageProvider
from tests.peers.places import open_place

KEYS = Credentials("test:tester", "testing-secret")
PIECE = 2**20


def pieces(megabytes: int, *, hangs: bool = False) -> Iterator[bytes]:
    for number in range(megabytes):
        if number == megabytes // 2:
            say("half")
            time.sleep(60 if hangs else 0)
        yield bytes([number % 256]) * PIECE


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def into_bucket(url: str, bucket: str, megabytes: int, *, hangs: bool) -> None:
    address = BucketAddress(StorageProvider.S3_COMPATIBLE, url, "eu-north-7", bucket)
    digest = sha256()
    for piece in pieces(megabytes):
        digest.update(piece)
    file = StoredFile(megabytes * PIECE, digest.hexdigest())
    content = Content(file, lambda: pieces(megabytes, hangs=hangs))
    async with Buckets(allow_private=True).open(address, KEYS) as opened:
        await opened.put_if_absent("large.bin", content)


def into_files(url: str, bucket: str, megabytes: int, *, hangs: bool) -> None:
    place = f"minio://{url.removeprefix('http://')}/{bucket}?tls=no&region=eu-north-7"
    with closing(open_place(place, KEYS).create("large.bin")) as file:
        for piece in pieces(megabytes, hangs=hangs):
            file.write(piece)
        file.commit()


def peak() -> int:
    """The most memory this process ever had, in kB; getrusage's begins with its parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0])


def main(how: str, url: str, bucket: str, megabytes: str, *rest: str) -> None:
    before = peak()
    if how == "bucket":
        asyncio.run(into_bucket(url, bucket, int(megabytes), hangs="hang" in rest))
    else:
        into_files(url, bucket, int(megabytes), hangs="hang" in rest)
    say(str((peak() - before) // 1024))


if __name__ == "__main__":
    main(*sys.argv[1:])
