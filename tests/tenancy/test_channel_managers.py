"""A channel manager sees the partners assigned to them, and from one moment to the next no more."""

import pytest

from models.rules.principals import Principal, Role
from tests.actions.channel import everything
from tests.tenancy.asking import ask, mutation
from tests.tenancy.attempts import QUESTIONS, VERBS, ask_about, try_all
from tests.tenancy.inputs import INPUTS
from tests.tenancy.roles import allowed
from tests.tenancy.worlds import World

PARTNERS = "{ partners { totalCount nodes { id } pageInfo { endCursor } } }"
THEIRS = sorted(verb for verb in VERBS if Role.CHANNEL_MANAGER in allowed(verb))


@pytest.fixture
async def former(world: World) -> Principal:
    """Who looked after Bravo until now."""
    who = world.bravo.manager
    [one] = (await ask(world.api, who, PARTNERS)).data["partners"]["nodes"]
    assert one == {"id": world.bravo.id}
    await world.withdraw(who, world.bravo)
    return who


async def test_former_manager_is_answered_like_anyone_about_nothing(
    world: World, former: Principal
) -> None:
    empty = {"totalCount": 0, "nodes": [], "pageInfo": {"endCursor": None}}
    assert (await ask(world.api, former, PARTNERS)).data["partners"] == empty
    await world.assign(former, world.alpha)
    for place in QUESTIONS:
        await ask_about(world, place, [former])


async def test_former_manager_does_nothing_any_more(world: World) -> None:
    former = world.bravo.manager
    for verb in THEIRS:
        sent = await INPUTS[verb](world.bravo)
        assert (await ask(world.api, former, mutation(verb), input=sent)).codes == []
        await world.withdraw(former, world.bravo)
        before = await everything()
        again = await ask(world.api, former, mutation(verb), input=sent)
        assert (verb, again.codes) == (verb, ["NOT_FOUND"])
        assert await everything() == before
        await world.assign(former, world.bravo)


async def test_manager_of_nobody_sees_nobody(world: World) -> None:
    for subject in ("nobody", "%", world.alpha.manager.subject.upper()):
        who = Principal(subject, Role.CHANNEL_MANAGER)
        assert (await ask(world.api, who, PARTNERS)).data["partners"]["nodes"] == []
        for verb in THEIRS:
            assert await try_all(world, verb, [who]) == {"NOT_FOUND"}
