"""Spans of requests and jobs: what was asked for by kind and name, and nothing that was meant."""

import asyncio
import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.demo.queries import QUERIES
from jobs.services import Clock, Runner, Services
from models.actions.jobs import ClaimedJob
from models.adapters.database import Database
from models.adapters.files import LocalFiles
from models.adapters.queue import SilentBell
from models.adapters.settings import Settings
from models.adapters.tracing import closing_tracing, open_tracing
from models.rules.errors import InvalidInput, NotFound
from models.rules.principals import Role
from models.tables.jobs import Job
from tests.api.broken import lose
from tests.api.client import open_client
from tests.api.month import a_month
from tests.api.test_customer_verbs import EMAIL, MOBILE, NAME, REVEAL, a_known_customer
from tests.collector import Collector, a_collector, a_silent_collector, attributes
from tests.jobs.effects import put_in
from tests.jobs.test_worker import eventually, working

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


def named(collector: Collector) -> list[str]:
    return [span["name"] for span in collector.spans]


async def test_requests_are_told_without_what_they_ask_or_answer(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    month = await a_month(db)
    _, customer = await a_known_customer(db)
    with a_collector() as collector:
        async with open_client(database_url, tmp_path, traces_url=collector.url) as api:
            api.sign_in(Role.SALES_OPS, None, "liu@example.com")
            variables = {"customer": f"cus_{customer}", "reason": "Ms Chan asked"}
            revealed = await api.ask(REVEAL, variables)
            api.sign_in(Role.PARTNER_FINANCE, month.partner)
            await api.ask(QUERIES["byCustomer"])
            await api.http.get("/downloads/exp_77?partner=prt_1&signature=hush")
            await api.http.get("/healthz")
            await db.transact(lose, "bills")
            headers = api.headers | {"traceparent": PARENT, "X-Request-Id": "r-1"}
            body = {"query": QUERIES["overview"]}
            await api.http.post("/graphql", json=body, headers=headers)
    assert NAME in json.dumps(revealed)
    reveal, customers, link, broken = collector.spans
    assert (reveal["name"], reveal["kind"]) == ("mutation Reveal", "SPAN_KIND_SERVER")
    assert attributes(customers) == {
        "http.request.method": "POST",
        "http.route": "/graphql",
        "http.response.status_code": "200",
        "graphql.operation.type": "query",
        "graphql.operation.name": "ByCustomer",
        "bills.outcome": "ok",
        "bills.request.id": attributes(customers)["bills.request.id"],
    }
    assert int(customers["endTimeUnixNano"]) > int(customers["startTimeUnixNano"])
    assert link["name"] == "GET /downloads"
    assert link["status"] == {}
    assert broken["status"] == {"code": "STATUS_CODE_ERROR"}
    assert "traceId" in broken and attributes(broken)["bills.request.id"] == "r-1"
    text = json.dumps(collector.spans).encode() + b"".join(collector.bodies)
    for secret in (
        NAME, MOBILE, EMAIL, "Chan", "liu@", "Northwind", "cus_", "prt_", "hush", "exp_77",
        "bil_", "lost_bills", "no such table", "does not exist", "digest",
    ):  # fmt: skip
        assert secret.encode() not in text, secret


async def test_trace_of_the_caller_goes_on(database_url: str, tmp_path: Path) -> None:
    with a_collector() as collector:
        async with open_client(database_url, tmp_path, traces_url=collector.url) as api:
            for parent in (PARENT, "nonsense", "00-zz-zz-zz"):
                body = {"query": "{ viewer { role } }"}
                headers = api.headers | {"traceparent": parent}
                await api.http.post("/graphql", json=body, headers=headers)
    traces = [base64.b64decode(span["traceId"]).hex() for span in collector.spans]
    assert [trace == TRACE for trace in traces] == [True, False, False]


async def test_jobs_are_told_by_kind_and_outcome(db: Database, tmp_path: Path) -> None:
    async def refuse(_services: Services, job: ClaimedJob, _now: Clock) -> None:
        raise NotFound(f"liu@example.com {job.arguments}")

    await put_in(db, 4711)
    with a_collector() as collector:
        tracing = open_tracing(collector.url)
        async with closing_tracing(tracing):
            settings = Settings(sweep_seconds=0.05, schedule_seconds=3600, data_dir=tmp_path)
            given = Services(db, settings, LocalFiles(tmp_path), SilentBell(), tracing=tracing)
            async with working(given, Runner(refuse)):
                await eventually(lambda: Job.filter(failures=1).exists())
    [span] = collector.spans
    assert (span["name"], span["kind"]) == ("job EXPORT", "SPAN_KIND_CONSUMER")
    assert span["status"] == {"code": "STATUS_CODE_ERROR"}
    assert attributes(span) | {"bills.job.id": ""} == {
        "bills.job.id": "",
        "bills.job.kind": "EXPORT",
        "bills.job.run": "1",
        "bills.job.outcome": "failed",
    }
    assert b"liu@" not in collector.bodies[0] and b"4711" not in collector.bodies[0]


async def test_collector_that_does_not_answer_holds_nobody_up(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "10")  # milliseconds until spans are sent
    monkeypatch.setattr("models.adapters.otlp._SEND_SECONDS", 15)
    with a_silent_collector() as collector:
        async with open_client(database_url, tmp_path, traces_url=collector.url) as api:
            answers = [await api.ask("{ viewer { role } }")]
            assert await asyncio.to_thread(collector.is_called.wait, 10)
            answers += [await api.ask("{ viewer { role } }") for _ in range(5)]
            assert not collector.is_given_up.is_set()
            collector.may_answer.set()
    assert answers == [{"viewer": {"role": "PARTNER_FINANCE"}}] * 6


def test_nothing_of_it_is_loaded_while_it_is_off() -> None:
    code = (
        "import sys, api.app, jobs.worker; from models.adapters.tracing import open_tracing;"
        "assert open_tracing('') is None;"
        "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "models.adapters.otlp", None)
    with pytest.raises(InvalidInput, match=r"partner-bills\[otel\]"):
        open_tracing("http://127.0.0.1:9/v1/traces")
