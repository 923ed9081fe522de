"""Generation against the same sums in Python: exact to the last decimal, on both databases."""

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.actions.bills import issue_bills
from models.adapters.currencies import minor_digits
from models.adapters.database import Database
from models.rules.derived import Terms, derive_lines
from models.rules.money import exact_sum
from models.rules.totals import Sums, bill_totals
from models.tables.bills import Bill, BillCustomer, BillVersion, ProductLine
from tests.builders import a_customer, a_partner, some_charges

NOW = datetime(2026, 3, 5, tzinfo=UTC)
TYPES = ("EXPENDITURE", "REFUND", "ADJUSTMENT", "TAX")

AMOUNTS = st.decimals(-(10**15), 10**15, allow_nan=False, allow_infinity=False, places=18)
CHARGES = st.lists(
    st.fixed_dictionaries(
        {
            "amount": st.one_of(st.just(Decimal(0)), AMOUNTS),
            "charge_type": st.sampled_from(TYPES),
            "currency": st.sampled_from(("JPY", "USD", "KWD")),
            "kind": st.sampled_from(("RESELLER", "SELF_USE")),
            "customer": st.sampled_from((None, "a", "b", "c")),
            "product": st.sampled_from(("Elastic Cloud Server", "弹性云服务器", "z|1:", "Z")),
            "market": st.sampled_from(("CLOUD", "MARKETPLACE")),
            "region": st.sampled_from((None, "cn-north-4", "-")),
        }
    ),
    min_size=1,
    max_size=40,
)
Charges = list[dict[str, Any]]


def _sums(charges: Charges) -> list[Decimal]:
    return [exact_sum(c["amount"] for c in charges if c["charge_type"] == t) for t in TYPES]


def _grouped(charges: Charges, *by: str) -> dict[tuple[Any, ...], Charges]:
    groups = defaultdict(list)
    for charge in charges:
        groups[tuple(charge[column] for column in by)].append(charge)
    return groups


def _addends(row: Any) -> list[Decimal]:
    return [row.expenditures, row.refunds, row.adjustments]


async def _check_lines(version: BillVersion, charges: Charges) -> None:
    expected = {
        key: (len(some), [*_sums(some), exact_sum(_sums(some)[:3])])
        for key, some in _grouped(charges, "customer_id", "product", "market", "region").items()
    }
    found = {
        (x.customer_id, x.product, x.market, x.region): (
            x.charge_count,
            [*_addends(x), x.tax, x.total],
        )
        for x in await ProductLine.filter(version_id=version.id)
    }
    assert found == expected


async def _check_customers(version: BillVersion, charges: Charges) -> None:
    groups = _grouped([c for c in charges if c["customer_id"]], "customer_id")
    expected = [
        (customer, len(some), _sums(some)[:3], exact_sum(_sums(some)[:3]))
        for (customer,), some in groups.items()
    ]
    expected.sort(key=lambda row: (-row[3], row[0]))
    customers = await BillCustomer.filter(version_id=version.id).order_by("rank")
    assert [(c.customer_id, c.charge_count, _addends(c), c.total) for c in customers] == expected
    assert version.customer_count == len(expected)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(charges=CHARGES)
async def test_every_level_is_the_exact_sum_of_its_charges(db: Database, charges: Charges) -> None:
    partner = await a_partner(db)
    ids = {account: await a_customer(db, partner, account) for account in "abc"}
    rows = [c | {"customer_id": ids.get(c["customer"])} for c in charges]
    await some_charges(db, partner, [{k: v for k, v in r.items() if k != "customer"} for r in rows])
    await db.transact(issue_bills, partner_id=partner, cycle="2026-02", now=NOW)
    bills = {(b.kind, b.currency): b for b in await Bill.filter(partner_id=partner)}
    groups = _grouped(rows, "kind", "currency")
    assert bills.keys() == groups.keys()
    for key, some in groups.items():
        version = await BillVersion.get(id=bills[key].version_id)
        sums = Sums(*_sums(some))
        terms = Terms((), (), minor_digits(key[1]))
        totals = bill_totals(sums, derive_lines(sums.settlement, sums.tax, terms))
        assert (version.settlement, version.bill_amount) == (totals.settlement, totals.bill_amount)
        assert version.charge_count == len(some)
        await _check_lines(version, some)
        await _check_customers(version, some)
