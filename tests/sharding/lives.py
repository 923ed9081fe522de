"""Two partners who both have everything, each of whom looks at all of it."""

from models.rules.principals import Role
from tests.actions.importing import a_registered_partner
from tests.stories.scene import Scene
from tests.stories.test_month import ATLAS, BIRCH, REFERRED
from tests.tenancy.asking import ask
from tests.tenancy.documents import fields_of, node_types, of_node
from tests.tenancy.sides import Side
from tests.tenancy.worlds import World, fill


async def live(world: World) -> None:
    """Everything is done, and then everything is looked at by the partners themselves."""
    await fill(world)
    for side in (world.alpha, world.bravo):
        await look(world, side)


async def look(world: World, side: Side) -> None:
    """Every field of everything that a side has."""
    for node in node_types():
        own = await world.own(side, node)
        for inner in fields_of(node):
            answer = await ask(
                world.api, side.person(Role.PARTNER_ADMIN), of_node(node, inner), id=own
            )
            assert answer.data["node"]


async def a_months_partner(scene: Scene) -> int:
    """The partner whose month it is, signed in."""
    partner = await a_registered_partner(
        scene.services.db, own_accounts=("9000",), customers=(ATLAS, BIRCH, REFERRED)
    )
    scene.api.sign_in(Role.PARTNER_FINANCE, partner)
    return partner
