"""What is billed: partners, files of charges that are invented by a seed, and what they come to."""

import asyncio
import random
from asyncio.subprocess import Process
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from models.adapters.database import Database
from models.rules.months import BillingMonth
from tests.actions.importing import a_file, a_registered_partner
from tests.stories.processes import Installation

BASE = ("2024-03", "2024-04")
FILES_FROM = BillingMonth(2024, 5)
ROWS = 40
# Far longer than any fault lasts.
TAKEN_SECONDS = 120
_CATEGORIES = ("Usage", "Usage", "Usage", "Purchase", "Credit", "Tax")


@dataclass
class World:
    """Partners by their billing account, and the exact amounts of every row that was taken in."""

    random: random.Random
    partners: dict[str, int] = field(default_factory=dict)
    taken: dict[int, list[Decimal]] = field(default_factory=lambda: defaultdict(list))

    async def register(self, db: Database, partners: int) -> None:
        """Partners without charges."""
        for number in range(partners):
            account = str(1000 + number)
            self.partners[account] = await a_registered_partner(db, account)

    def a_file(self, path: Path, cycles: Sequence[str]) -> tuple[Path, dict[int, list[Decimal]]]:
        """A file with charges of everybody in these months, and the amounts of each partner."""
        rows, amounts = [], defaultdict(list)
        for account, partner in self.partners.items():
            for cycle in cycles:
                for number in range(ROWS):
                    row = self._row(account, cycle, f"{path.stem}-{number}")
                    rows.append(row)
                    amounts[partner].append(Decimal(row["BilledCost"]))
        return a_file(path, rows), amounts

    def note(self, amounts: dict[int, list[Decimal]]) -> None:
        """Take amounts for billed from now on."""
        for partner, some in amounts.items():
            self.taken[partner] += some

    def _row(self, account: str, cycle: str, resource: str) -> dict[str, str]:
        category = self.random.choice(_CATEGORIES)
        most = 10**18 if category == "Tax" else 10**20
        amount = Decimal(self.random.randint(1, most)).scaleb(-18)
        sign = -1 if category == "Credit" or self.random.random() < 0.1 else 1
        return {
            "BillingAccountId": account,
            "BilledCost": f"{sign * amount:f}",
            "BillingPeriodStart": f"{cycle}-01T00:00:00Z",
            "BillingPeriodEnd": f"{BillingMonth.parse(cycle).plus(1)}-01T00:00:00Z",
            "ChargePeriodStart": f"{cycle}-07T12:00:00Z",
            "ChargePeriodEnd": f"{cycle}-07T13:00:00Z",
            "ChargeCategory": category,
            "ConsumedQuantity": "1",
            "ListCost": "500" if category == "Usage" else "NULL",
            "RegionId": self.random.choice(("cn-north-4", "eu-west-101", "NULL")),
            "ResourceId": resource,
            "ServiceName": self.random.choice(("Queue Service", "Object Storage")),
            "SubAccountId": f"{account}-{self.random.randint(1, 3)}",
        }


@dataclass
class Importer:
    """Takes in one file after the other, each until the command says that it is in."""

    world: World
    installation: Installation
    pause_seconds: float
    is_over: bool = False
    taken: int = 0
    process: Process | None = None

    @property
    def running(self) -> Process | None:
        """The import that goes on now."""
        process = self.process
        return process if process is not None and process.returncode is None else None

    async def work(self) -> None:
        """A file with a new month, then one with late charges of it, and so on until it is over."""
        while not self.is_over:
            cycle = str(FILES_FROM.plus((self.taken // 2) % 12))
            await self.take_in(f"file-{self.taken}", [cycle])
            await asyncio.sleep(self.pause_seconds)

    async def take_in(self, name: str, cycles: Sequence[str]) -> None:
        """One file, tried again until it is in."""
        path = self.installation.folder / f"{name}.csv"
        file, amounts = self.world.a_file(path, cycles)
        async with asyncio.timeout(TAKEN_SECONDS):
            while await self._take(file) != 0:
                await asyncio.sleep(self.pause_seconds / 2)
        self.world.note(amounts)
        self.taken += 1

    async def _take(self, file: Path) -> int:
        self.process = await self.installation.begin("import", str(file), "--quiet")
        return await self.process.wait()
