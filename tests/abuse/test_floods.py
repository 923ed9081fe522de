"""While one user floods the server, another one is answered; and its memory stays bounded.

`run.py abuse` measures and holds the bars; here only what a busy machine cannot blur is asserted.
"""

import pytest

from bench.abuse.floods import Plan, Suffered, suffer
from bench.abuse.target import Target

GROWN_MIB = 50
# Others' tests run on the same machine.
LONG_SECONDS = 2.0


@pytest.fixture(scope="module")
def warm(target: Target) -> Target:
    """A server that has answered before, so that what it takes only once is there."""
    suffer(target, Plan("a known query", processes=1, connections=2, seconds=0.5))
    return target


@pytest.mark.parametrize("kind", ["fresh documents", "long documents"])
def test_innocent_client_does_not_wait_for_new_documents(warm: Target, kind: str) -> None:
    suffered = suffer(warm, Plan(kind, processes=1, connections=12, seconds=1.5))
    assert sum(suffered.statuses.values()) > 0 and "500" not in suffered.statuses
    assert suffered.median < LONG_SECONDS
    # All on one line, both would wait as long; turns let the flood wait for itself.
    assert suffered.median < suffered.flood_median / 3
    assert suffered.grown_mib < GROWN_MIB


def test_flood_of_everything_changes_nothing_for_others(warm: Target) -> None:
    suffered = suffer(warm, Plan("the whole catalogue", processes=1, seconds=1.5))
    assert suffered.median < LONG_SECONDS
    assert set(suffered.statuses) <= {"200", "400", "403", "404", "413", "429"}
    assert suffered.grown_mib < GROWN_MIB


def test_more_than_one_in_a_hundred_is_counted() -> None:
    waits = [0.001] * 98 + [0.5] * 2
    suffered = Suffered(waits, {"200": 1}, 1.0, 0.0, 100.0)
    assert (suffered.median, suffered.p99) == (0.001, 0.5)
