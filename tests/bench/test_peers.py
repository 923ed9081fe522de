"""Peers are pinned, and asked for the same as we are; what processes take is counted."""

import json
import os
import re
import subprocess
import sys

import pytest
from graphql import parse

from bench.reads.contenders import CONTENDERS, PEERS
from bench.reads.installing import SOURCES, versions
from bench.reads.processes import cpu_seconds, family, peak_mib
from bench.reads.questions import Page, Spelling

SIZES = {Page.Q1: ["12"], Page.Q2: ["20", "5"], Page.Q3: ["200", "20"]}


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_is_pinned_and_its_lock_names_no_host(name: str) -> None:
    assert versions(name)
    assert all(version[0].isdigit() for version in versions(name).values())
    for lock in (*SOURCES.glob(f"{name}/*lock*"), *SOURCES.glob(f"{name}/package.json")):
        text = lock.read_text()
        assert "resolved" not in text
        assert "://" not in text or lock.suffix == ".json"  # licences and funding have addresses


@pytest.mark.parametrize("name", CONTENDERS)
@pytest.mark.parametrize("page", Page)
def test_every_spelling_asks_for_as_many_rows(name: str, page: Page) -> None:
    spelling = CONTENDERS[name].spelling
    call = spelling.call(page, 7)
    if not isinstance(spelling, Spelling):
        assert call.method == "GET"
        return
    body = json.loads(call.body)
    parse(body["query"])
    assert re.findall(r"first: (\d+)", body["query"]) == SIZES[page]
    assert body["variables"]["id"].endswith("7")


@pytest.mark.skipif(sys.platform != "linux", reason="counts what Linux tells")
def test_a_process_is_counted_with_its_children() -> None:
    busy = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'sum(range(10**7))'])"
    before = cpu_seconds(os.getpid())
    with subprocess.Popen([sys.executable, "-c", f"{busy}; input()"], stdin=subprocess.PIPE) as one:
        assert one.pid in family(os.getpid())
        while cpu_seconds(one.pid) < 0.05:
            assert one.poll() is None
        assert cpu_seconds(os.getpid()) > before
        assert peak_mib(one.pid) > 1
        one.communicate(b"\n")
    assert family(one.pid) == [one.pid]
    assert cpu_seconds(one.pid) == 0
