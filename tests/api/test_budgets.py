"""What a user may ask in a minute: taken out before, told after, and filled by time."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.budgets import Budgets
from models.adapters.database import Database
from models.rules.errors import RateLimited
from models.rules.principals import Principal, Role
from tests.api.asking import code_of, get, register
from tests.api.client import NOW, Client, open_client
from tests.api.month import a_month

ANN, BEN = (Principal(name, Role.PARTNER_VIEWER, 1) for name in ("ann", "ben"))
ME = "{ viewer { role subject } }"
COST = 3


@pytest.fixture
async def api(database_url: str, tmp_path: Path) -> AsyncIterator[Client]:
    """A client who may ask for 12 fields a minute."""
    async with open_client(database_url, tmp_path, cost_per_minute=12) as client:
        yield client


async def test_answer_tells_what_it_cost_and_what_is_left(api: Client) -> None:
    for remaining in (9, 6, 3, 0):
        told = (await api.post(ME)).json()["extensions"]["cost"]
        assert told == {"requested": COST, "remaining": remaining, "perMinute": 12}


async def test_user_who_has_asked_for_too_much_waits(api: Client) -> None:
    for _ in range(4):
        assert (await api.post(ME)).status_code == 200
    refused = await api.post(ME)
    assert (refused.status_code, code_of(refused)) == (429, "RATE_LIMITED")
    assert refused.headers["retry-after"] == "15"  # 3 of 12 in a minute
    api.now += timedelta(seconds=14)
    assert (await api.post(ME)).status_code == 429
    api.now += timedelta(seconds=1)
    assert (await api.post(ME)).status_code == 200


async def test_budget_is_one_user_s_only(api: Client) -> None:
    for _ in range(4):
        await api.post(ME)
    assert (await api.post(ME)).status_code == 429
    api.sign_in(Role.PARTNER_FINANCE, 1, "ben")
    assert (await api.post(ME)).status_code == 200


async def test_what_is_kept_costs_as_much(api: Client, db: Database) -> None:
    month = await a_month(db)
    api.sign_in(Role.PARTNER_VIEWER, month.partner)
    query = "{ viewer { partner { name } } }"
    await register(api, query)
    answers = [await get(api, query) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]


async def test_mutation_is_refused_before_it_runs(api: Client) -> None:
    query = 'mutation { confirmBill(input: {billId: "bil_1", version: 1, digest: "x"}) { bill { id } } }'  # noqa: E501
    refused = await api.post(query)
    assert (refused.status_code, code_of(refused)) == (429, "RATE_LIMITED")
    assert "more than the 12 of a whole minute" in refused.json()["errors"][0]["message"]


async def test_refused_document_costs_nothing(api: Client) -> None:
    for query in (
        "{ nothing }",
        "{",
        "{ viewer { partner { bills(first: 1000) { totalCount } } } }",
    ):
        await api.post(query)
    assert (await api.post(ME)).json()["extensions"]["cost"]["remaining"] == 9


async def test_no_limit_is_no_extension(database_url: str, tmp_path: Path) -> None:
    async with open_client(database_url, tmp_path, cost_per_minute=0) as api:
        assert set((await api.post(ME)).json()) == {"data"}


@given(st.lists(st.tuples(st.integers(0, 150), st.integers(0, 90)), max_size=60))
def test_nobody_gets_more_than_a_minute_s_worth_and_what_has_filled_since(
    asked: list[tuple[int, int]],
) -> None:
    budgets, now, spent = Budgets(100), NOW, 0
    for cost, seconds in asked:
        now += timedelta(seconds=seconds)
        try:
            told = budgets.spend(ANN, cost, now=now)
        except RateLimited as refused:
            assert 1 <= refused.seconds <= 60
            continue
        assert told is not None
        spent += cost
        assert 0 <= told.remaining <= 100 - cost
        assert spent <= 100 + (now - NOW).total_seconds() * 100 / 60
    assert budgets.spend(BEN, 100, now=now) is not None


def test_clock_that_goes_back_gives_nothing() -> None:
    budgets = Budgets(100)
    budgets.spend(ANN, 100, now=NOW)
    with pytest.raises(RateLimited):
        budgets.spend(ANN, 1, now=NOW - timedelta(hours=1))
    with pytest.raises(RateLimited):
        budgets.spend(ANN, 2, now=NOW + timedelta(seconds=1))
    assert budgets.spend(ANN, 1, now=NOW + timedelta(seconds=1)) is not None
