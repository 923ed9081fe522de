"""Ordeals that are long enough for a figure: seeds of chaos, kills, and thousands who race."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.auditor import Findings
from tests.faults.clients import Clerk, Lines
from tests.faults.figures import Figure, milliseconds, percentile, say
from tests.faults.ground import SETTINGS, Ground, new_ground
from tests.faults.journal import Entry, Outcome
from tests.faults.ordeal import Ordeal, open_ordeal
from tests.stories.processes import settled

ROUNDS = 1
KILLS = 50
ATTEMPTS = 10_000
RACERS = 20
RACED_BILLS = 12


@asynccontextmanager
async def ground_in_a_folder(
    database: str, settings: dict[str, str] | None = None
) -> AsyncIterator[Ground]:
    """A ground of its own, gone at the end."""
    with TemporaryDirectory(prefix="bills-faults-") as folder:
        given = SETTINGS if settings is None else settings
        async with new_ground(database, Path(folder), given) as ground:
            yield ground


def _told(ordeal: Ordeal, findings: Findings) -> None:
    for line in (*ordeal.chaos.said, *findings.all):
        say(f"    {line}")
    for line in ordeal.stage.installation.log.read_text(errors="replace").splitlines():
        if findings.all and "request_failed" in line:
            say(f"    {line}")
    say(f"    acknowledged: {dict(ordeal.journal.count_done())}")
    say(f"    not answered: {dict(ordeal.journal.unanswered)}")


async def seeds(database: str, numbers: range) -> Figure:
    """A round of every fault for each seed."""
    lost = doubled = wrong = done = jobs = 0
    for seed in numbers:
        say(f"{database}: seed {seed}")
        async with (
            ground_in_a_folder(database) as ground,
            open_ordeal(ground, seed=seed, partners=3) as ordeal,
        ):
            ordeal.chaos.longest_seconds = 5.0
            findings = await ordeal.run(ROUNDS)
            _told(ordeal, findings)
            jobs += (await ground.db.fetch("SELECT count(*) FROM jobs"))[0][0]
        lost, doubled = lost + len(findings.lost), doubled + len(findings.doubled)
        wrong += len(findings.wrong)
        done += ordeal.journal.count_done().total()
    reached = (
        f"{lost} lost, {doubled} doubled, {wrong} wrong of {jobs:,} jobs and {done:,} acknowledged"
        f" mutations, seeds {numbers.start} to {numbers.stop - 1}"
    )
    target = f"0 jobs lost or doubled in {len(numbers)} chaos seeds"
    return Figure(target, database, reached, not (lost or doubled or wrong))


async def kills(database: str, numbers: range) -> Figure:
    """-9 to whoever is at work, again and again."""
    say(f"{database}: {KILLS} × kill -9, seed {numbers.start}")
    async with (
        ground_in_a_folder(database) as ground,
        open_ordeal(ground, seed=numbers.start, partners=3) as ordeal,
    ):
        chaos = ordeal.chaos
        chaos.is_patient = True
        chaos.only = (chaos.kill_api, chaos.kill_worker, chaos.kill_importer)
        findings = await ordeal.run(-(-KILLS // len(chaos.only)))
        _told(ordeal, findings)
    struck = chaos.counts.total()
    done = ordeal.journal.count_done().total()
    reached = f"{len(findings.all)} findings, {done:,} acknowledged mutations, {struck} × kill -9"
    target = f"0 acknowledged writes lost over {KILLS} kill -9"
    return Figure(target, database, reached, not findings.all and struck >= KILLS)


async def contention(database: str, numbers: range) -> list[Figure]:
    """Everybody confirms and pays the same few bills at once, each attempt with its own key."""
    say(f"{database}: {ATTEMPTS:,} attempts by {RACERS} at a time")
    chance = random.Random(numbers.start)
    async with (
        ground_in_a_folder(database) as ground,
        open_ordeal(ground, seed=numbers.start, partners=RACED_BILLS // 2) as ordeal,
    ):
        lines = ordeal.clerks[0].lines
        for clerk in ordeal.clerks:
            await clerk.top_up(thousands=1000)
        race = Race(lines, ordeal.clerks, chance)
        await race.read_bills()
        began = time.monotonic()
        await asyncio.gather(*(race.go_on() for _ in range(RACERS)))
        seconds = time.monotonic() - began
        findings = await race.audit(ordeal)
    p99 = percentile(race.seconds, 99)
    codes = Counter(entry.code for entry in race.attempts if entry.code)
    say(f"    refused: {dict(codes)}; {findings}")
    return [
        Figure(
            f"0 duplicate effects in {ATTEMPTS:,} concurrent pay and confirm attempts",
            database,
            f"{len(findings)} of {len(race.attempts):,} attempts on {RACED_BILLS} bills"
            f" ({len(race.attempts) / seconds:,.0f} a second)",
            not findings,
        ),
        Figure(
            "0 untyped errors",
            database,
            f"{len(ordeal.journal.untyped)}; not now: {dict(ordeal.journal.unanswered)}",
            not ordeal.journal.untyped,
        ),
        Figure("contended p99 ≤ 1 s", database, milliseconds(p99), p99 <= 1),
    ]


class Race:
    """Attempts on few bills; whoever is first wins, and everybody else is refused in words."""

    def __init__(self, lines: Lines, clerks: list[Clerk], chance: random.Random) -> None:
        self._lines, self._clerks, self._random = lines, clerks, chance
        self._bills: list[tuple[Clerk, dict[str, object]]] = []
        self.attempts: list[Entry] = []
        self.seconds: list[float] = []

    async def read_bills(self) -> None:
        """What everybody has on the screen."""
        for clerk in self._clerks:
            self._bills += [(clerk, bill) for bill in await clerk.bills()]

    async def go_on(self) -> None:
        """One attempt after the other, until there were enough."""
        while len(self.attempts) < ATTEMPTS:
            # Bill after bill, so that there is a race for each.
            first = len(self.attempts) * len(self._bills) // ATTEMPTS
            clerk, bill = self._bills[first]
            entry = self._attempt(clerk, bill)
            began = time.monotonic()
            await self._lines.settle(entry, clerk.finance)
            self.seconds.append(time.monotonic() - began)

    def _attempt(self, clerk: Clerk, bill: dict[str, object]) -> Entry:
        if self._random.random() < 0.5:
            shown = {"bill": bill["id"], "version": bill["version"], "digest": bill["digest"]}
            entry = Entry(clerk.partner, "confirm", f"c{len(self.attempts)}", shown)
        else:
            key = f"race-{len(self.attempts)}"
            entry = Entry(clerk.partner, "pay", key, {"bills": [bill["id"]], "key": key})
        self.attempts.append(entry)
        return entry

    async def audit(self, ordeal: Ordeal) -> list[str]:
        """Effects that are not there once: by their answers, and on the trail."""
        wins = Counter(
            entry.variables["bills"][0]
            for entry in self.attempts
            if entry.verb == "pay" and entry.outcome is Outcome.DONE
        )
        found = [f"{bill}: {n} payments" for bill, n in wins.items() if n != 1]
        found += [f"{bill['id']}: not paid" for _, bill in self._bills if not wins[bill["id"]]]
        await settled(ordeal.db, 120)
        for action in ("PAY_BILLS", "CONFIRM_BILL"):
            rows = await ordeal.db.fetch(
                "SELECT count(*) FROM audit_entries WHERE action = $1", action
            )
            if rows[0][0] != len(self._bills):
                found.append(f"{rows[0][0]} × {action} of {len(self._bills)} bills")
        return found
