"""A link leads to one file of one partner: whoever turns it into another has none (rule 19)."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import pytest
from graphql import GraphQLObjectType

from models.rules.principals import Role
from tests.tenancy.asking import ask, token
from tests.tenancy.documents import named
from tests.tenancy.places import SCHEMA
from tests.tenancy.sides import Side
from tests.tenancy.strangers import strangers
from tests.tenancy.worlds import NOTHING, World

LINKS = {
    "ExportJob.downloadUrl": "exports(first: 9) { nodes { downloadUrl } }",
    "Invoice.downloadUrl": "invoices { nodes { downloadUrl } }",
    "Statement.csvUrl": 'statement(currency: USD, from: "2026-01-01", to: "2026-12-31") { csvUrl }',
    "Statement.pdfUrl": 'statement(currency: USD, from: "2026-01-01", to: "2026-12-31") { pdfUrl }',
}
ELSEWHERE = {"Payment.actionUrl"}  # where the payer's bank asks them


def test_every_link_of_the_schema_is_tried() -> None:
    found = {
        f"{each.name}.{name}"
        for each in SCHEMA.type_map.values()
        if isinstance(each, GraphQLObjectType)
        for name, field in each.fields.items()
        if named(field) == "URL"
    }
    assert found == LINKS.keys() | ELSEWHERE


async def link(world: World, side: Side, kind: str) -> str:
    """Path and query of a link that somebody of a side is given."""
    query = f"{{ viewer {{ partner {{ {LINKS[kind]} }} }} }}"
    data = (await ask(world.api, side.person(Role.PARTNER_FINANCE), query)).data
    parts = urlsplit(_first_text(data))
    return f"{parts.path}?{parts.query}"


def _first_text(data: Any) -> str:
    if isinstance(data, str):
        return data
    below = data if isinstance(data, list) else (data or {}).values()
    return next(filter(None, map(_first_text, below)), "")


def changed(url: str, *, path: str | None = None, **query: str | None) -> str:
    """A link that was tampered with; None leaves a part of its query out."""
    parts = urlsplit(url)
    told = {**dict(parse_qsl(parts.query)), **query}
    kept = {name: value for name, value in told.items() if value is not None}
    return f"{path or parts.path}?{urlencode(kept)}"


async def fetched(
    world: World, url: str, bearer: str | None = None
) -> tuple[int, dict[str, str], bytes]:
    """The answer to whoever fetches a link."""
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    answer: httpx2.Response = await world.api.http.get(url, headers=headers)
    return answer.status_code, dict(answer.headers), answer.content


@pytest.mark.parametrize("kind", LINKS)
async def test_link_is_all_the_permission_there_is(world: World, kind: str) -> None:
    url = await link(world, world.bravo, kind)
    plain = await fetched(world, url)
    assert plain[0] == 200
    assert plain[2]
    for who in [*strangers(world.alpha), world.bravo.person(Role.PARTNER_VIEWER)]:
        assert await fetched(world, url, token(world.api, who)) == plain
    world.api.now += timedelta(hours=1)
    assert (await fetched(world, url))[0] == 410


@pytest.mark.parametrize("kind", LINKS)
async def test_link_that_was_changed_says_nothing_of_what_it_would_lead_to(
    world: World, kind: str
) -> None:
    mine, theirs = [await link(world, side, kind) for side in (world.alpha, world.bravo)]
    path, nothing = urlsplit(theirs).path, f"prt_{NOTHING}"
    name = path.rpartition("/")[2]
    absent = path.replace(name, f"{name.partition('_')[0]}_{NOTHING}")
    forged = [
        changed(theirs, partner=world.alpha.id), changed(theirs, partner=nothing),
        changed(mine, partner=world.bravo.id), changed(mine, partner=nothing),
        changed(theirs, expires="9999999999"), changed(theirs, partner=None),
        changed(theirs, signature=None), changed(theirs, signature="A" * 43),
        changed(theirs, signature=dict(parse_qsl(mine))["signature"]),
    ]  # fmt: skip
    if "_" in name:  # a statement is the partner's, whose name stands in the query only
        forged += [changed(mine, path=path), changed(mine, path=absent)]
    owner = token(world.api, world.bravo.person(Role.PARTNER_ADMIN))
    answers = [await fetched(world, url, bearer) for url in forged for bearer in (None, owner)]
    kinds = {(status, *sorted(headers.items()), body) for status, headers, body in answers}
    assert {each[0] for each in kinds} == {403}
    # That a part is missing may be said; all else is one answer.
    assert len(kinds) == 2
    assert sum(b"copy it whole, or" in each[-1] for each in kinds) == 1
