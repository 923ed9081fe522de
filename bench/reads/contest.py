"""The contest: answers compared, statements counted, then load on everyone in turn, in rounds."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from random import Random
from statistics import median

from rich.progress import track

from bench.reads.again import asked_again
from bench.reads.answers import (
    NoAnswer,
    first_difference,
    normal_answer,
    without_extensions,
)
from bench.reads.client import Asked, Client, Load, token
from bench.reads.contenders import CONTENDERS, Contender, Running
from bench.reads.database import Datasets
from bench.reads.dataset import Size
from bench.reads.figures import C1, C16, KEPT, LIMIT, OURS, Figures, Run
from bench.reads.load import Order
from bench.reads.processes import cpu_seconds, peak_mib
from bench.reads.questions import Page
from bench.reads.statements import statements_of

# So many bills in rotation: more than a server could have an answer at hand for by luck.
BILLS = 120
# Answers of every server compared for each page; the lengths of all others are checked under load.
CHECKED = 24


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to measure: rounds, and seconds for each server, page and number of connections."""

    rounds: int = 5
    seconds: float = 2.0


class Standing:
    """A running server, and all it is going to be asked."""

    def __init__(self, running: Running, size: Size) -> None:
        self.running = running
        self.name = running.contender.name
        self.client = Client(running)
        self.asked = {page: _asked(running.contender, page, size) for page in Page}
        self.lengths: dict[Page, list[int]] = {}

    def learn(self, page: Page) -> list[bytes]:
        """Ask everything once: the answers to the first of it, the lengths of all of it."""
        bodies = [self.client.ask(asked)[1] for asked in self.asked[page]]
        self.lengths[page] = list(map(len, bodies))
        return bodies[:CHECKED]

    def order(self, page: Page, connections: int, seconds: float, start: int) -> Order:
        """So much load of one page."""
        port = self.running.port
        return Order(
            port=port,
            connections=connections,
            seconds=seconds,
            least=max(6, 2 * connections),
            start=start,
            requests=[asked.text(port) for asked in self.asked[page]],
            lengths=self.lengths[page],
        )


def _asked(contender: Contender, page: Page, size: Size) -> list[Asked]:
    """The same for everyone, in the same order: all partners, or bills of all of them."""
    random = Random(page)
    if page is Page.Q1:
        numbers = [(partner, partner) for partner in range(1, size.partners + 1)]
    else:
        bills = range(size.partners * size.months)
        chosen = random.sample(bills, min(BILLS, len(bills)))
        numbers = [(bill + 1, bill // size.months + 1) for bill in chosen]
    random.shuffle(numbers)
    tokens = {partner: token(partner) for _, partner in numbers}
    spelling = contender.spelling
    return [Asked(spelling.call(page, number), tokens[whose]) for number, whose in numbers]


class Contest:
    """Everyone on one database, started together, loaded in turn."""

    def __init__(self, datasets: Datasets, folder: Path, effort: Effort) -> None:
        self._datasets, self._folder, self._effort = datasets, folder, effort
        self._load = Load()
        self.figures = Figures()

    def measure(self, names: Sequence[str], size: Size) -> None:
        """All there is to measure; raises SystemExit where servers do not agree."""
        try:
            with self._standing(names, size) as everyone:
                for page in Page:
                    self._compare(page, everyone)
                self._rounds(everyone)
                for standing in everyone:
                    peak = peak_mib(standing.running.process.pid)
                    self.figures.peak_mib[standing.name] = peak
            self._again(size)
            self._growth(size)
            self._ceilings()
        finally:
            self._load.stop()

    def _rounds(self, everyone: Sequence[Standing]) -> None:
        for number in track(range(self._effort.rounds), description="Rounds"):
            for page in Page:
                for standing in turned(everyone, number):
                    for connections in (C1, C16):
                        run = self._run(standing, page, connections, number)
                        self.figures.add((standing.name, page, connections), run)

    def _again(self, size: Size) -> None:
        """The oldest bill of the first partner, which is confirmed; answers are kept here."""
        if size.months < 2:
            return
        with self._standing([KEPT], size) as [kept]:
            bill = Asked(kept.running.contender.spelling.call(Page.Q3, 1), token(1))
            seconds = self._effort.seconds
            self.figures.again = asked_again(kept.client, self._load, bill, seconds=seconds)

    def _growth(self, size: Size) -> None:
        """Ours on a tenth of the partners and on all: the same questions, the same answers."""
        tenth = replace(size, partners=max(1, size.partners // 10))
        with self._standing([OURS], tenth) as [few], self._standing([OURS], size) as [all_]:
            all_.asked = few.asked
            for page in Page:
                if few.learn(page) != all_.learn(page):
                    raise SystemExit(f"{page}: the answer depends on other partners.")
                rounds = [
                    {one: self._run(one, page, C1, n).median_ms for one in turned([all_, few], n)}
                    for n in range(self._effort.rounds)
                ]
                self.figures.growth[page] = median(took[all_] / took[few] for took in rounds)

    def _ceilings(self) -> None:
        for page in Page:
            size = self.figures.bytes[OURS, page]
            ceiling = self._load.ceiling(size, C16, self._effort.seconds)
            self.figures.ceiling[page] = ceiling.requests / ceiling.seconds

    @contextmanager
    def _standing(self, names: Sequence[str], size: Size) -> Iterator[list[Standing]]:
        """The named servers, started on the dataset of that size."""
        url, everyone = self._datasets.url(size), list[Standing]()
        try:
            for name in names:
                running = Running(CONTENDERS[name], url, self._folder)
                everyone.append(Standing(running, size))
                everyone[-1].client.wait()
            yield everyone
        finally:
            for standing in everyone:
                standing.client.close()
                standing.running.stop()

    def _compare(self, page: Page, everyone: Sequence[Standing]) -> None:
        """Ask everyone everything, and end the run where answers differ."""
        bodies = {standing.name: standing.learn(page) for standing in everyone}
        require_equal(page, bodies)
        ours = [without_extensions(body) for body in bodies.get(OURS, [])]
        if LIMIT in bodies and ours and ours != bodies[LIMIT]:
            raise SystemExit(f"{page}: the limit's bytes are not ours.")
        for standing in everyone:
            self.figures.bytes[standing.name, page] = round(median(standing.lengths[page]))
            again = partial(standing.client.ask, standing.asked[page][0])
            sent = statements_of(self._datasets, again)
            self.figures.statements[standing.name, page] = sent

    def _run(self, standing: Standing, page: Page, connections: int, number: int) -> Run:
        processes = (standing.running.process.pid, self._datasets.process)
        before = [cpu_seconds(process) for process in processes]
        # Each round begins elsewhere in the rotation.
        order = standing.order(page, connections, self._effort.seconds, start=number * 37)
        result = self._load.run(order)
        standing.running.require()
        after = [cpu_seconds(process) for process in processes]
        server, database = (end - begin for begin, end in zip(before, after, strict=True))
        return Run(**asdict(result), server_cpu=server, database_cpu=database)


def turned(everyone: Sequence[Standing], number: int) -> list[Standing]:
    """Someone else begins in each round."""
    first = number % len(everyone)
    return [*everyone[first:], *everyone[:first]]


def require_equal(page: Page, bodies: Mapping[str, Sequence[bytes]]) -> None:
    """Raise SystemExit where what was asked was not answered alike; it says where and how."""
    normal: dict[str, list[object]] = {}
    for name, answers in bodies.items():
        try:
            normal[name] = [normal_answer(body) for body in answers]
        except NoAnswer as failure:
            raise SystemExit(f"{page}: {name} has not answered: {failure}") from failure
    first, *others = normal
    for other in others:
        difference = first_difference(normal[first], normal[other])
        if difference:
            raise SystemExit(f"{page}: {first} and {other} differ at {difference}")
