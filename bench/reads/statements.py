"""How many SQL statements a server sends for a request, as PostgreSQL's own log has them."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

from bench.reads.database import Datasets

# The simple protocol says `statement`, the extended one `execute NAME`.
_STATEMENT = re.compile(r" LOG: {2}(?:statement|execute [^:]*): ")
TIMES = 5


def statements_of(datasets: Datasets, ask: Callable[[], object]) -> int:
    """How many statements one call of `ask` makes; the median, as servers have other things to do.

    A server's first request on a connection looks types up; that one is not counted.
    """
    with _logged(datasets):
        ask()
        return round(median(_count(datasets, ask) for _ in range(TIMES)))


def _count(datasets: Datasets, ask: Callable[[], object]) -> int:
    begin = datasets.log.stat().st_size
    ask()
    with datasets.log.open(errors="replace") as log:
        log.seek(begin)
        return len(_STATEMENT.findall(log.read()))


@contextmanager
def _logged(datasets: Datasets) -> Iterator[None]:
    datasets.set("log_statement", "all")
    try:
        yield
    finally:
        datasets.set("log_statement", "none")
