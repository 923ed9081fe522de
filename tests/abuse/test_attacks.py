"""Every attack of the catalogue is refused with its code, soon, and learns nothing."""

from collections import Counter

import httpx2
import pytest

from bench.abuse.attack import Attack, asked, document, strike
from bench.abuse.documents import DOCUMENTS
from bench.abuse.requests import REQUESTS
from bench.abuse.target import Target

ATTACKS = [*DOCUMENTS, *REQUESTS]
# `run.py abuse` holds 100 ms; this machine may be busy with other tests.
SOON_SECONDS = 1.0


def test_attacks_have_names_of_their_own() -> None:
    assert [name for name, times in Counter(map(str, ATTACKS)).items() if times > 1] == []


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_attack_is_refused_soon(attack: Attack, target: Target, http: httpx2.Client) -> None:
    tries = [strike(http, attack, target.bearer("mallory")) for _ in range(2)]
    for outcome in tries:
        assert (outcome.status, outcome.codes) == (attack.status, {attack.code} - {""})
        assert outcome.told == []
        assert len(outcome.text) < 3_000
    assert min(outcome.seconds for outcome in tries) < SOON_SECONDS


@pytest.mark.parametrize("text", ['{bill(id:"bil_1"){id}}', '{node(id:"bil_1"){id}}'])
def test_bill_of_the_catalogue_is_there(text: str, target: Target, http: httpx2.Client) -> None:
    """So that what is refused is refused for what it is, and an empty answer is no accident."""
    outcome = strike(http, document("", "", "", text), target.bearer("mallory"))
    assert (outcome.status, '"bil_1"' in outcome.text) == (200, True)


def test_forged_ids_find_nothing(target: Target, http: httpx2.Client) -> None:
    forged = [attack for attack in ATTACKS if attack.family == "forged ids"]
    for attack in forged:
        assert '"node":null' in strike(http, attack, target.bearer("mallory")).text
    assert len(forged) > 5


def test_answers_tell_nothing_of_the_server(target: Target, http: httpx2.Client) -> None:
    headers = {"Authorization": target.bearer("mallory"), "Content-Type": "application/json"}
    answer = http.post("/graphql", content=asked("{viewer{role}}"), headers=headers)
    assert set(answer.json()["extensions"]) == {"cost"}
    assert {"server", "x-powered-by", "via"} & set(answer.headers) == set()
    for path in ("/graphiql", "/", "/graphql/schema.json", "/playground", "/voyager", "/docs"):
        page = http.get(path, headers={"Accept": "text/html"})
        assert (path, page.status_code) in {(path, 404), (path, 405)}
        assert "graphiql" not in page.text.lower()


def test_pages_of_other_sites_may_read_nothing(target: Target, http: httpx2.Client) -> None:
    foreign = {"Origin": "https://evil.example"}
    preflight = foreign | {"Access-Control-Request-Method": "POST"}
    for answer in (
        http.options("/graphql", headers=preflight),
        http.post("/graphql", headers=foreign, json={"query": "{viewer{role}}"}),
        http.get("/graphql", headers=foreign),
    ):
        assert answer.status_code in {403, 405}
        assert [name for name in answer.headers if name.startswith("access-control")] == []
