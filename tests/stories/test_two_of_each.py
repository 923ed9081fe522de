"""Two API processes and two workers on one database and one Valkey: one house, four doors."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

from jobs.demo.queries import QUERIES
from models.adapters.database import Database
from models.rules.principals import Role
from tests.api.client import Client
from tests.builders import a_customer, a_partner, some_charges
from tests.processes import is_alive
from tests.stories.books import read_books
from tests.stories.processes import Installation, acts, free_ports, issued, settled, up

CYCLES = ("2024-05", "2024-06")
PARTNERS = 6
EXPORTS = 20
RACERS = 24

TOP_UP = """mutation TopUp($partner: ID!, $amount: MoneyInput!, $key: String!) {
  topUpDeposit(input: { partnerId: $partner, amount: $amount, idempotencyKey: $key }) {
    partner { deposits { balance { amount } } } userErrors { code } } }"""
EXPORT_JOBS = """{ viewer { partner { exports(first: 100) { nodes {
  id status rowsDone sha256 downloadUrl } } } } }"""


async def charge_everyone(db: Database) -> list[int]:
    """Partners with two months of charges each, not billed yet."""
    partners = []
    for number in range(PARTNERS):
        partner = await a_partner(db, name=f"Partner {number}")
        customers = [await a_customer(db, partner, account=f"c{n}", name="C") for n in range(2)]
        rows: list[dict[str, Any]] = [
            {"cycle": cycle, "customer_id": customer, "amount": f"{number + 1}.{n:03}00001"}
            for cycle in CYCLES
            for customer in customers
            for n in range(40)
        ]
        await some_charges(db, partner, rows)
        partners.append(partner)
    return partners


async def over_both(
    apis: Sequence[Client], query: str, variables: Sequence[dict[str, Any]]
) -> list[Any]:
    """Ask all at once, in turns here and there; the payloads in that order."""
    asked = [apis[n % len(apis)].ask(query, each) for n, each in enumerate(variables)]
    return [next(iter(data.values())) for data in await asyncio.gather(*asked)]


async def same_answers(apis: Sequence[Client], partners: Sequence[int]) -> None:
    for partner in partners:
        for api in apis:
            api.sign_in(Role.PARTNER_FINANCE, partner)
        for name in ("overview", "byProduct", "byCustomer", "charges", "unpaid", "estimates"):
            here, there = await asyncio.gather(*(api.ask(QUERIES[name]) for api in apis))
            assert here == there, name
            assert here["viewer"]["partner"], name


async def exports_are_written_once(
    db: Database, apis: Sequence[Client], installation: Installation
) -> None:
    keys = [f"e{n // 2}" for n in range(2 * EXPORTS)]  # each key over both
    asked = [{"from": CYCLES[0], "to": CYCLES[1], "key": key} for key in keys]
    answers = await over_both(apis, QUERIES["export"], asked)
    ids = [answer["exportJob"]["id"] for answer in answers]
    assert ids[::2] == ids[1::2]
    assert len(set(ids)) == EXPORTS
    await settled(db)
    nodes = (await apis[0].ask(EXPORT_JOBS))["viewer"]["partner"]["exports"]["nodes"]
    assert {node["id"] for node in nodes} == set(ids)
    assert {(node["status"], node["rowsDone"]) for node in nodes} == {("SUCCEEDED", 160)}
    assert await acts(db, "FINISH_EXPORT") == EXPORTS
    written = [path.parent.name for path in installation.files.rglob("*") if path.is_file()]
    assert sorted(written) == sorted(set(ids))
    for n, node in enumerate(nodes):
        _, _, path = node["downloadUrl"].partition("/downloads/")
        file = await apis[n % 2].http.get(f"/downloads/{path}")
        assert hashlib.sha256(file.content).hexdigest() == node["sha256"]
    # The same rows at whatever worker: the same bytes (I20).
    assert len({node["sha256"] for node in nodes}) == 1


async def bills_are_confirmed_once(db: Database, apis: Sequence[Client]) -> list[str]:
    books = await read_books(apis[0].ask)
    for book in books.values():
        bill = book.bill
        shown = {"bill": bill["id"], "version": bill["version"], "digest": bill["digest"]}
        answers = await over_both(apis, QUERIES["confirm"], [shown] * RACERS)
        assert {(len(a["userErrors"]), a["bill"]["status"]) for a in answers} == {(0, "CONFIRMED")}
    assert await acts(db, "CONFIRM_BILL") == len(books)
    return [book.bill["id"] for book in books.values()]


async def bills_are_paid_once(
    db: Database, apis: Sequence[Client], partner: int, bills: list[str]
) -> None:
    person = apis[0].principal
    apis[0].sign_in(Role.SALES_OPS)
    money = {"amount": "100000", "currency": "USD"}
    await apis[0].ask(TOP_UP, {"partner": f"prt_{partner}", "amount": money, "key": "wire"})
    apis[0].principal = person
    one_key, many_keys = (
        [{"bills": [bill], "key": key} for key in keys]
        for bill, keys in zip(
            bills, (["same"] * RACERS, [f"k{n}" for n in range(RACERS)]), strict=True
        )
    )
    same = await over_both(apis, QUERIES["pay"], one_key)
    assert [answer["userErrors"] for answer in same] == [[]] * RACERS
    assert len({answer["payment"]["id"] for answer in same}) == 1
    raced = await over_both(apis, QUERIES["pay"], many_keys)
    codes = Counter(error["code"] for answer in raced for error in answer["userErrors"])
    assert sum(answer["payment"] is not None for answer in raced) == 1
    assert codes == {"NOTHING_DUE": RACERS - 1}
    books = await read_books(apis[1].ask)
    assert {book.bill["paymentStatus"] for book in books.values()} == {"PAID"}
    assert await acts(db, "PAY_BILLS") == 2


async def test_two_of_each_give_the_same_answers_and_do_everything_once(
    db: Database, installation: Installation
) -> None:
    partners = await charge_everyone(db)
    one, other = free_ports(2)
    async with (
        installation.worker() as first,
        installation.worker() as second,
        installation.api(one) as here,
        installation.api(other) as there,
    ):
        await asyncio.gather(up(*here), up(*there))
        apis = (here[1], there[1])
        await issued(db, bills=len(CYCLES) * PARTNERS)
        assert await acts(db, "ISSUE_BILL") == len(CYCLES) * PARTNERS
        await same_answers(apis, partners)
        for api in apis:
            api.sign_in(Role.PARTNER_FINANCE, partners[0])
        await exports_are_written_once(db, apis, installation)
        bills = await bills_are_confirmed_once(db, apis)
        await bills_are_paid_once(db, apis, partners[0], bills)
        await same_answers(apis, partners)
    assert not any(is_alive(process.pid) for process in (first, second, here[0], there[0]))
