"""What somebody is shown is their own: every field of every type, and every page of every list."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

from models.rules.principals import Principal, Role
from tests.tenancy.asking import Answer, ask
from tests.tenancy.documents import Question, fields_of, node_types, object_type, of_node, question
from tests.tenancy.places import Place, places_of
from tests.tenancy.sides import Side
from tests.tenancy.strangers import strangers
from tests.tenancy.worlds import World

CURSORS = places_of("Cursor")
BY_ID = {place.verb for place in places_of("ID") if place.owner == "Query"} - {"billingCalendar"}


async def shown(world: World, who: Principal, side: Side) -> AsyncIterator[tuple[str, Answer]]:
    """All that a side's nodes have, field by field, two objects deep; and what needs no id."""
    for name in object_type("Query").fields.keys() - BY_ID:
        yield name, await ask(world.api, who, question("Query", name, "").text)
    for node in node_types():
        for inner in fields_of(node):
            for each in await world.nodes(side, node):
                yield inner, await ask(world.api, who, of_node(node, inner), id=each)
    diff = question("Query", "billDiff", "billId: $it", it="ID!")
    for each in await world.nodes(side, "Bill"):
        yield "billDiff", await ask(world.api, who, diff.text, it=each)


async def marks(world: World, side: Side) -> re.Pattern[bytes]:
    """What only a side's things hold: its name, and its ids."""
    ids = [each for ids in (await world.ids(side)).values() for each in ids]
    return re.compile(rf"{side.name}|\b(?:{'|'.join(ids)})\b".encode(), re.IGNORECASE)


async def test_nothing_that_is_shown_is_the_others(world: World) -> None:
    mine, theirs = await marks(world, world.alpha), await marks(world, world.bravo)
    for who in strangers(world.alpha):
        found = 0
        async for name, each in shown(world, who, world.alpha):
            assert each.data is not None
            assert theirs.search(each.body) is None, (who, name)
            found += len(mine.findall(each.body))
        assert found > 1000


async def test_one_plan_serves_both_at_once_and_mixes_nothing(world: World) -> None:
    query = "{ viewer { subject partner { id name bills(first: 9) { nodes { id } } } } }"
    people = [side.person(Role.PARTNER_FINANCE) for side in (world.alpha, world.bravo)]
    alone = [await ask(world.api, who, query) for who in people]
    assert alone[0] != alone[1]
    together = await asyncio.gather(*(ask(world.api, who, query) for who in people * 20))
    assert together == alone * 20


def page_in(data: Any, name: str) -> Any:
    """The first page under a name, however deep; None where there is none."""
    if isinstance(data, list):
        return next(filter(None, (page_in(each, name) for each in data)), None)
    if not isinstance(data, dict):
        return None
    found = data.get(name)
    if isinstance(found, dict) and "edges" in found:
        return found
    return next(filter(None, (page_in(each, name) for each in data.values())), None)


async def longest(
    world: World, side: Side, place: Place, asked: Question
) -> tuple[str | None, list[str]]:
    """Whose list of a side's is the longest that such a cursor can be of; the cursors of it."""
    lists = []
    for own in await world.nodes(side, asked.own) if asked.own else [None]:
        answer = await ask(world.api, side.manager, asked.text, own=own)
        page = page_in(answer.data, place.verb)
        lists.append((own, [edge["cursor"] for edge in page["edges"]] if page else []))
    return max(lists, key=lambda each: len(each[1]))


async def test_cursor_of_anothers_row_is_a_mere_position(world: World) -> None:
    """It leads into one's own list, which is as long as ever: what is behind is the end of it."""
    for place in CURSORS:
        asked = question(place.owner, place.verb, "after: $it, first: 100", it="Cursor")
        own, mine = await longest(world, world.alpha, place, asked)
        _, theirs = await longest(world, world.bravo, place, asked)
        assert mine, (place, "there must be a list to ask about")
        assert theirs, (place, "there must be a cursor to ask with")
        for who in strangers(world.alpha):
            whole = page_in((await ask(world.api, who, asked.text, own=own)).data, place.verb)
            for cursor in theirs:
                answer = await ask(world.api, who, asked.text, own=own, it=cursor)
                page = page_in(answer.data, place.verb)
                if whole is None:
                    assert f'"{place.verb}":null' in answer.body.decode(), (place, who)
                else:
                    assert_is_its_end(page, whole)


def assert_is_its_end(page: Any, whole: Any) -> None:
    """A page is the end of a list, and what is said of the list is the same."""
    assert page["totalCount"] == whole["totalCount"] == len(whole["nodes"])
    for rows in ("edges", "nodes"):
        left = len(whole[rows]) - len(page[rows])
        assert page[rows] == whole[rows][left:]
    assert page["pageInfo"]["hasNextPage"] is False
    if page["edges"]:
        last = page["edges"][-1]["cursor"]
        assert page["pageInfo"]["endCursor"] == whole["pageInfo"]["endCursor"] == last
