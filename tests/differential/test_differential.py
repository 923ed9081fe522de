"""The read engine against the ordinary executor: the same answers, for every role.

`BILLS_DIFFERENTIAL=5000` asks that many questions of each role; the seed is in the name of each.
"""

import json
import os
from pathlib import Path
from random import Random
from typing import Any

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, parse, validate

from api.answers import KeptAnswers
from api.budgets import Budgets
from api.connections import LARGER_PAGES, is_connection
from api.context import Context
from api.documents import Documents, InvalidDocument
from api.execution import Executor
from api.guard import GraphQLRequest
from api.limits import Limits
from api.pages import PageLimits
from api.persisted import PersistedDocuments
from api.schema import build_schema
from models.adapters.database import Database
from models.adapters.settings import Settings
from models.reads.roots import SHAPES
from models.rules.errors import ErrorCode, InvalidArgument, InvalidInput
from models.rules.principals import Principal, Role
from tests.differential.documents import Document, Values, Writer
from tests.differential.reference import Reference
from tests.differential.world import TODAY, World, a_world

QUESTIONS = int(os.environ.get("BILLS_DIFFERENTIAL", "30"))
# What is refused beforehand is refused for both; here much is asked for.
LIMITS = Limits(
    max_tokens=50_000,
    max_aliases=1_000,
    max_directives=1_000,
    max_depth=40,
    max_cost=10**9,
    pages=PageLimits(by_field=LARGER_PAGES),
)
NO_CURSORS = ["zz", "3131", "7a7a", "31" * 30, "é"]


def values_of(world: World) -> Values:
    """What arguments may be: mostly what leads somewhere."""
    bills = [f"bil_{world.bill}", f"bil_{world.bill + 2}", "bil_999", "bil_x", "", "é"]
    partners = [f"prt_{world.partner}"] * 3 + [f"prt_{world.other}", "prt_0", "bil_1"]
    anything = [f"{prefix}_{number}" for prefix in PREFIXES for number in (1, 2)]
    return {
        "id": [*bills[:2] * 3, *bills, *partners, *anything],
        "billId": [*bills[:1] * 6, *bills],
        "partnerId": partners,
        "objectId": [bills[0], "exp_1", "nothing"],
        "first": [1, 1, 2, 3],
        "after": [None] * 20 + [c.encode().hex() for c in CURSORS] + NO_CURSORS[:2],
        "from: Int": [1, 1, 2, 7],
        "to: Int": [2, 3, 3, -1],
        "from: Date": ["2026-06-01", "2026-07-01"],
        "to: Date": ["2026-07-20", "2026-07-31"],
        "DateTime": ["2026-06-05T00:00:00Z", "2026-07-01T12:00:00.5+08:00"],
        "Date": ["2026-06-05"],
        "BillingMonth": ["2026-02", "2026-03", "2026-07"],
        "CurrencyCode": ["USD", "USD", "JPY"],
        "String": ["Support", "Object Storage", None, "ISSUE_BILL", 'Süd "x"\\'],
        "Boolean": [True, False],
        "ID": ["bil_1"],
        "Int": [1],
    }


PREFIXES = ("prt", "bil", "bvr", "cpn", "cus", "chg", "dsp", "est", "pay", "exp", "inv", "evt",
            "whe", "whd", "stg", "sgr", "sds", "dlv", "xyz")  # fmt: skip
CURSORS = (
    "0",
    "1",
    "2026-02|1",
    "2026-03|9",
    "Object Storage|CLOUD",
    "2026-06-05T01:02:03.456789Z|3",
)


@pytest.fixture
async def world(db: Database) -> World:
    return await a_world(db)


def a_context(db: Database, who: Principal, folder: Path) -> Context:
    settings = Settings(data_dir=folder)
    nothing: Any = None
    return Context(db, settings, who, TODAY, nothing, nothing, lambda: TODAY)


async def planned(executor: Executor, document: Document, context: Context) -> Any:
    """The engine's answer, or the error that it has refused the request with."""
    try:
        asked = GraphQLRequest(document.text, document.variables)
        operation = await executor.prepare(asked, context.principal)
        return json.loads((await executor.run(operation, context)).body)["data"]
    except (InvalidInput, InvalidDocument) as refused:
        return refused
    finally:
        assert executor.unplanned == 0


def said(data: Any) -> str:
    return json.dumps(data, indent=1, ensure_ascii=False)


def places(errors: Any) -> set[tuple[str, tuple[str, ...]]]:
    """Codes and paths of the ordinary executor's errors, without places in lists."""
    return {
        (error.original_error.code, tuple(key for key in error.path if isinstance(key, str)))
        for error in errors
    }


def is_reached(data: Any, path: tuple[str, ...]) -> bool:
    """Whether an answer has the field: the engine also refuses what no row would have come to."""
    if isinstance(data, list):
        return any(is_reached(each, path) for each in data)
    return not path or (isinstance(data, dict) and is_reached(data.get(path[0]), path[1:]))


# graphql-core leaves what is beside a field that has failed, and nobody waits for it then.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("role", Role)
async def test_generated_query_has_the_same_answer_in_both_executors(
    db: Database, world: World, tmp_path: Path, role: Role
) -> None:
    [who] = [each for each in world.principals() if each.role is role]
    context = a_context(db, who, tmp_path)
    documents = Documents(build_schema()._schema, LIMITS)
    executor = Executor(documents, PersistedDocuments(), KeptAnswers(db, 0), Budgets(0))
    reference = Reference(context)
    refused = 0
    for seed in range(QUESTIONS):
        document = Writer(documents.schema, values_of(world), Random(f"{role}/{seed}")).document()
        ours = await planned(executor, document, context)
        theirs = await reference.answer(document.text, document.variables)
        shown = f"{role} {seed}: {document}"
        if isinstance(ours, InvalidDocument):  # before either executor: a value of another form
            assert {e.extensions["code"] for e in ours.errors} == {"INVALID_CURSOR"}, shown
        elif isinstance(ours, InvalidArgument):
            refused += 1
            found = (ours.code, ours.path) in places(theirs.errors or ())
            assert found or not is_reached(theirs.data, ours.path), shown
        elif isinstance(ours, InvalidInput):  # more than an older SQLite can read at once
            assert (ours.code, db.dialect.name) == (ErrorCode.QUERY_TOO_DEEP, "sqlite"), shown
        else:
            assert theirs.errors is None, shown
            assert said(ours) == said(theirs.data), shown
    assert refused < QUESTIONS / 2


def test_generated_documents_are_valid_and_reach_every_field(world_values: Values) -> None:
    schema = build_schema()._schema
    reached: set[str] = set()
    for seed in range(1_500):
        writer = Writer(schema, world_values, Random(seed))
        document = writer.document()
        errors = validate(schema, parse(document.text))
        assert [error for error in errors if not error.extensions] == [], document
        reached |= writer.reached
    assert sorted(all_fields(schema) - reached) == []


@pytest.fixture
def world_values() -> Values:
    return values_of(World(1, 1, 2))


def all_fields(schema: GraphQLSchema) -> set[str]:
    """Every field that the engine answers."""
    names = {"Query", "Money", *SHAPES, *filter(is_connection, schema.type_map)}
    return {
        f"{name}.{each}"
        for name in names
        if isinstance(parent := schema.type_map[name], GraphQLObjectType)
        for each in parent.fields
    }
