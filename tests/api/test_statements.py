"""Account statements: exact for any days, in any time zone, for any page size (R14, I18)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from models.adapters.database import Database
from models.rules.money import EXACT, exact_sum
from models.rules.months import local_midnight
from models.rules.principals import Role
from models.rules.statements import in_own_sense
from models.rules.states import LedgerAccount
from tests.api.client import Client
from tests.api.month import a_month
from tests.builders import a_partner
from tests.ledgers import Moved, a_ledger

MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1)
SUMS = (
    "openingBalance { amount currency } closingBalance { amount }"
    " totalDebits { amount } totalCredits { amount }"
)
STATEMENT = f"""
query ($partner: ID!, $from: Date!, $to: Date!, $account: LedgerAccount!, $after: Cursor) {{
  partner(id: $partner) {{
    statement(currency: "USD", from: $from, to: $to, account: $account) {{
      account currency from to isComplete {SUMS}
      entries(first: 7, after: $after) {{
        totalCount
        pageInfo {{ endCursor hasNextPage }}
        nodes {{
          id postedAt event reference bill {{ id }} payment {{ id }}
          debit {{ amount }} credit {{ amount }} amount {{ amount }} balance {{ amount }}
        }}
      }}
    }}
  }}
}}
"""
# The 4th of November 2018, on which Havana has two midnights and São Paulo has none.
CHANGE = 307
ZONES = ("Asia/Shanghai", "America/Havana", "CET", "Australia/Lord_Howe", "America/Sao_Paulo")


async def statement(
    api: Client, first: date, last: date, account: str = "RECEIVABLE", partner: int = 1
) -> dict[str, Any]:
    """The statement with all of its entries, page by page."""
    asked = {"from": first.isoformat(), "to": last.isoformat(), "account": account}
    whole: dict[str, Any] = {}
    after = None
    while True:
        answer = await api.ask(STATEMENT, {"partner": f"prt_{partner}", "after": after, **asked})
        page = answer["partner"]["statement"]
        page["entries"], connection = [], page["entries"]
        whole = whole or page
        whole["entries"] += connection["nodes"]
        if not connection["pageInfo"]["hasNextPage"]:
            assert connection["totalCount"] == len(whole["entries"])
            return whole
        after = connection["pageInfo"]["endCursor"]


def number(money: dict[str, str] | None) -> Decimal:
    """An exact amount; 0 for none."""
    return Decimal(money["amount"]) if money else Decimal(0)


def some_moves(random: Random, zone: str) -> list[Moved]:
    """A year of money, much of it a microsecond before, at, or after a local midnight."""
    moves = []
    for _ in range(40):
        day = random.choice([CHANGE, random.randrange(365), random.randrange(365)])
        midnight = local_midnight(date(2018, 1, 1) + day * DAY, ZoneInfo(zone))
        amount = Decimal(random.randrange(1, 10**30)).scaleb(-18)
        event = random.choice(["BILL", "BILL", "PAYMENT", "TOP_UP", "REVERSAL"])
        if event == "BILL" and random.random() < 0.3:
            amount = -amount
        moves.append(Moved(event, amount, midnight + random.choice([-1, 0, 0, 1]) * MICROSECOND))
    return moves


def expected(moves: list[Moved], account: LedgerAccount, ends: datetime) -> Decimal:
    """The balance right before an instant."""
    sides = [side for move in moves if move.at < ends for side in move.sides]
    total = exact_sum(side.amount for side in sides if side.account is account)
    return in_own_sense(account, total)


@pytest.mark.parametrize(("seed", "zone"), list(enumerate(ZONES)))
async def test_balances_are_exact_for_any_days(
    api: Client, db: Database, seed: int, zone: str
) -> None:
    random = Random(seed)
    await a_partner(db, name="Other")
    partner = await a_partner(db, time_zone=zone)
    moves = some_moves(random, zone)
    await a_ledger(db, partner, moves)
    await a_ledger(db, 1, moves)  # nobody else's money counts
    api.sign_in(Role.PARTNER_VIEWER, partner)
    for account in random.sample(list(LedgerAccount), 2):
        bounds = sorted({CHANGE, *random.sample(range(1, 365), 2)})
        days = [date(2018, 1, 1) + n * DAY for n in (0, *bounds, 365)]
        before = Decimal(0)
        for first, following in pairwise(days):
            found = await statement(api, first, following - DAY, account, partner)
            closing = expected(moves, account, local_midnight(following, ZoneInfo(zone)))
            if first == days[0]:
                before = expected(moves, account, local_midnight(first, ZoneInfo(zone)))
            assert number(found["openingBalance"]) == before, (account, first)
            assert number(found["closingBalance"]) == closing, (account, following)
            check_sums(found)
            before = closing


def check_sums(found: dict[str, Any]) -> None:
    """opening + Σ entries = closing, entry by entry, and the totals are those of the sides."""
    balance, entries = number(found["openingBalance"]), found["entries"]
    for entry in entries:
        balance = EXACT.add(balance, number(entry["amount"]))
        assert number(entry["balance"]) == balance
        assert (entry["debit"] is None) != (entry["credit"] is None)
    assert balance == number(found["closingBalance"])
    assert number(found["totalDebits"]) == exact_sum(number(e["debit"]) for e in entries)
    assert number(found["totalCredits"]) == exact_sum(number(e["credit"]) for e in entries)
    order = [(e["postedAt"], int(e["id"].removeprefix("led_"))) for e in entries]
    assert order == sorted(order)


async def test_debits_are_credits_in_every_transaction(api: Client, db: Database) -> None:
    await a_ledger(db, await a_partner(db), some_moves(Random(9), "Asia/Shanghai"))
    sums: dict[str, Decimal] = {}
    for account in LedgerAccount:
        found = await statement(api, date(2017, 12, 1), date(2019, 1, 31), account)
        for entry in found["entries"]:
            side = EXACT.subtract(number(entry["debit"]), number(entry["credit"]))
            sums[entry["reference"]] = EXACT.add(sums.get(entry["reference"], Decimal(0)), side)
    assert len(sums) == 40
    assert set(sums.values()) == {Decimal(0)}


async def test_entry_belongs_to_its_local_day(api: Client, db: Database) -> None:
    midnight = datetime(2026, 3, 31, 16, tzinfo=UTC)
    moves = [Moved("BILL", Decimal(1), midnight - MICROSECOND), Moved("BILL", Decimal(2), midnight)]
    await a_ledger(db, await a_partner(db), moves)
    march = await statement(api, date(2026, 3, 31), date(2026, 3, 31))
    april = await statement(api, date(2026, 4, 1), date(2026, 4, 1))
    assert [entry["amount"]["amount"] for entry in march["entries"]] == ["1"]
    assert [entry["amount"]["amount"] for entry in april["entries"]] == ["2"]
    assert number(march["closingBalance"]) == number(april["openingBalance"]) == 1


async def test_entry_leads_to_its_bill_and_payment(api: Client, db: Database) -> None:
    month = await a_month(db)
    other = await a_partner(db, name="Other")
    bill, at = month.bills[0], datetime(2026, 11, 10, tzinfo=UTC)
    one = Moved("BILL", Decimal(1), at)
    mine = [replace(one, ref=f"bil_{bill}/1"), replace(one, ref=f"bil_{bill}/1/carried")]
    await a_ledger(db, month.partner, mine)
    await a_ledger(db, other, [replace(one, ref=f"bil_{bill}/2")])
    found = await statement(api, date(2026, 11, 1), date(2026, 11, 30))
    assert [(e["reference"], e["bill"]) for e in found["entries"]] == [
        (f"bil_{bill}/1", {"id": f"bil_{bill}"}),
        (f"bil_{bill}/1/carried", {"id": f"bil_{bill}"}),
    ]
    api.sign_in(Role.PARTNER_FINANCE, other)
    [foreign] = (await statement(api, date(2026, 11, 1), date(2026, 11, 30), partner=other))[
        "entries"
    ]
    assert foreign["bill"] is None


async def test_statement_of_days_that_are_not_over_is_not_complete(
    api: Client, db: Database
) -> None:
    await a_partner(db)
    ends = datetime(2026, 11, 21, 16, tzinfo=UTC)
    for now, is_complete in ((ends - MICROSECOND, False), (ends, True)):
        api.now = now
        found = await statement(api, date(2026, 11, 1), date(2026, 11, 21))
        assert found["isComplete"] is is_complete
        assert (number(found["openingBalance"]), found["entries"]) == (0, [])


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        ("2026-03-31", "2026-03-30", "INVALID_RANGE"),
        ("2016-01-01", "2026-01-02", "RANGE_TOO_LONG"),
        ("2026-02-29", "2026-03-30", "INVALID_DATE"),
        ("2026-02-28", "3000-01-01", "INVALID_DATE"),
    ],
)
async def test_days_that_cannot_be_meant_are_refused(
    api: Client, db: Database, first: str, last: str, code: str
) -> None:
    await a_partner(db)
    asked = {"partner": "prt_1", "from": first, "to": last, "account": "RECEIVABLE"}
    assert await api.refuse(STATEMENT, asked) == code
    written = (
        f'{{ partner(id: "prt_1") {{ statement(currency: "USD", from: "{first}", to: "{last}")'
    )
    assert await api.refuse(written + " { account } } }") == code


@pytest.mark.parametrize("cursor", ["7c31", b"2026-02-30T00:00:00.000000Z|1".hex(), "00", "zz"])
async def test_cursor_that_is_not_ours_is_refused(api: Client, db: Database, cursor: str) -> None:
    await a_partner(db)
    asked = {"from": "2026-01-01", "to": "2026-01-31", "account": "CASH", "after": cursor}
    assert await api.refuse(STATEMENT, {"partner": "prt_1", **asked}) == "INVALID_CURSOR"


async def test_statement_of_another_partner_is_not_there(api: Client, db: Database) -> None:
    await a_partner(db)
    other = await a_partner(db, name="Other")
    asked = {"from": "2026-01-01", "to": "2026-01-31", "account": "CASH"}
    for partner in (other, 99):
        answer = await api.ask(STATEMENT, {"partner": f"prt_{partner}", **asked})
        assert answer == {"partner": None}
