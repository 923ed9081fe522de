"""Attempts on what is another partner's, each beside the same attempt on what is not there."""

from collections.abc import Sequence

from models.rules.principals import Principal, Role
from tests.actions.channel import everything
from tests.tenancy.asking import ask, mutation
from tests.tenancy.documents import question
from tests.tenancy.inputs import INPUTS, Input
from tests.tenancy.places import Place, places_of
from tests.tenancy.roles import allowed
from tests.tenancy.strangers import named_at, with_ids, within
from tests.tenancy.worlds import World, missing

IDS = places_of("ID")
QUESTIONS = [place for place in IDS if place.owner not in {"Mutation", "Subscription"}]
VERBS = {
    verb: [place for place in IDS if place.field == f"Mutation.{verb}"]
    for verb in INPUTS
    if any(place.field == f"Mutation.{verb}" for place in IDS)
}
# Without it, another destination than the present one is not even looked at.
BESIDE: dict[str, Input] = {
    "updateBillStorage": {"credentials": {"accessKeyId": "x", "secretAccessKey": "y"}}
}


async def ask_about(world: World, place: Place, people: Sequence[Principal]) -> None:
    """People who do not see Bravo ask about five things of Bravo's of each kind at one place.

    Where even its administrator is told nothing, it is enough that one of them asks.
    """
    asked = question(place.owner, place.verb, f"{place.name}: $it", it="ID!")
    mine, theirs = [await world.own(each, asked.own) for each in (world.alpha, world.bravo)]
    admin, told = world.bravo.person(Role.PARTNER_ADMIN), 0

    async def is_same(who: Principal, own: str | None, foreign: str) -> bool:
        here = await ask(world.api, who, asked.text, own=own, it=foreign)
        there = await ask(world.api, who, asked.text, own=own, it=missing(foreign))
        return here.about(foreign) == there.about(missing(foreign))

    for foreign in [each for ids in (await world.ids(world.bravo)).values() for each in ids[-5:]]:
        is_told = not await is_same(admin, theirs, foreign)
        told += is_told
        for who in people if is_told else people[:1]:
            assert await is_same(who, mine, foreign), (place, who, foreign)
    assert told, (place, "whose it is must be told something, or this could not fail")


async def try_all(world: World, verb: str, people: Sequence[Principal]) -> set[str]:
    """They name what is Bravo's, one thing and all of it, fresh and used up; the codes of it."""
    places = VERBS[verb]
    mine = await INPUTS[verb](world.alpha) | BESIDE.get(verb, {})
    fresh = await INPUTS[verb](world.bravo) | BESIDE.get(verb, {})
    used = await INPUTS[verb](world.bravo)
    await INPUTS[verb](world.alpha)  # both sides keep step: their months have the same names
    insider = world.bravo.person(allowed(verb)[0])
    assert (await ask(world.api, insider, mutation(verb), input=used)).codes == []
    before, codes = await everything(), set[str]()
    singles = [[place] for place in places] if len(places) > 1 else []
    for theirs in (fresh, used | BESIDE.get(verb, {})):
        for some in [*singles, places]:
            # Their key as well, where all of it is theirs: what they were answered is not ours.
            base = theirs if some == places else mine
            foreign = [named_at(theirs, within(place)) for place in some]
            for who in people:
                codes |= set(await try_one(world, who, verb, (base, some, foreign)))
    assert await everything() == before, verb
    return codes


async def try_one(
    world: World, who: Principal, verb: str, tried: tuple[Input, list[Place], list[str]]
) -> list[str]:
    """The codes of one and the same answer about what is foreign, and what is not there."""
    sent, places, foreign = tried
    here, there = [
        (await ask(world.api, who, mutation(verb), input=with_ids(sent, places, ids))).about(*ids)
        for ids in (foreign, [missing(each) for each in foreign])
    ]
    assert here == there, (verb, who, foreign)
    return here.codes
