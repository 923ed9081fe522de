"""One ordeal: an installation at work under faults, then healed, settled and audited."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from models.adapters.database import Database
from models.rules.principals import Role
from tests.api.client import Client
from tests.faults.auditor import Auditor, Findings
from tests.faults.chaos import Chaos
from tests.faults.clients import Clerk, Lines
from tests.faults.ground import Ground
from tests.faults.journal import Journal
from tests.faults.stage import Stage, open_stage
from tests.faults.world import BASE, Importer, World
from tests.stories.processes import settled

SETTLE_SECONDS = 180


@dataclass
class Ordeal:
    """Everything that takes part."""

    db: Database
    stage: Stage
    world: World
    importer: Importer
    chaos: Chaos
    clerks: list[Clerk]
    journal: Journal = field(default_factory=Journal)

    async def run(self, rounds: int) -> Findings:
        """Faults while everybody works; then everybody finishes, and the books are audited."""
        work = [asyncio.create_task(each.work()) for each in (*self.clerks, self.importer)]
        try:
            await self.chaos.run(rounds)
        finally:
            for each in (*self.clerks, self.importer):
                each.is_over = True
            await asyncio.gather(*work)
        await self.stage.up()
        return await self.audit()

    async def audit(self) -> Findings:
        """What an outsider finds once every job is done."""
        await settled(self.db, SETTLE_SECONDS)
        api = self.stage.apis[0].client
        assert api is not None
        return await Auditor(api, self.journal, self.world).audit()


@asynccontextmanager
async def open_ordeal(ground: Ground, *, seed: int, partners: int = 2) -> AsyncIterator[Ordeal]:
    """An installation whose partners have two bills each, and people who wait for the start."""
    chance = random.Random(seed)
    installation = ground.installation
    world = World(random.Random(chance.random()))
    importer = Importer(world, installation, pause_seconds=2)
    await world.register(ground.db, partners)
    await importer.take_in("base", BASE)
    async with open_stage(installation) as stage:
        apis = [member.client for member in stage.apis if member.client]
        journal = Journal()
        lines = Lines(apis, journal)
        clerks = [
            Clerk(partner, lines, random.Random(chance.random()), export=(BASE[0], BASE[-1]))
            for partner in world.partners.values()
        ]
        await _billed(apis[0], world)
        chaos = Chaos(ground, stage, importer, random.Random(chance.random()))
        yield Ordeal(ground.db, stage, world, importer, chaos, clerks, journal)


async def _billed(api: Client, world: World) -> None:
    """Wait until everybody has the first bills."""
    async with asyncio.timeout(SETTLE_SECONDS):
        for partner in world.partners.values():
            api.sign_in(Role.PARTNER_FINANCE, partner)
            asked = "{ viewer { partner { bills { totalCount } } } }"
            while (await api.ask(asked))["viewer"]["partner"]["bills"]["totalCount"] < len(BASE):
                await asyncio.sleep(0.05)
