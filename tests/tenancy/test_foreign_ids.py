"""Another partner's id is answered to the last byte like one that does not exist (R1).

Asked at every place of the schema that takes an id, by everybody who sees one partner only.
"""

import pytest

from models.rules.principals import Principal, Role
from tests.actions.channel import everything
from tests.tenancy.asking import ask
from tests.tenancy.attempts import IDS, QUESTIONS, VERBS, ask_about, try_all, try_one
from tests.tenancy.documents import node_types
from tests.tenancy.inputs import INPUTS
from tests.tenancy.places import places
from tests.tenancy.roles import GROUPS, allowed
from tests.tenancy.strangers import named_at, strangers, within
from tests.tenancy.worlds import World


def test_every_place_of_the_schema_is_known() -> None:
    assert [str(place) for place in places() if not place.is_known] == []
    assert {place.owner for place in IDS} == {
        "Query",
        "Partner",
        "Bill",
        "Mutation",
        "Subscription",
    }


async def test_there_is_one_of_everything_to_be_asked_about(world: World) -> None:
    query = "query Ask($id: ID!) { node(id: $id) { __typename } }"
    admin, found = world.bravo.person(Role.PARTNER_ADMIN), set()
    for ids in (await world.ids(world.bravo)).values():
        nodes = [(await ask(world.api, admin, query, id=each)).data["node"] for each in ids]
        found |= {node["__typename"] for node in nodes if node}
    assert found == set(node_types())


async def test_questions_tell_no_foreign_id_from_a_missing_one(world: World) -> None:
    for place in QUESTIONS:
        await ask_about(world, place, strangers(world.alpha))


@pytest.mark.parametrize("verbs", GROUPS, ids=lambda verbs: verbs[0])
async def test_mutations_tell_no_foreign_id_from_a_missing_one(
    world: World, verbs: list[str]
) -> None:
    for verb in VERBS.keys() & set(verbs):
        codes = await try_all(world, verb, strangers(world.alpha))
        is_for_one_partner = any(role is not Role.SALES_OPS for role in allowed(verb))
        assert codes == {"FORBIDDEN"} | ({"NOT_FOUND"} if is_for_one_partner else set()), verb


async def test_whoever_sees_two_partners_mixes_nothing_of_them(world: World) -> None:
    both, tried = Principal("of-both", Role.CHANNEL_MANAGER), set()
    for side in (world.alpha, world.bravo):
        await world.assign(both, side)
    for verb, (_, *others) in VERBS.items():
        for role in {Role.CHANNEL_MANAGER, Role.SALES_OPS} & set(allowed(verb)):
            who = both if role is Role.CHANNEL_MANAGER else world.alpha.person(role)
            mine, theirs = [await INPUTS[verb](side) for side in (world.alpha, world.bravo)]
            before = await everything()
            for place in others:
                foreign = [named_at(theirs, within(place))]
                assert await try_one(world, who, verb, (mine, [place], foreign)) == ["NOT_FOUND"]
                tried.add((verb, place.name, role))
            assert await everything() == before, verb
    assert {(verb, name) for verb, name, _ in tried} == {
        ("adjustBill", "chargeId"), ("adjustBill", "customerId"), ("applyCoupon", "couponId"),
        ("resolveDispute", "chargeId"), ("resolveDispute", "customerId"),
    }  # fmt: skip
