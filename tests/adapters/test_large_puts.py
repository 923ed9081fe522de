"""Large files on their way to a store: how much memory they take, and what a kill leaves."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process

import pytest

from models.adapters.bucket_port import Content
from models.adapters.buckets import Buckets
from tests.peers.hostile import a_store, refuses, says
from tests.peers.stores import Peer

MOST_MEGABYTES = 64


async def putting(*arguments: str) -> Process:
    command = ("-m", "tests.peers.putting", *arguments)
    return await asyncio.create_subprocess_exec(sys.executable, *command, stdout=PIPE)


async def growth(process: Process) -> int:
    out, _ = await process.communicate()
    assert process.returncode == 0
    return int(out.split()[-1])


async def test_file_of_300_megabytes_is_put_in_bounded_memory() -> None:
    async with a_store(refuses(404, "NoSuchKey"), says(200)) as store:
        process = await putting("bucket", store.url, "some-bucket", "300")
        assert await growth(process) < MOST_MEGABYTES
    assert [asked.size for asked in store.asked] == [0, 300 * 2**20]


async def test_file_of_120_megabytes_is_written_in_bounded_memory(swift: Peer) -> None:
    address = await swift.made()
    process = await putting("files", swift.url, address.bucket, "120")
    assert await growth(process) < MOST_MEGABYTES
    head = swift.client.head_object(Bucket=address.bucket, Key="large.bin")
    assert head["ContentLength"] == 120 * 2**20


@pytest.mark.parametrize("how", ["bucket", "files"])
async def test_process_killed_halfway_leaves_nothing_to_be_seen(peer: Peer, how: str) -> None:
    address = await peer.made("")
    process = await putting(how, peer.url, address.bucket, "40", "hang")
    assert process.stdout
    for _ in range(2 if how == "bucket" else 1):  # the first time it only adds up
        assert await process.stdout.readline() == b"half\n"
    process.kill()
    await process.wait()
    assert peer.names(address.bucket) == []
    async with Buckets(allow_private=True).open(address, peer.credentials) as bucket:
        assert await bucket.put_if_absent("large.bin", Content.of(b"whole"))
    assert peer.content(address.bucket, "large.bin") == b"whole"
