"""What is written in one turn of the event loop is sent at once, in order, and never lost."""

import asyncio
from typing import Any

import pytest

from api.joined_writes import LARGEST_BYTES, JoinedWrites


class Wire:
    """A transport that keeps what is sent, by call."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.is_closed = False

    def writelines(self, parts: list[bytes]) -> None:
        assert not self.is_closed
        self.sent.append(b"".join(parts))

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True

    def get_extra_info(self, name: str) -> str:
        return name


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
async def joined(wire: Any) -> JoinedWrites:
    return JoinedWrites(wire, asyncio.get_running_loop())


async def test_head_and_body_are_sent_together(joined: JoinedWrites, wire: Wire) -> None:
    for data in (b"head", b"body"):
        joined.write(data)
    assert wire.sent == []
    await asyncio.sleep(0)
    joined.write(b"next")
    await asyncio.sleep(0)
    assert wire.sent == [b"headbody", b"next"]


async def test_much_does_not_wait(joined: JoinedWrites, wire: Wire) -> None:
    large = bytes(LARGEST_BYTES)
    joined.write(b"head")
    joined.write(large)
    assert wire.sent == [b"head" + large]
    joined.write(b"tail")
    await asyncio.sleep(0)
    assert wire.sent[1:] == [b"tail"]


async def test_last_words_are_sent_before_the_end(joined: JoinedWrites, wire: Wire) -> None:
    joined.write(b"bye")
    joined.close()
    assert (wire.sent, joined.is_closing()) == ([b"bye"], True)
    await asyncio.sleep(0)
    assert wire.sent == [b"bye"]


async def test_nothing_is_sent_to_whoever_is_gone(joined: JoinedWrites, wire: Wire) -> None:
    joined.write(b"lost")
    wire.is_closed = True
    await asyncio.sleep(0)
    assert wire.sent == []


async def test_everything_else_is_the_transports_own(joined: JoinedWrites) -> None:
    assert joined.get_extra_info("peername") == "peername"
