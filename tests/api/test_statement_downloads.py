"""Statements as files: under signed links only, exact, and the same bytes each time (I20)."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx2
import pytest

from models.adapters.database import Database
from models.adapters.production import DEVELOPMENT_SECRET
from models.rules import statement_paper
from models.rules.links import download_path
from models.rules.principals import Role
from tests.api.client import NOW, Client
from tests.builders import a_partner
from tests.ledgers import Moved, a_ledger

HOUR = timedelta(hours=1)
MARCH = datetime(2026, 3, 10, tzinfo=UTC)
URLS = """
query ($account: LedgerAccount!, $to: Date!) {
  partner(id: "prt_1") {
    statement(currency: "USD", from: "2026-03-01", to: $to, account: $account) { csvUrl pdfUrl }
  }
}
"""


@pytest.fixture
async def books(api: Client, db: Database) -> Client:
    """A client of a partner with a bill, a top-up and a payment in March 2026."""
    partner = await a_partner(db, name="北京诺斯云 Northwind")
    moves = [
        Moved("BILL", Decimal("70.5"), MARCH - timedelta(days=30)),
        Moved("BILL", Decimal("100.000000000000000001"), MARCH),
        Moved("TOP_UP", Decimal(500), MARCH + HOUR),
        Moved("PAYMENT", Decimal(100), MARCH + 2 * HOUR),
    ]
    await a_ledger(db, partner, moves)
    return api


async def link(
    books: Client, kind: str = "csv", to: str = "2026-03-31", account: str = "RECEIVABLE"
) -> str:
    """The path and query of a link, as the API gives it."""
    answer = await books.ask(URLS, {"account": account, "to": to})
    url = str(answer["partner"]["statement"][f"{kind}Url"])
    return url.removeprefix("http://127.0.0.1:8000")


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    [error] = answer.json()["errors"]
    assert answer.headers["cache-control"] == "private, no-store"
    return answer.status_code, error["extensions"]["code"]


async def test_csv_holds_the_statement(books: Client) -> None:
    answer = await books.http.get(await link(books))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    name = "statement-prt_1-USD-receivable-2026-03-01-to-2026-03-31.csv"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["cache-control"] == "private, no-store"
    rows = list(csv.DictReader(io.StringIO(answer.text, newline=""), strict=True))
    assert [(row["event"], row["amount"], row["balance"]) for row in rows] == [
        ("OPENING", "0", "70.5"),
        ("BILL", "100.000000000000000001", "170.500000000000000001"),
        ("PAYMENT", "-100", "70.500000000000000001"),
        ("CLOSING", "0.000000000000000001", "70.500000000000000001"),
    ]


async def test_deposit_shows_what_is_held(books: Client) -> None:
    answer = await books.http.get(await link(books, account="DEPOSIT"))
    rows = list(csv.DictReader(io.StringIO(answer.text, newline=""), strict=True))
    assert [(row["credit"], row["debit"], row["balance"]) for row in rows] == [
        ("0", "0", "0"),
        ("500", "0", "500"),
        ("0", "100", "400"),
        ("500", "100", "400"),
    ]
    assert rows[1]["reference"].startswith("top-up/")
    assert len(rows[1]["reference"]) == len("top-up/") + 8


async def test_long_statement_comes_in_pieces_and_adds_up(books: Client, db: Database) -> None:
    partner = await a_partner(db, name="Busy")
    moves = [
        Moved("BILL", Decimal(n).scaleb(-18), MARCH + timedelta(seconds=n)) for n in range(1, 1202)
    ]
    await a_ledger(db, partner, moves)
    books.sign_in(Role.AUDITOR)
    path = _path("statements/USD/RECEIVABLE/2026-03-01/2026-03-31.csv", partner)
    rows = list(csv.DictReader(io.StringIO((await books.http.get(path)).text, newline="")))
    assert [int(row["reference"].partition("/")[0][-7:]) for row in rows[1:-1]] == list(
        range(1, 1202)
    )
    assert rows[-1]["balance"] == rows[-2]["balance"] == rows[-1]["debit"]
    pdf = await books.http.get(path.replace("csv", "pdf"))
    assert refusal(pdf) == (403, "LINK_INVALID")
    pdf = await books.http.get(
        _path("statements/USD/RECEIVABLE/2026-03-01/2026-03-31.pdf", partner)
    )
    assert refusal(pdf) == (400, "RANGE_TOO_LONG")
    assert str(statement_paper.MOST_LINES) in pdf.json()["errors"][0]["message"]


def _path(object_id: str, partner: int = 1, expires: datetime = NOW + HOUR) -> str:
    return download_path(partner, object_id, secret=DEVELOPMENT_SECRET, expires=expires)


async def test_pdf_is_a_pdf_and_the_same_each_time(books: Client) -> None:
    first = await books.http.get(await link(books, "pdf"))
    books.now += timedelta(days=40)
    second = await books.http.get(await link(books, "pdf"))
    assert first.status_code == 200
    assert first.headers["content-type"] == "application/pdf"
    assert first.content.startswith(b"%PDF-")
    assert first.content == second.content


@pytest.mark.parametrize("kind", ["csv", "pdf"])
async def test_statement_up_to_today_says_until_when(books: Client, kind: str) -> None:
    today = await books.http.get(await link(books, kind, to="2026-11-21"))
    books.now += timedelta(minutes=1)
    later = await books.http.get(await link(books, kind, to="2026-11-21"))
    assert today.content != later.content
    if kind == "csv":
        assert ",2026-11-21,2026-11-21T01:02:03Z,CLOSING," in today.text


async def test_csv_of_days_that_are_over_is_the_same_each_time(books: Client) -> None:
    first = await books.http.get(await link(books))
    books.now += timedelta(days=40)
    assert (await books.http.get(await link(books))).content == first.content


async def test_head_says_what_there_is(books: Client) -> None:
    path = await link(books, "pdf")
    whole, head = await books.http.get(path), await books.http.head(path)
    assert (head.status_code, head.content) == (200, b"")
    names = ("content-type", "content-disposition", "cache-control", "referrer-policy")
    assert [head.headers[name] for name in names] == [whole.headers[name] for name in names]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("prt_1", "prt_2"),
        ("USD", "EUR"),
        ("RECEIVABLE", "DEPOSIT"),
        ("2026-03-01", "2026-02-01"),
        ("2026-03-31", "2026-04-30"),
        (".csv", ".pdf"),
        (".csv", ".csv/"),
        ("/USD", "//USD"),
        ("expires=1", "expires=2"),
        ("signature=", "signature=A"),
        ("partner=prt_1&", ""),
    ],
)
async def test_link_that_was_tampered_with_is_refused(books: Client, old: str, new: str) -> None:
    good = await link(books)
    assert old in good
    assert refusal(await books.http.get(good.replace(old, new, 1))) == (403, "LINK_INVALID")


async def test_link_holds_for_an_hour(books: Client) -> None:
    path = await link(books)
    books.now += HOUR
    assert refusal(await books.http.get(path)) == (410, "LINK_EXPIRED")
    assert (await books.http.get(await link(books))).status_code == 200


async def test_statement_of_no_partner_is_not_there(books: Client) -> None:
    path = _path("statements/USD/RECEIVABLE/2026-03-01/2026-03-31.csv", 99)
    assert refusal(await books.http.get(path)) == (404, "NOT_FOUND")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_other_methods_are_refused(books: Client, method: str) -> None:
    answer = await books.http.request(method, await link(books))
    assert refusal(answer) == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "GET, HEAD"


async def test_unexpected_failure_is_masked(books: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr("api.statement_downloads.typeset", broken)
    answer = await books.http.get(await link(books, "pdf"))
    assert refusal(answer) == (500, "INTERNAL")
    assert "secret" not in answer.text
