"""Every mutation by every kind of caller, for real: it is done, or refused and nothing changes."""

from datetime import timedelta

import pytest

from models.rules.principals import Action, Principal, Role
from models.tables.audit import AuditEntry
from tests.actions.channel import everything
from tests.tenancy.asking import ask, mutation, token
from tests.tenancy.documents import object_type
from tests.tenancy.inputs import INPUTS, Input
from tests.tenancy.roles import GROUPS, LINKS, MAY, OUTCOMES, ROLES, VERBS, allowed
from tests.tenancy.worlds import World

MUTATIONS = set(object_type("Mutation").fields)
# Trying a bucket out keeps nothing: that it is done shows by what is said of one that is not there.
KEEPS_NOTHING = "probeBillStorageBucket"


def test_table_and_inputs_have_every_mutation() -> None:
    assert set(MAY) == set(INPUTS) == MUTATIONS
    assert set().union(*VERBS.values()) == MUTATIONS
    assert set(ROLES.values()) == set(Role)


def caller(world: World, column: str) -> Principal | str | None:
    """Who a column of the table is about, where Alpha is the partner."""
    if column == "nobody":
        return None
    if column == "expired":
        admin = world.alpha.person(Role.PARTNER_ADMIN)
        return token(world.api, admin, lifetime=timedelta(0))
    if column == "stranger":
        return world.bravo.manager
    return world.alpha.person(ROLES[column])


@pytest.mark.parametrize("verbs", GROUPS, ids=lambda verbs: verbs[0])
async def test_mutation_is_done_or_refused_as_the_table_says(
    world: World, verbs: list[str]
) -> None:
    for verb in verbs:
        sent, before = await INPUTS[verb](world.alpha), await everything()
        for column, mark in MAY[verb].items():
            if mark != "+":
                refused = await ask(world.api, caller(world, column), mutation(verb), input=sent)
                assert (verb, column, refused.codes) == (verb, column, [OUTCOMES[mark]])
                assert refused.status == (401 if mark in "UE" else 200)
                assert await everything() == before, (verb, column)
        for role in allowed(verb):
            sent = await INPUTS[verb](world.alpha)
            await done(world, world.alpha.person(role), verb, sent)


async def done(world: World, who: Principal, verb: str, sent: Input) -> None:
    """Somebody does something, and the trail says so."""
    before = await everything()
    answer = await ask(world.api, who, mutation(verb), input=sent)
    assert (verb, who.role, answer.codes) == (verb, who.role, [])
    if verb == KEEPS_NOTHING:
        assert await everything() == before
        elsewhere = await ask(world.api, who, mutation(verb), input=sent | {"bucket": "nowhere"})
        assert elsewhere.codes == ["BUCKET_NOT_FOUND"]
        return
    told = await AuditEntry.filter(subject=who.subject, role=who.role.value).order_by("-id")
    assert told[0].id > max(entry["id"] for entry in before["AuditEntry"])


async def test_viewer_is_told_what_the_table_says(world: World) -> None:
    assert {*VERBS, *LINKS} == {action.value for action in Action}
    for column, role in ROLES.items():
        who = world.alpha.person(role)
        shown = (await ask(world.api, who, "{ viewer { role allowedActions } }")).data["viewer"]
        assert shown["role"] == role
        for action, verbs in VERBS.items():
            by_table = all(MAY[verb][column] == "+" for verb in verbs)
            assert (action in shown["allowedActions"]) is by_table, (role, action)
        for action, roles in LINKS.items():
            assert (action in shown["allowedActions"]) is (column in roles), (role, action)
