"""The real FOCUS sample: its bills, asked for as a client asks, on both databases."""

from decimal import Decimal

import pytest

from models.rules.principals import Role
from tests.actions.importing import SAMPLE, a_registered_partner
from tests.actions.test_import_sample import ACCOUNTS
from tests.stories.books import read_books, sigma
from tests.stories.scene import Scene

pytestmark = pytest.mark.skipif(not SAMPLE.exists(), reason=f"there is no {SAMPLE}")


@pytest.fixture
async def partners(scene: Scene) -> list[int]:
    """The partners of the sample's billing accounts, with every bill that is due."""
    partners = [await a_registered_partner(scene.services.db, account) for account in ACCOUNTS]
    scene.at("2024-11-05 01:00")
    assert (await scene.take(SAMPLE)).added == 1000
    assert set(await scene.work()) == {"ISSUE_BILLS"}
    return partners


async def test_bill_of_september_is_exact_by_product_and_by_customer(
    scene: Scene, partners: list[int]
) -> None:
    scene.api.sign_in(Role.PARTNER_FINANCE, partners[0])
    book = (await read_books(scene.api.ask))["2024-09", "RESELLER"]
    totals = book.totals
    assert totals["expenditures"] == Decimal("20.62033861840")
    assert totals["refunds"] == 0
    assert totals["adjustments"] == Decimal("-2.6137")
    assert totals["settlement"] == Decimal("18.0066386184")
    assert totals["billAmount"] == totals["amountDue"] == Decimal("18.01")
    assert len(book.customers) == 66
    by_product = sigma(row["expenditures"]["amount"] for row in book.products)
    assert by_product + Decimal(book.bill["others"]["total"]["amount"]) == totals["settlement"]
    by_customer = [row["total"]["amount"] for row in [*book.customers, book.bill["unassigned"]]]
    assert sigma(by_customer) == totals["settlement"]


async def test_row_of_october_is_on_the_bill_of_october(scene: Scene, partners: list[int]) -> None:
    scene.api.sign_in(Role.PARTNER_VIEWER, partners[1])
    books = await read_books(scene.api.ask)
    counts = {
        cycle: sum(len(book.charges) for key, book in books.items() if key[0] == cycle)
        for cycle in {cycle for cycle, _ in books}
    }
    assert counts["2024-10"] == 1
    assert set(counts) == {"2024-09", "2024-10"}


async def test_rows_of_the_sample_are_each_on_one_bill(scene: Scene, partners: list[int]) -> None:
    seen: set[str] = set()
    for partner in partners:
        scene.api.sign_in(Role.PARTNER_VIEWER, partner)
        for book in (await read_books(scene.api.ask)).values():
            ids = {charge["id"] for charge in book.charges}
            assert not seen & ids
            seen |= ids
    assert len(seen) == 1000
