"""Calls to addresses that outsiders named, to real servers on loopback."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from models.adapters import outgoing, resolving
from models.adapters.outgoing import Outgoing
from models.rules.errors import ErrorCode, InvalidInput, Unavailable
from models.rules.webhooks import Target, parse_target
from tests.adapters.certificates import Authority
from tests.receiver import Receiver, a_receiver, dripping, endless, hang, status, trusting

NEAR = Outgoing(allow_private=True)
HEADERS = {"Content-Type": "application/json", "webhook-id": "evt_1"}
Names = Callable[..., list[str]]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """Makes names resolve to the given addresses, one list for each time; the names asked for."""

    def resolve_to(*answers: list[str]) -> list[str]:
        asked: list[str] = []

        def look_up(host: str, port: int | None, **_: object) -> list[object]:
            asked.append(host)
            addresses = answers[min(len(asked), len(answers)) - 1]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in addresses]

        monkeypatch.setattr(resolving.socket, "getaddrinfo", look_up)
        return asked

    return resolve_to


def near(receiver: Receiver, path: str = "/hooks?a=1", host: str = "127.0.0.1") -> Target:
    return parse_target(receiver.url.replace("127.0.0.1", host) + path, allow_http=True)


async def test_body_arrives_as_it_is() -> None:
    async with a_receiver(status(204)) as receiver:
        assert await NEAR.post(near(receiver), HEADERS, '{"name":"张伟"}') == 204
    [request] = receiver.requests
    assert receiver.bodies == ['{"name":"张伟"}']
    assert (request.method, request.url.path, request.url.query) == ("POST", "/hooks", "a=1")
    assert request.headers["host"] == receiver.url.removeprefix("http://")
    assert request.headers["webhook-id"] == "evt_1"


@pytest.mark.parametrize("code", [200, 400, 410, 500])
async def test_status_is_given_whatever_it_is(code: int) -> None:
    async with a_receiver(status(code)) as receiver:
        assert await NEAR.post(near(receiver), HEADERS, "{}") == code


async def test_redirect_is_not_followed() -> None:
    async with a_receiver() as other, a_receiver(status(302, location=other.url)) as receiver:
        assert await NEAR.post(near(receiver), HEADERS, "{}") == 302
    assert (len(receiver.requests), other.requests) == (1, [])


async def test_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_receiver() as proxy, a_receiver() as receiver:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert await NEAR.post(near(receiver), HEADERS, "{}") == 200
    assert (len(receiver.requests), proxy.requests) == (1, [])


async def test_answer_without_end_is_cut_off() -> None:
    async with a_receiver(endless) as receiver:
        assert await NEAR.post(near(receiver), HEADERS, "{}") == 200


@pytest.mark.parametrize("answer", [hang, dripping])
async def test_slow_receiver_is_given_up(
    monkeypatch: pytest.MonkeyPatch, answer: Callable[[], object]
) -> None:
    monkeypatch.setattr(outgoing, "CALL_SECONDS", 0.3)
    clock = asyncio.get_running_loop().time
    async with a_receiver(answer) as receiver:
        started = clock()
        with pytest.raises(Unavailable, match="did not answer within"):
            await NEAR.post(near(receiver), HEADERS, "{}")
        assert clock() - started < 1


async def test_receiver_that_is_not_there_or_hangs_up_is_told_apart() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    target = Target("http", "127.0.0.1", port, "/")
    async with server:
        with pytest.raises(Unavailable, match="broke off"):
            await NEAR.post(target, HEADERS, "{}")
    with pytest.raises(Unavailable, match="No connection"):
        await NEAR.post(target, HEADERS, "{}")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "127.1", "0.0.0.0"]
)
async def test_loopback_is_refused_however_it_is_written(host: str) -> None:
    async with a_receiver() as receiver:
        target = near(receiver, host=host)
        for call in (Outgoing().post(target, HEADERS, "{}"), Outgoing().addresses(target)):
            with pytest.raises(InvalidInput) as refused:
                await call
            assert refused.value.code is ErrorCode.ADDRESS_NOT_ALLOWED
    assert receiver.requests == []


async def test_name_with_one_private_address_is_refused(names: Names) -> None:
    async with a_receiver() as receiver:
        names(["8.8.8.8", "127.0.0.1"])
        with pytest.raises(InvalidInput):
            await Outgoing().post(near(receiver, host="mixed.example.com"), HEADERS, "{}")
    assert receiver.requests == []


async def test_name_that_changes_after_the_check_leads_nowhere_else(names: Names) -> None:
    async with a_receiver() as receiver:
        asked = names(["127.0.0.1"], ["192.0.2.1"])
        target = near(receiver, host="rebinding.example.com")
        assert await NEAR.post(target, HEADERS, "{}") == 200
    assert asked == ["rebinding.example.com"]
    assert receiver.requests[0].headers["host"] == target.authority


async def test_next_address_is_tried_when_one_does_not_answer(names: Names) -> None:
    async with a_receiver() as receiver:
        names(["127.0.0.2", "127.0.0.1"])
        assert await NEAR.post(near(receiver, host="two.example.com"), HEADERS, "{}") == 200


@pytest.mark.parametrize("given", [NEAR, Outgoing()])
async def test_name_that_does_not_resolve_is_refused(given: Outgoing) -> None:
    with pytest.raises(InvalidInput) as refused:
        await given.addresses(Target("https", "nowhere.invalid", 443, "/"))
    assert refused.value.code is ErrorCode.ADDRESS_NOT_ALLOWED


async def test_slow_name_server_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolving, "RESOLVE_SECONDS", 0.05)
    target = Target("https", "slow.example.com", 443, "/")
    with slow_name_servers(monkeypatch) as asked:
        for call in (Outgoing().addresses(target), Outgoing().post(target, HEADERS, "{}")):
            with pytest.raises(Unavailable, match="The name was not found in time"):
                await call
        assert asked == [target.host]


async def test_names_of_a_slow_name_server_leave_threads_for_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resolving, "RESOLVE_SECONDS", 0.5)
    with slow_name_servers(monkeypatch) as asked:
        slow = [
            asyncio.create_task(Outgoing().addresses(Target("https", host, 443, "/")))
            for host in (f"{n}.{n}.slow.example" for n in range(2 * resolving.THREADS))
        ]
        await asyncio.sleep(0)
        target = Target("https", "quick.example.com", 443, "/")
        assert await Outgoing().addresses(target) == ["8.8.8.8"]
        refused = await asyncio.gather(*slow, return_exceptions=True)
        assert {type(each) for each in refused} == {Unavailable}
        assert len(asked) == resolving.OF_ONE_DOMAIN + 1


@contextmanager
def slow_name_servers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Name servers that do not answer before the end, except for quick.example.com."""
    answered, asked = threading.Event(), list[str]()

    def look_up(host: str, port: int | None, **_: object) -> list[object]:
        asked.append(host)
        if not host.startswith("quick"):
            answered.wait()
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", port))]

    monkeypatch.setattr(resolving.socket, "getaddrinfo", look_up)
    try:
        yield asked
    finally:
        answered.set()


async def test_certificate_must_be_of_the_name_that_was_asked_for(
    names: Names, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    names(["127.0.0.1"])
    given = Outgoing(allow_private=True, trust=trusting(authority.path))
    async with a_receiver(certificate=authority.certify("hooks.example.com")) as receiver:
        assert await given.post(near(receiver, host="hooks.example.com"), HEADERS, "{}") == 200
        for wrong, outlet in (("other.example.com", given), ("hooks.example.com", NEAR)):
            with pytest.raises(Unavailable, match="certificate does not hold"):
                await outlet.post(near(receiver, host=wrong), HEADERS, "{}")
    assert len(receiver.requests) == 1
