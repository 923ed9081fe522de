"""A FOCUS row becomes a charge, exactly, or a problem that says where and why."""

from datetime import UTC, datetime
from decimal import Decimal
from hashlib import blake2b

import pytest

from models.rules.focus import FocusCharge, RowMapper, RowProblem
from models.rules.focus_months import ZonedMonth
from models.rules.money import amount_text
from tests.rules.focus_rows import A_ROW, CURRENCIES, a_charge, a_problem, read


def test_charge_of_a_full_row() -> None:
    assert (
        a_charge()[:-2]
        == FocusCharge(
            billing_account="1000",
            billing_account_name="Sun Bird",
            sub_account="2000",
            sub_account_name="Atlas Nimbus",
            currency="USD",
            category="Usage",
            market="CLOUD",
            product="Queue Service",
            region="cn-north-4",
            billing_mode="PAY_PER_USE",
            cycle="2026-03",
            usage_start=datetime(2026, 3, 7, 12, tzinfo=UTC),
            usage_end=datetime(2026, 3, 7, 13, tzinfo=UTC),
            charge_type="EXPENDITURE",
            resource="i-0001",
            transaction=None,
            original=None,
            description="$0.01 per request",
            quantity=Decimal(1250),
            unit="Requests",
            list_amount=Decimal(15),
            amount=Decimal("12.5"),
            former=None,
            key=b"",
            checksum=0,
        )[:-2]
    )


@pytest.mark.parametrize("absent", ["", "NULL"])
def test_charge_of_the_least_row(absent: str) -> None:
    needed = {"BilledCost", "BillingAccountId", "BillingCurrency", "ChargeCategory"}
    row = {name: cell if name in needed else absent for name, cell in A_ROW.items()}
    charge = read(row | {"BillingPeriodStart": "2026-03-01"})
    assert isinstance(charge, FocusCharge)
    given = {name: value for name, value in charge._asdict().items() if value is not None}
    del given["key"], given["checksum"]
    assert given == {
        "billing_account": "1000",
        "currency": "USD",
        "category": "Usage",
        "market": "CLOUD",
        "product": "Unspecified",
        "billing_mode": "PAY_PER_USE",
        "cycle": "2026-03",
        "charge_type": "EXPENDITURE",
        "amount": Decimal("12.5"),
    }


@pytest.mark.parametrize(
    ("category", "positive", "negative"),
    [
        ("Usage", "EXPENDITURE", "REFUND"),
        ("Purchase", "EXPENDITURE", "REFUND"),
        ("Credit", "ADJUSTMENT", "ADJUSTMENT"),
        ("Adjustment", "ADJUSTMENT", "ADJUSTMENT"),
        ("Tax", "TAX", "TAX"),
    ],
)
@pytest.mark.parametrize("correction", ["NULL", "Correction"])
def test_charge_type_by_category_and_sign(
    category: str, positive: str, negative: str, correction: str
) -> None:
    def kind(cost: str) -> str:
        row = {"ChargeCategory": category, "ChargeClass": correction, "BilledCost": cost}
        return a_charge(**row).charge_type

    assert [kind(cost) for cost in ("0.01", "0", "-0.00", "-0.01")] == [
        positive,
        positive,
        positive,
        negative,
    ]


@pytest.mark.parametrize(
    ("frequency", "category", "mode"),
    [
        ("Usage-Based", "Usage", "PAY_PER_USE"),
        ("Usage-based", "Adjustment", "PAY_PER_USE"),
        ("Recurring", "Purchase", "SUBSCRIPTION"),
        ("One-Time", "Purchase", "ONE_TIME"),
        ("", "Usage", "PAY_PER_USE"),
        ("NULL", "Credit", "ONE_TIME"),
    ],
)
def test_billing_mode_by_frequency_else_by_category(
    frequency: str, category: str, mode: str
) -> None:
    row = {"ChargeFrequency": frequency, "ChargeCategory": category}
    assert a_charge(**row).billing_mode == mode


@pytest.mark.parametrize(
    ("names", "market"),
    [
        ({"PublisherName": "Cloud Ltd."}, "CLOUD"),
        ({"PublisherName": "Red Hat"}, "MARKETPLACE"),
        ({"PublisherName": "Red Hat", "InvoiceIssuerName": "NULL"}, "CLOUD"),
        ({"PublisherName": "", "InvoiceIssuerName": "Cloud Ltd."}, "CLOUD"),
        ({"PublisherName": "", "ServiceProviderName": "Red Hat"}, "MARKETPLACE"),
        ({"PublisherName": "", "ServiceProviderName": "Cloud Ltd."}, "CLOUD"),
        ({"PublisherName": "Cloud Ltd.", "ServiceProviderName": "Red Hat"}, "CLOUD"),
    ],
)
def test_market_by_publisher_and_issuer(names: dict[str, str], market: str) -> None:
    assert a_charge(**names).market == market


def test_market_in_1_3_without_the_deprecated_columns() -> None:
    row = {"ServiceProviderName": "Red Hat", "HostProviderName": "Cloud Ltd."}
    assert a_charge(without=("PublisherName", "ProviderName"), **row).market == "MARKETPLACE"


def test_cycle_is_the_month_as_written() -> None:
    charge = a_charge(BillingPeriodStart="2026-03-01T00:00:00+08:00")
    assert charge.cycle == "2026-03"


def test_cycle_absent_is_told_by_the_usage_start() -> None:
    charge = a_charge(without=("BillingPeriodStart", "BillingPeriodEnd"))
    start = datetime(2026, 3, 7, 12, tzinfo=UTC)
    assert (charge.cycle, charge.usage_start) == (ZonedMonth(start), start)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-07T12:30:15Z", datetime(2026, 3, 7, 12, 30, 15, tzinfo=UTC)),
        ("2026-03-07 12:30:15", datetime(2026, 3, 7, 12, 30, 15, tzinfo=UTC)),
        ("2026-03-07 12:30:15.123456789 UTC", datetime(2026, 3, 7, 12, 30, 15, 123456, UTC)),
        ("2026-03-07T12:30+08:00", datetime(2026, 3, 7, 4, 30, tzinfo=UTC)),
        ("2026-03-07T12:30:00-0330", datetime(2026, 3, 7, 16, 0, tzinfo=UTC)),
        ("2026-03-07", datetime(2026, 3, 7, tzinfo=UTC)),
    ],
)
def test_usage_start_is_utc(text: str, instant: datetime) -> None:
    charge = a_charge(without=("ChargePeriodEnd",), ChargePeriodStart=text)
    assert charge.usage_start == instant
    assert charge.usage_start.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0.00000080000", "0.0000008"),
        ("8E-7", "0.0000008"),
        ("1.5e3", "1500"),
        ("1.5E-007", "0.00000015"),
        ("1.5E+0000000003", "1500"),
        ("20", "20"),
        ("-2.61370000000", "-2.6137"),
        ("-0.000", "0"),
        ("+1", "1"),
        (".5", "0.5"),
        ("007.10", "7.1"),
        ("0.1234567890123456780000", "0.123456789012345678"),
        ("99999999999999999999.999999999999999999", "99999999999999999999.999999999999999999"),
        ("10000000000000000000.0", "10000000000000000000"),
    ],
)
def test_amount_is_exact(text: str, amount: str) -> None:
    charge = a_charge(BilledCost=text, ListCost=text)
    assert charge.amount == charge.list_amount == Decimal(amount)
    assert amount_text(charge.amount) == amount


def test_quantity_is_what_was_consumed_else_what_was_priced() -> None:
    consumed, priced = a_charge(), a_charge(ConsumedQuantity="NULL")
    assert (consumed.quantity, consumed.unit) == (Decimal(1250), "Requests")
    assert (priced.quantity, priced.unit) == (Decimal("1.25"), "1K Requests")


def test_transaction_and_original_come_from_our_own_columns() -> None:
    charge = a_charge(x_TransactionId="t-1", x_OrderId="o-1", x_OriginalChargeId="c-1")
    assert (charge.transaction, charge.original) == ("t-1", "c-1")
    assert a_charge(x_OrderId="o-1", x_TransactionId="NULL").transaction == "o-1"


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("BilledCost", "", "is absent"),
        ("BilledCost", "12,50", "'12,50': This is not a decimal number."),
        ("BilledCost", "NaN", "Text of length 3: This is not a decimal number."),
        ("BilledCost", "1.5.000", "'1.5.000': This is not a decimal number."),
        ("BilledCost", "١", "Text of length 1: This is not a decimal number."),
        ("BilledCost", "1e-19", "'1e-19': More than 18 decimals."),
        ("BilledCost", "1" + "0" * 20, "Text of length 21: More than 20 digits before the point."),
        ("BilledCost", "1E-019", "'1E-019': More than 18 decimals."),
        ("BilledCost", "1E76", "'1E76': More than 20 digits before the point."),
        ("ListCost", "0.1234567890123456789", "'0.1234567890123456789': More than 18 decimals."),
        ("ConsumedQuantity", "1 000", "'1 000': This is not a decimal number."),
        ("PricingQuantity", "x" * 99, "Text of length 99: This is not a decimal number."),
        ("BillingAccountId", "9" * 1025, "1025 characters; at most 1024 are taken"),
        ("BillingCurrency", "usd", "Text of length 3 is not a currency code of ISO 4217"),
        ("BillingCurrency", "", "is absent"),
        ("ChargeCategory", "", "is absent"),
        (
            "ChargeCategory",
            "Refund",
            "Text of length 6 is not one of usage, purchase, tax, credit, adjustment",
        ),
        ("ChargeClass", "Late", "Text of length 4 is not one of correction"),
        ("ChargeFrequency", "7", "'7' is not one of usage-based, recurring, one-time"),
        ("ChargePeriodEnd", "2026-03-07 11:59", "2026-03-07 11:59 is before the start"),
        ("SubAccountName", "Atlas\x00", "contains control characters"),
        ("SubAccountName", "Atlas" * 81, "405 characters; at most 400 are taken"),
        ("ResourceId", "i-1\x7f", "contains control characters"),
        ("ChargeDescription", "a\x1bb", "contains control characters"),
        ("ChargeDescription", "d" * 4001, "4001 characters; at most 4000 are taken"),
        ("ServiceName", "\ud800", "contains control characters"),
    ],
)
def test_problem_of_a_bad_cell(column: str, cell: str, reason: str) -> None:
    assert a_problem(**{column: cell}) == RowProblem(2, column, reason)


@pytest.mark.parametrize("column", ["BillingPeriodStart", "ChargePeriodStart", "ChargePeriodEnd"])
@pytest.mark.parametrize("text", ["1999-12-31", "2026-13-01", "03/01/2026", "2026-03-01T25:00:00Z"])
def test_problem_of_a_bad_time(column: str, text: str) -> None:
    assert a_problem(**{column: text}) == RowProblem(
        2,
        column,
        f"'{text}' is not a time between 2000 and 2999, such as 2026-03-01T00:00:00Z",
    )


def test_problem_of_no_time_at_all() -> None:
    assert a_problem(BillingPeriodStart="NULL", ChargePeriodStart="") == RowProblem(
        2, "BillingPeriodStart", "is absent, and so is ChargePeriodStart"
    )


@pytest.mark.parametrize(
    ("tags", "reason"),
    [("a\0b", "contains a NUL character"), ("\udc00", "contains text that is not valid Unicode")],
)
def test_problem_of_a_column_that_is_not_mapped(tags: str, reason: str) -> None:
    assert a_problem(Tags=tags) == RowProblem(2, "", reason)


def test_problem_of_a_nul_where_no_text_is_taken() -> None:
    seller = {"ServiceProviderName": "a\0b"}
    assert a_problem(**seller) == RowProblem(2, "", "contains a NUL character")


@pytest.mark.parametrize("column", ["ServiceName", "Tags", "x_Other", "ServiceProviderName"])
def test_problem_of_bytes_that_are_not_utf8_names_the_column(column: str) -> None:
    problem = a_problem(**{column: "caf\udce9"})
    assert problem == RowProblem(2, column, "contains bytes that are not UTF-8")


@pytest.mark.parametrize("cells", [[], ["1"], ["1"] * 100])
def test_problem_of_a_wrong_number_of_cells(cells: list[str]) -> None:
    assert RowMapper(tuple(A_ROW), CURRENCIES).read(7, cells) == RowProblem(
        7, "", f"{len(cells)} cells; the header has {len(A_ROW)}"
    )


def test_a_problem_never_tells_a_name() -> None:
    reasons = [
        a_problem(**{column: "Jane Doe\x01"}).reason
        for column in ("BillingAccountName", "SubAccountName", "ResourceId", "ChargeDescription")
    ]
    assert reasons == ["contains control characters"] * 4


def test_a_description_may_have_lines() -> None:
    assert a_charge(ChargeDescription="one\r\n\ttwo").description == "one\r\n\ttwo"


def test_checksum_is_over_the_fields_as_documented() -> None:
    charge = a_charge(ResourceId="NULL")
    fields = ["2000", "USD"]
    fields += ["Usage", "CLOUD", "Queue Service", "cn-north-4", "PAY_PER_USE"]
    fields += ["2026-03-07T12:00:00.000000Z", "2026-03-07T13:00:00.000000Z"]
    fields += ["EXPENDITURE", "", "", "", "$0.01 per request", "1250", "Requests", "15", "12.5"]
    digest = blake2b("\0".join(fields).encode(), digest_size=5).digest()
    assert charge.checksum == int.from_bytes(digest, "big")
