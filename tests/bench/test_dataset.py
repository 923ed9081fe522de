"""The invented bills add up, for us and for the product that reads them."""

from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import httpx2
import pytest

from bench.reads.answers import normal_answer, without_extensions
from bench.reads.copied import COLUMNS
from bench.reads.database import fill
from bench.reads.dataset import PartnerRows, Size
from bench.reads.questions import OURS, Page, Routes
from models.rules.principals import Role
from tests.api.client import Client, open_client
from tests.conftest import BACKEND

SIZE = Size(partners=3, months=2, customers=13, lines=5, charges=2)
ADDENDS = ("expenditures", "refunds", "adjustments")


def _rows(table: str, *, partner: int = 1, size: Size = SIZE) -> list[dict[str, str]]:
    lines = PartnerRows(size, partner).fill()[table]
    return [dict(zip(COLUMNS[table], line.split("\t"), strict=True)) for line in lines]


@pytest.mark.parametrize(
    ("above", "below", "key"),
    [
        ("bill_versions", "bill_customers", {"id": "version_id"}),
        (
            "bill_customers",
            "product_lines",
            {"version_id": "version_id", "customer_id": "customer_id"},
        ),
    ],
)
def test_every_amount_is_the_sum_of_what_is_below(
    above: str, below: str, key: dict[str, str]
) -> None:
    sums: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for row in _rows(below):
        for name in ADDENDS:
            sums[(*(row[column] for column in key.values()), name)] += Decimal(row[name])
    tops = _rows(above)
    assert tops
    for row in tops:
        for name in ADDENDS:
            assert Decimal(row[name]) == sums[(*(row[column] for column in key), name)]


def test_a_partner_does_not_depend_on_how_many_there_are() -> None:
    more = Size(30, SIZE.months, SIZE.customers, SIZE.lines, SIZE.charges)
    for partner in (1, 3):
        assert PartnerRows(SIZE, partner).fill() == PartnerRows(more, partner).fill()


def test_no_two_rows_have_the_same_id() -> None:
    for table in COLUMNS:
        ids = [row["id"] for partner in (1, 2, 3) for row in _rows(table, partner=partner)]
        assert len(ids) == len(set(ids)) > 0


def test_a_size_is_read_as_it_is_written() -> None:
    assert str(Size.parse("5x3x20x10")) == "5x3x20x10x0"
    assert Size.parse("5x3x20x10x2") == Size(5, 3, 20, 10, 2)
    for wrong in ("", "5x3x20", "0x3x20x10", "5x3x20x10x-1", "axbxcxd"):
        with pytest.raises(ValueError):
            Size.parse(wrong)


@pytest.fixture
async def client(database_url: str, tmp_path: Path) -> AsyncIterator[Client]:
    if BACKEND != "postgres":
        pytest.skip("datasets are for PostgreSQL")
    await fill(database_url, SIZE)
    async with open_client(database_url, tmp_path / "data") as opened:
        opened.sign_in(Role.PARTNER_FINANCE, 2)
        yield opened


async def test_our_reads_find_every_identity_held(client: Client) -> None:
    for bill in ("bil_3", "bil_4"):
        found = await client.ask(
            "query Q($id: ID!) { bill(id: $id) { chargeCount reconciliation { name isHeld } } }",
            {"id": bill},
        )
        # Refunds and adjustments are charges of their own.
        assert found["bill"]["chargeCount"] >= SIZE.customers * SIZE.lines * SIZE.charges
        identities = found["bill"]["reconciliation"]
        assert {one["name"] for one in identities} >= {"I1", "I4", "I6", "I10"}
        assert [one for one in identities if not one["isHeld"]] == []


@pytest.mark.parametrize("page", Page)
async def test_the_limit_answers_byte_for_byte_as_we_do(
    client: Client, page: Page, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bench.reads.limit import app
    from models.adapters.production import DEVELOPMENT_SECRET

    monkeypatch.setenv("BILLS_DATABASE_URL", database_url)
    monkeypatch.setenv("BILLS_SECRET", DEVELOPMENT_SECRET)
    client.now = datetime.now(UTC)  # the limit looks at the clock
    number, foreign = (2, 1) if page is Page.Q1 else (3, 1)
    headers = client.headers | {"Content-Type": "application/json"}
    body = OURS.call(page, number).body
    ours = await client.http.post("/graphql", content=body, headers=headers)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://limit.test") as http:
            limit = await http.get(Routes().call(page, number).path, headers=client.headers)
            other = await http.get(Routes().call(page, foreign).path, headers=client.headers)
    assert limit.content == without_extensions(ours.content)
    assert normal_answer(ours.content)
    assert other.status_code == 404
