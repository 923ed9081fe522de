"""What the API counts of its requests, and how the business stands."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from jobs.demo.queries import QUERIES
from models.adapters.database import Database
from models.rules.principals import Role
from tests.api.broken import lose
from tests.api.client import Client, open_client
from tests.api.live import bearer, serve
from tests.api.month import a_month
from tests.builders import a_charge, a_partner
from tests.figures import Figures, figure, read_figures

ME = "query Me { viewer { role } }"
SEVERAL = '{ partner(id: "prt_1") { bills { nodes { id } } } viewer { role } }'


async def figures(api: Client) -> Figures:
    return read_figures((await api.http.get("/metrics")).text)


class Since:
    """How much figures have grown since the beginning: other tests of this process count, too."""

    def __init__(self, before: Figures, after: Figures) -> None:
        self._before, self._after = before, after

    def __call__(self, name: str, labels: Mapping[str, str] | None = None) -> float:
        return figure(self._after, name, labels) - figure(self._before, name, labels)


async def test_operations_are_counted_by_kind_outcome_time_and_cost(
    api: Client, db: Database
) -> None:
    month = await a_month(db)
    api.sign_in(Role.PARTNER_FINANCE, month.partner)
    before = await figures(api)
    for _ in range(3):
        await api.ask(QUERIES["overview"])
    refused = {"bill": f"bil_{month.bills[0]}", "version": 1, "digest": "0000"}
    await api.post(QUERIES["confirm"], refused)
    await api.post("{ nothing }")
    grown = Since(before, await figures(api))
    assert grown("graphql_seconds_count", {"operation": "query", "outcome": "ok"}) == 3
    assert grown("graphql_seconds_count", {"operation": "mutation", "outcome": "refused"}) == 1
    assert grown("graphql_cost_count", {"operation": "query"}) == 3
    assert grown("graphql_cost_sum", {"operation": "query"}) > 3 * 10
    assert grown("graphql_unplanned_total") == 1
    assert grown("user_errors_total", {"code": "STALE_VERSION"}) == 1
    assert grown("graphql_errors_total", {"code": "VALIDATION_FAILED"}) == 1
    assert grown("http_requests_total", {"route": "graphql", "status": "200"}) == 5


async def test_cost_follows_the_pages_that_variables_ask_for(api: Client) -> None:
    api.sign_in(Role.AUDITOR)
    query = "query P($n: Int!) { partners(first: $n) { nodes { id } } }"
    costs = []
    for size in (1, 100, 1):
        before = await figures(api)
        await api.ask(query, {"n": size})
        costs.append(Since(before, await figures(api))("graphql_cost_sum", {"operation": "query"}))
    assert costs[0] == costs[2] < costs[1] < 150


async def test_bug_is_counted_as_a_failure(api: Client, db: Database) -> None:
    month = await a_month(db)
    api.sign_in(Role.PARTNER_FINANCE, month.partner)
    await db.transact(lose, "bills")
    before = await figures(api)
    assert await api.refuse(QUERIES["overview"]) == "INTERNAL"
    grown = Since(before, await figures(api))
    assert grown("graphql_seconds_count", {"operation": "query", "outcome": "failed"}) == 1
    assert grown("graphql_errors_total", {"code": "INTERNAL"}) == 1


async def test_refused_request_is_counted_by_its_code_and_status(api: Client) -> None:
    before = await figures(api)
    await api.http.post("/graphql", json={"query": ME})
    await api.http.get("/nothing/here")
    await api.http.get("/downloads/exp_1")
    grown = Since(before, await figures(api))
    assert grown("graphql_errors_total", {"code": "UNAUTHENTICATED"}) == 1
    assert grown("graphql_errors_total", {"code": "LINK_INVALID"}) == 1
    assert grown("http_requests_total", {"route": "graphql", "status": "401"}) == 1
    assert grown("http_requests_total", {"route": "other", "status": "404"}) == 1
    assert grown("http_requests_total", {"route": "downloads", "status": "403"}) == 1


async def test_open_subscriptions_are_counted_however_they_are_carried(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    month = await a_month(db)
    who, query = bearer(month.partner), "subscription { billChanged { id } }"
    async with (
        serve(database_url, tmp_path) as live,
        open_client(database_url, tmp_path) as api,
    ):
        before = await figures(api)
        async with live.listen(who) as socket, live.events(who, query):
            await socket.subscribe(query)
            await live.eventually(2)
            assert Since(before, await figures(api))("subscriptions_open") == 2
        await live.eventually(0)
        assert Since(before, await figures(api))("subscriptions_open") == 0


async def test_bills_to_issue_are_told_and_late_ones_apart(
    api: Client, db: Database, database_url: str, tmp_path: Path
) -> None:
    partner = await a_partner(db)
    await a_charge(db, partner, cycle="2026-10")
    await a_charge(db, partner, cycle="2026-11")
    for at, on_time, late in (
        (datetime(2026, 11, 4, 16, 59, tzinfo=UTC), 0, 0),
        (datetime(2026, 11, 4, 17, tzinfo=UTC), 1, 0),
        (datetime(2026, 11, 5, 4, tzinfo=UTC), 0, 1),
    ):
        async with open_client(database_url, tmp_path) as other:
            other.now = at
            now = await figures(other)
            assert figure(now, "unissued", {"late": "no"}) == on_time, at
            assert figure(now, "unissued", {"late": "yes"}) == late, at
            assert figure(now, "database_up") == 1
