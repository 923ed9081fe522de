"""Listening to what is another partner's is like listening to nothing, on both transports (R1)."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from models.rules.principals import Principal, Role
from tests.actions.desk import shown
from tests.api.live import Live, bearer, serve
from tests.tenancy.attempts import IDS
from tests.tenancy.documents import asked, object_type
from tests.tenancy.places import Place
from tests.tenancy.strangers import strangers
from tests.tenancy.worlds import World, missing

PLACES = [place for place in IDS if place.owner == "Subscription"]


@pytest.fixture
async def live(world: World, database_url: str) -> AsyncIterator[Live]:
    """A server on the world's database, which clients listen to."""
    async with serve(database_url, world.alpha.folder, cost_per_minute=0) as served:
        yield served


def listening(place: Place, name: str) -> str:
    """A subscription that names something, and asks for all that there is of it."""
    told = f'{place.name}: "{name}"'
    return f"subscription {{ {asked('Subscription', place.verb, 1, told=told)} }}"


def signed_in(who: Principal) -> str:
    """What somebody signs in with."""
    return bearer(who.partner_id, who.role, who.subject)


async def over_websocket(live: Live, who: Principal, query: str) -> list[Any]:
    """All that is said until the end."""
    async with live.listen(signed_in(who)) as socket:
        await socket.subscribe(query)
        heard = [await socket.hear()]
        while heard[-1]["type"] == "next":
            heard.append(await socket.hear())
        return heard


async def over_events(live: Live, who: Principal, query: str) -> list[Any]:
    """All that is said until the end."""
    async with live.events(signed_in(who), query) as events:
        heard: list[Any] = [events.response.status_code, await events.hear()]
        while heard[-1][0] == "next":
            heard.append(await events.hear())
        return heard


async def is_told(world: World, live: Live, place: Place, name: str) -> bool:
    """Whether Bravo's administrator hears of it, or waits to."""
    async with live.listen(signed_in(world.bravo.person(Role.PARTNER_ADMIN))) as socket:
        await socket.subscribe(listening(place, name))
        try:
            return bool((await socket.next())[place.verb])
        except TimeoutError:
            return True


async def test_foreign_thing_is_heard_of_like_a_missing_one(
    world: World, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.api.live.PATIENCE", 1.0)
    ids = await world.ids(world.bravo)
    assert {place.verb for place in PLACES} == set(object_type("Subscription").fields)
    for place in PLACES:
        names = [some[-1] for some in ids.values() if some]
        told = [name for name in names if await is_told(world, live, place, name)]
        assert told, place
        for foreign in told:
            for who in strangers(world.alpha):
                for listen in (over_websocket, over_events):
                    here, there = [
                        json.dumps(await listen(live, who, listening(place, name)))
                        for name in (foreign, missing(foreign))
                    ]
                    assert here == there, (place, who, foreign)
                    assert f'"{place.verb}": null' in here


async def test_nobody_hears_what_befalls_the_other(world: World, live: Live) -> None:
    mine, theirs = [await side.new_bill() for side in (world.alpha, world.bravo)]
    async with AsyncExitStack() as open_ends:
        sockets = []
        for who in strangers(world.alpha):
            socket = await open_ends.enter_async_context(live.listen(signed_in(who)))
            named = "" if who.partner_id else f'(partnerId: "{world.alpha.id}")'
            await socket.subscribe(f"subscription {{ billChanged{named} {{ id }} }}")
            sockets.append(socket)
        await live.eventually(listeners=len(sockets))
        await world.bravo.confirm(await shown(theirs))
        for socket in sockets:
            await socket.silence()
        await world.alpha.confirm(await shown(mine))
        for socket in sockets:
            assert await socket.next() == {"billChanged": {"id": f"bil_{mine}"}}
