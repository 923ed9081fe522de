"""Every self-use charge stands in the file of one billing account: I15, on random books."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.actions.estimates import take_estimates
from models.adapters.database import Database, Tx
from models.reads.delivered_rows import AccountPart, DeliveredRun, account_runs, reseller_runs
from models.reads.delivery_terms import Cut
from models.rules.delivery_days import Span
from models.rules.errors import Conflict, ErrorCode
from models.rules.export_lines import last_cells_sum
from models.rules.money import exact_sum
from models.tables.bills import Bill
from models.tables.estimates import Estimate
from models.tables.partners import OwnAccount
from tests.builders import a_customer, a_partner, some_charges
from tests.delivering import add_billing_accounts
from tests.exporting import a_billed_partner

SPAN = Span(date(2026, 4, 1), date(2026, 4, 4))
BEFORE = datetime(2026, 4, 4, 16, tzinfo=UTC)  # midnight of 5 April in Shanghai
SNAPSHOT = datetime(2026, 4, 5, 1, tzinfo=UTC)
PAYERS = ("100", "200", "sub-d")
OWN = {"sub-a": "200", "sub-b": None, "sub-c": "100", "sub-d": "200"}
NAMES = (*PAYERS, *OWN, "", "gone", "../x", "=1+1")

charges = st.fixed_dictionaries(
    {
        "account": st.sampled_from(NAMES),
        "amount": st.decimals(-9, 9, places=18).map(str),
        "currency": st.sampled_from(["USD", "CNY"]),
        "charge_type": st.sampled_from(["EXPENDITURE", "REFUND", "ADJUSTMENT", "TAX"]),
        "kind": st.sampled_from(["SELF_USE", "SELF_USE", "RESELLER"]),
        "usage_start": st.sampled_from(
            [None, BEFORE - timedelta(days=3), BEFORE - timedelta(seconds=1), BEFORE]
        ),
    }
)


async def a_book(db: Database, rows: list[dict[str, Any]], name: str) -> int:
    """A partner with accounts of every sort, and charges; its id."""
    partner = await a_partner(db, name=name)
    payers = [f"{name}{account}" for account in PAYERS]
    await db.transact(add_billing_accounts, partner, *payers)
    await db.transact(_own_accounts, partner, name)
    mine = [{**row, "account": name + row["account"], "cycle": "2026-04"} for row in rows]
    if mine:
        await some_charges(db, partner, mine)
    return partner


async def _own_accounts(tx: Tx, partner: int, name: str) -> None:
    for account, payer in OWN.items():
        await OwnAccount.create(
            using_db=tx.client,
            partner_id=partner,
            account=name + account,
            billing_account=payer and name + payer,
        )


async def lines_of(db: Database, run: DeliveredRun) -> list[str]:
    rows = await db.fetch(run.statement.sql, *run.statement.values)
    lines = [row["line"] for row in rows]
    assert (len(lines), last_cells_sum(lines)) == (run.expected_rows, run.expected)
    return lines


COUNT = iter(range(10**6))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(charges, max_size=25))
async def test_files_of_all_billing_accounts_come_to_the_estimate(
    db: Database, rows: list[dict[str, Any]]
) -> None:
    name = f"p{next(COUNT)}-"
    partner = await a_book(db, rows, name)
    await db.transact(take_estimates, partner_id=partner, as_of=date(2026, 4, 5), now=SNAPSHOT)
    await some_charges(db, partner, [{"kind": "SELF_USE", "cycle": "2026-04", "account": "late"}])
    estimates = {e.currency: e for e in await Estimate.filter(partner_id=partner, kind="SELF_USE")}
    cuts = {currency: Cut(e.through_posting) for currency, e in estimates.items()}
    totals: dict[str, list[Decimal]] = defaultdict(list)
    seen: list[str] = []
    for payer in PAYERS:
        part = AccountPart(partner, name + payer, SPAN, BEFORE)
        for run in await account_runs(db, part, cuts):
            totals[run.currency].append(run.expected)
            seen += [line.split(",")[5] for line in await lines_of(db, run)]
    assert {c: exact_sum(some) for c, some in totals.items()} == {
        currency: estimate.amount for currency, estimate in estimates.items()
    }
    wanted = [
        row
        for row in rows
        if row["kind"] == "SELF_USE" and row["usage_start"] != BEFORE and row["currency"] in cuts
    ]
    assert len(seen) == len(set(seen)) == len(wanted)


async def test_charge_stands_under_the_account_that_pays_for_it(db: Database) -> None:
    row = {"kind": "SELF_USE", "usage_start": None, "currency": "USD", "charge_type": "EXPENDITURE"}
    amounts = {account: str(10**place) for place, account in enumerate(dict.fromkeys(NAMES))}
    rows = [{**row, "account": account, "amount": amount} for account, amount in amounts.items()]
    partner = await a_book(db, rows, "")
    found = {}
    for account in NAMES:
        part = AccountPart(partner, account, SPAN, None)
        [run] = await account_runs(db, part, {"USD": Cut(1)})
        lines = await lines_of(db, run)
        found[account] = {line.rpartition(",")[2] for line in lines}
    first = {"100", "sub-b", "sub-c", "", "gone", "../x", "=1+1"}
    assert found["100"] == {amounts[account] for account in first}
    assert found["200"] == {amounts["200"], amounts["sub-a"]}
    # A billing account is its own, whatever else it is; of others there are their own charges.
    for account in ("sub-d", "sub-a", "sub-b", "../x", "=1+1"):
        assert found[account] == {amounts[account]}


async def test_charges_that_came_later_are_not_in_the_file(db: Database) -> None:
    row = {"kind": "SELF_USE", "account": "100", "cycle": "2026-04", "usage_start": None}
    partner = await a_book(db, [row | {"amount": "1"}], "")
    await some_charges(db, partner, [row | {"amount": "2"}])
    part = AccountPart(partner, "100", SPAN, BEFORE)
    for posting, total in ((1, 1), (2, 3)):
        [run] = await account_runs(db, part, {"USD": Cut(posting)})
        assert run.expected == total
        await lines_of(db, run)


async def test_file_that_does_not_come_to_the_estimate_is_not_made(db: Database) -> None:
    row = {"kind": "SELF_USE", "account": "200", "cycle": "2026-04", "amount": "3"}
    partner = await a_book(db, [row], "")
    await db.transact(take_estimates, partner_id=partner, as_of=date(2026, 4, 5), now=SNAPSHOT)

    async def tamper(tx: Tx) -> None:
        await tx.execute("UPDATE estimates SET amount = $1", Decimal("3.01"))

    await db.transact(tamper)
    with pytest.raises(Conflict) as refused:
        await account_runs(db, AccountPart(partner, "100", SPAN, BEFORE), {"USD": Cut(1)})
    assert refused.value.code is ErrorCode.BILL_OUT_OF_BALANCE
    assert "come to 3 USD instead of the 3.01" in refused.value.message
    assert await account_runs(db, AccountPart(partner, "sub-a", SPAN, BEFORE), {"USD": Cut(1)})


async def test_bill_version_is_named_in_every_row_of_it(db: Database) -> None:
    partner = await a_billed_partner(db)
    await db.transact(add_billing_accounts, partner, "acme")
    bill = await Bill.get(cycle="2026-02", kind="SELF_USE")
    cut = Cut(99, bill.version_id)
    part = AccountPart(partner, "acme", Span(date(2026, 2, 1), date(2026, 2, 28)), None)
    [run] = await account_runs(db, part, {"USD": cut})
    [line] = await lines_of(db, run)
    assert line.startswith(f"2026-02,SELF_USE,USD,bil_{bill.id},1,chg_")
    assert run.bill is not None
    assert run.bill.version_id == bill.version_id


async def test_rows_of_a_reseller_bill_are_its_details_and_name_no_customer(db: Database) -> None:
    partner = await a_billed_partner(db)
    await a_customer(db, partner, "other", name="Other")
    bill = await Bill.get(cycle="2026-02", kind="RESELLER", currency="USD")
    [run] = await reseller_runs(db, bill.partner_id, bill.version_id)
    lines = await lines_of(db, run)
    assert len(lines) == 6
    assert all(line.startswith(f"2026-02,RESELLER,USD,bil_{bill.id},1,chg_") for line in lines)
    assert "Acme" not in "".join(lines)
