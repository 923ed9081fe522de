"""What is kept is bounded in bytes, whatever is asked."""

import gc
import tracemalloc
from hashlib import sha256
from pathlib import Path

import pytest

from api.answers import Answer, KeptAnswers
from api.bounded import Bounded, key_bytes
from api.documents import KEPT_DOCUMENTS_BYTES, KEPT_REQUESTS_BYTES, Documents
from api.guard import GraphQLRequest, parse_graphql_request
from api.limits import Limits
from api.persisted import KEPT_BYTES, PersistedDocuments
from api.planner import KEPT_PLANS_BYTES, Planner
from api.schema import build_schema
from bench.abuse.attack import asked
from bench.abuse.documents import many
from models.adapters.dialects import DIALECTS
from models.rules.principals import Principal, Role
from tests.api.client import NOW, open_client

BEER = "\N{BEER MUG}"  # four bytes, in Python, too
DIALECT = DIALECTS["sqlite"]
WHO = Principal("mallory", Role.PARTNER_FINANCE, 1)
SCHEMA = build_schema()._schema


@pytest.fixture
def documents() -> Documents:
    """An empty cache of documents."""
    return Documents(SCHEMA, Limits(introspection=False))


def test_bounded_forgets_by_weight_and_tells_of_it() -> None:
    gone = list[tuple[str, int]]()
    kept: Bounded[str, int] = Bounded(10, lambda key, value: gone.append((key, value)))
    kept.put("a", 1, weight=4)
    kept.put("b", 2, weight=4)
    assert kept.get("a") == 1
    kept.put("c", 3, weight=4)
    assert (gone, kept.held, kept.get("b")) == ([("b", 2)], 8, None)
    kept.put("a", 4, weight=11)
    assert kept.held <= 10


def test_keys_count() -> None:
    kept: Bounded[str, str] = Bounded(10_000)
    for number in range(100):
        kept.put_bytes(f"{number}{'x' * 1_000}", "", taking=0)
    assert kept.held <= 10_000
    assert kept.get(f"99{'x' * 1_000}") == ""
    assert kept.get(f"0{'x' * 1_000}") is None
    assert key_bytes(("x" * 1_000, ("y" * 1_000, None, 1))) > 2_000


def long_text(number: int) -> str:
    """A valid document that takes some 400 kB once it is parsed; each is another one."""
    regions = many(f'"r{number}-%d"', 600)
    return f'query q{{bill(id:"bil_1"){{products(regions:[{regions}]){{nodes{{product}}}}}}}}'


def fill(documents: Documents, first: int) -> None:
    """Somewhat more documents than are kept."""
    for number in range(first, first + KEPT_DOCUMENTS_BYTES * 5 // 4 // 400_000):
        documents.operation(long_text(number), None, {})


def test_documents_take_no_more_than_is_said(documents: Documents) -> None:
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(20):
            text = long_text(number)
            body = asked(text, variables={"a": [[]] * 300})
            operation = documents.operation(text, None, parse_graphql_request(body).variables)
            documents.keep_asked(body, operation)
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    # What is said is what is there, roughly, and never far less.
    assert 0.3 * documents.kept_bytes < grown < 1.1 * documents.kept_bytes


def test_documents_and_requests_are_bounded(documents: Documents) -> None:
    text = "query first{viewer{role}}"
    bodies = [asked(text, variables={"n": number}) for number in range(3)]
    for body in bodies:
        documents.keep_asked(body, documents.operation(text, None, {}))
    assert all(documents.asked(body) for body in bodies)
    fill(documents, 0)
    most = KEPT_DOCUMENTS_BYTES + KEPT_REQUESTS_BYTES
    assert most / 3 < documents.kept_bytes <= most
    # A request goes with its document.
    assert [documents.asked(body) for body in bodies] == [None] * 3


def test_what_is_asked_for_stays_while_others_flood(documents: Documents) -> None:
    text = "query first{viewer{role}}"
    body = asked(text)
    documents.keep_asked(body, documents.operation(text, None, {}))
    for number in range(KEPT_DOCUMENTS_BYTES * 5 // 4 // 400_000):
        documents.operation(long_text(number), None, {})
        assert documents.asked(body) is not None


def test_request_is_not_kept_without_its_document(documents: Documents) -> None:
    text = f"{{viewer{{role}}}} #{'x' * 8_000}"
    documents.keep_asked(asked(text), documents.operation(text, None, {}))
    assert documents.asked(asked(text)) is None


def test_mutations_are_never_kept_as_requests(documents: Documents) -> None:
    text = 'mutation{confirmBill(input:{billId:"bil_1",version:1,digest:"0"}){bill{id}}}'
    documents.keep_asked(asked(text), documents.operation(text, None, {}))
    assert documents.asked(asked(text)) is None


def test_plans_are_bounded(documents: Documents) -> None:
    planner = Planner(SCHEMA)
    text = 'query($r:String){bill(id:"bil_1"){products(regions:[$r]){nodes{product}}}}'
    for number in range(300):
        operation = documents.operation(text, None, {"r": f"{number}{'x' * 60_000}"})
        plans = planner.plans(operation, DIALECT, WHO)
        assert plans is not None
        planner.keep(operation, WHO, plans)
    assert KEPT_PLANS_BYTES / 2 < planner.kept_bytes <= KEPT_PLANS_BYTES
    assert planner.kept(operation, WHO) is not None


def test_persisted_documents_are_bounded() -> None:
    persisted = PersistedDocuments()
    for number in range(300):
        text = f"{number} {BEER * 7_000}"
        persisted.register(GraphQLRequest(text, sha256=sha256(text.encode()).hexdigest()))
    assert KEPT_BYTES / 2 < persisted.kept_bytes <= KEPT_BYTES


def test_answers_count_what_they_are_kept_by() -> None:
    kept = KeptAnswers(None, 1_000_000)  # type: ignore[arg-type] - no database is asked here
    for number in range(50):
        kept.keep((f"{number}{'x' * 50_000}",), Answer(b"{}", revision=1), now=NOW)
    assert 500_000 < kept.kept_bytes <= 1_000_000


async def test_garbage_collection_leaves_out_what_was_there_at_the_start(
    database_url: str, tmp_path: Path
) -> None:
    async with open_client(database_url, tmp_path):
        assert gc.get_freeze_count() > 50_000
