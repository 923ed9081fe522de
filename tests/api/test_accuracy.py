"""estimateAccuracy: every day's estimate explained up to the bill, to the last decimal (I16)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.actions.bills import issue_bills, reissue_bill
from models.actions.coupons import Grant, grant_coupon
from models.actions.estimates import take_estimates
from models.actions.taxes import TaxOrder, set_taxes
from models.adapters.currencies import minor_digits
from models.adapters.database import Database
from models.rules.derived import Tax
from models.rules.money import EXACT, Money, exact_sum
from models.rules.principals import Principal, Role
from tests.api.client import Client
from tests.builders import a_partner, some_charges

SALES = Principal("sam", Role.SALES_OPS)
# 09:00 on 1 March in Shanghai.
FIRST = datetime(2026, 3, 1, 1, tzinfo=UTC)
ISSUED = datetime(2026, 3, 5, 1, tzinfo=UTC)

QUERY = """query Accuracy($partner: ID!) { partner(id: $partner) { bills { nodes { kind currency
  totals { billAmount { amount } }
  estimateAccuracy {
    estimate { id asOf amount { amount } } asOf
    estimated { amount currency } final { amount } difference { amount }
    lateUsage { amount } refunds { amount } adjustments { amount }
    coupons { amount } tax { amount } rounding { amount } } } } } }"""


async def accuracy(api: Client, partner: int) -> list[Any]:
    api.sign_in(Role.PARTNER_VIEWER, partner)
    answer = await api.ask(QUERY, {"partner": f"prt_{partner}"})
    return list(answer["partner"]["bills"]["nodes"])


def amounts(day: Any) -> dict[str, Decimal]:
    others = {"estimate", "asOf"}
    return {name: Decimal(day[name]["amount"]) for name in day.keys() - others}


def explained(day: dict[str, Decimal]) -> Decimal:
    """The right side of I16."""
    added = (day[name] for name in ("lateUsage", "refunds", "adjustments", "tax", "rounding"))
    return EXACT.subtract(exact_sum(added), day["coupons"])


async def estimate(db: Database, partner: int, now: datetime) -> None:
    as_of = (now + timedelta(hours=8)).date()
    await db.transact(take_estimates, partner_id=partner, as_of=as_of, now=now)


async def coupon(db: Database, partner: int, amount: str, currency: str) -> None:
    days = (date(2026, 1, 1), date(2026, 12, 31))
    money = Money(Decimal(amount), currency)
    grant = Grant(partner, "Spring", money, days, f"coupon-{currency}")
    await db.transact(grant_coupon, SALES, grant, now=FIRST)


async def tax(db: Database, partner: int) -> None:
    order = TaxOrder(partner, "2026-02", (Tax("VAT", Decimal("0.06")),))
    await db.transact(set_taxes, SALES, order, now=FIRST)


async def test_each_estimate_is_explained_up_to_the_bill(api: Client, db: Database) -> None:
    partner = await a_partner(db)
    await coupon(db, partner, "10", "USD")
    await tax(db, partner)
    await some_charges(db, partner, [{"amount": "100.000000000000000001"}])
    await estimate(db, partner, FIRST)
    await some_charges(
        db,
        partner,
        [
            {"amount": "50.5"},
            {"amount": "-20", "charge_type": "REFUND"},
            {"amount": "-3.25", "charge_type": "ADJUSTMENT"},
            {"amount": "1.004", "charge_type": "TAX"},
        ],
    )
    await estimate(db, partner, FIRST + timedelta(days=1))
    await db.transact(issue_bills, partner_id=partner, cycle="2026-02", now=ISSUED)
    [bill] = await accuracy(api, partner)
    first, second = map(amounts, bill["estimateAccuracy"])
    # S = 127.250000000000000001, less 10 is 117.250000000000000001, with 7.04 and 1.00 of tax.
    shared = {
        "final": Decimal("125.29"),
        "coupons": Decimal(10),
        "tax": Decimal("8.04"),
        "rounding": Decimal("-0.000000000000000001"),
    }
    assert first == shared | {
        "estimated": Decimal("100.000000000000000001"),
        "difference": Decimal("25.289999999999999999"),
        "lateUsage": Decimal("50.5"),
        "refunds": Decimal(-20),
        "adjustments": Decimal("-3.25"),
    }
    assert second == shared | {
        "estimated": Decimal("127.250000000000000001"),
        "difference": Decimal("-1.960000000000000001"),
        "lateUsage": 0,
        "refunds": 0,
        "adjustments": 0,
    }
    assert [day["asOf"] for day in bill["estimateAccuracy"]] == ["2026-03-01", "2026-03-02"]
    assert [day["estimate"]["asOf"] for day in bill["estimateAccuracy"]] == [
        "2026-03-01",
        "2026-03-02",
    ]


async def test_late_charges_are_measured_against_the_current_version(
    api: Client, db: Database
) -> None:
    partner = await a_partner(db)
    await some_charges(db, partner, [{"amount": "7"}])
    await estimate(db, partner, FIRST)
    [bill] = await db.transact(issue_bills, partner_id=partner, cycle="2026-02", now=ISSUED)
    await some_charges(db, partner, [{"amount": "2.5"}])
    await db.transact(reissue_bill, bill_id=bill, now=ISSUED)
    [shown] = await accuracy(api, partner)
    [day] = map(amounts, shown["estimateAccuracy"])
    assert (day["final"], day["difference"]) == (Decimal("9.5"), Decimal("2.5"))
    assert day["lateUsage"] == Decimal("2.5")


async def test_bill_that_was_never_estimated_has_no_accuracy(api: Client, db: Database) -> None:
    partner = await a_partner(db)
    await some_charges(db, partner, [{"amount": "7"}])
    await db.transact(issue_bills, partner_id=partner, cycle="2026-02", now=ISSUED)
    [bill] = await accuracy(api, partner)
    assert bill["estimateAccuracy"] == []


AMOUNTS = st.decimals(-(10**15), 10**15, allow_nan=False, allow_infinity=False, places=18)
DAYS = st.lists(
    st.lists(
        st.fixed_dictionaries(
            {
                "amount": AMOUNTS,
                "charge_type": st.sampled_from(("EXPENDITURE", "REFUND", "ADJUSTMENT", "TAX")),
                "currency": st.sampled_from(("JPY", "USD", "KWD")),
                "kind": st.sampled_from(("RESELLER", "SELF_USE")),
            }
        ),
        max_size=6,
    ),
    min_size=1,
    max_size=4,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(days=DAYS, with_terms=st.booleans())
async def test_difference_is_explained_exactly(
    api: Client, db: Database, days: list[list[dict[str, Any]]], with_terms: bool
) -> None:
    partner = await a_partner(db)
    if with_terms:
        await tax(db, partner)
        for currency in ("JPY", "USD", "KWD"):
            await coupon(db, partner, "12345", currency)
    for number, charges in enumerate(days):
        await some_charges(db, partner, charges)
        await estimate(db, partner, FIRST + timedelta(days=number))
    await db.transact(issue_bills, partner_id=partner, cycle="2026-02", now=ISSUED)
    for bill in await accuracy(api, partner):
        for day in bill["estimateAccuracy"]:
            of_day = amounts(day)
            assert of_day["difference"] == explained(of_day)
            assert EXACT.add(of_day["estimated"], of_day["difference"]) == of_day["final"]
            assert day["estimated"]["amount"] == day["estimate"]["amount"]["amount"]
            assert day["final"] == bill["totals"]["billAmount"]
            assert abs(of_day["rounding"]) < Decimal(1).scaleb(-minor_digits(bill["currency"]))
