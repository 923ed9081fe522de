"""What stands on a document adds up, whatever the amounts are (I4, I11, R18)."""

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.adapters.currencies import minor_digits
from models.rules.derived import DerivedLine, Tax, Terms, UsableCoupon, derive_lines
from models.rules.invoices import (
    Content,
    ProductTotal,
    derived_difference,
    invoice_key,
    invoice_number,
    invoice_type,
    product_difference,
    series_name,
    write_document,
)
from models.rules.money import EXACT, exact_sum, round_half_up
from models.rules.states import DerivedType, InvoiceType
from tests.documents import SELLER, a_content, a_document, a_title

amounts = st.decimals(-(10**12), 10**12, places=18, allow_nan=False, allow_infinity=False)
coupon_amounts = st.decimals(0, 10**6, places=18, allow_nan=False, allow_infinity=False)
currencies = st.sampled_from(["JPY", "USD", "KWD"])


@pytest.mark.parametrize(
    ("amount", "document_type"),
    [
        ("0.01", InvoiceType.INVOICE),
        ("0", InvoiceType.CREDIT_NOTE),
        ("-0.01", InvoiceType.CREDIT_NOTE),
    ],
)
def test_what_asks_for_no_money_is_a_credit_note(amount: str, document_type: InvoiceType) -> None:
    assert invoice_type(Decimal(amount)) is document_type


def test_number_names_series_and_year() -> None:
    invoices = series_name(InvoiceType.INVOICE, date(2026, 12, 31))
    credits = series_name(InvoiceType.CREDIT_NOTE, date(2027, 1, 1))
    assert (invoices, credits) == ("INV-2026", "CN-2027")
    assert invoice_number(invoices, 7) == "INV-2026-000007"
    assert invoice_number(invoices, 1_234_567) == "INV-2026-1234567"


def test_each_run_of_a_job_writes_to_its_own_place() -> None:
    assert invoice_key(7, 2) == "invoices/inv_7/run-2.pdf"


def test_rows_add_up_to_the_rounded_net_amount() -> None:
    document = a_document({"A": "10.005", "B": "10.005", "C": "10.005"})
    assert [str(line.amount) for line in document.products] == ["10.01", "10.01", "10.00"]
    assert document.content.net == Decimal("30.02")
    assert not document.rounding


def test_coupon_is_a_row_and_adds_up_too() -> None:
    document = a_document({"A": "8083.8494925"}, coupons={"Spring": "853.8495"})
    assert [str(line.amount) for line in document.products] == ["8083.85"]
    assert [str(line.amount) for line in document.coupons] == ["-853.85"]
    assert document.content.amount == Decimal(7230)


@given(
    st.lists(amounts, min_size=1, max_size=8),
    st.lists(coupon_amounts, max_size=3),
    st.lists(st.decimals(0, 1, places=4), max_size=3),
    amounts,
    currencies,
)
def test_document_adds_up(
    products: list[Decimal],
    coupons: list[Decimal],
    rates: list[Decimal],
    imported: Decimal,
    currency: str,
) -> None:
    document = a_document(
        {f"P{n}": str(amount) for n, amount in enumerate(products)},
        currency=currency,
        coupons={f"K{n}": str(amount) for n, amount in enumerate(coupons)},
        taxes=[Tax(f"T{n}", rate, n % 2 == 0) for n, rate in enumerate(rates)],
        imported=str(imported),
    )
    content, digits = document.content, minor_digits(currency)
    rows = [line.amount for line in document.products] + [line.amount for line in document.coupons]
    assert exact_sum(rows) == content.net
    assert not document.rounding
    assert exact_sum([content.net, *(tax.amount for tax in document.taxes)]) == content.amount
    assert all(round_half_up(amount, digits) == amount for amount in rows)


def _version(
    products: list[Decimal], coupon: Decimal, digits: int
) -> tuple[list[ProductTotal], list[DerivedLine], Decimal, Decimal]:
    lines = [ProductTotal(f"P{n}", "CLOUD", amount) for n, amount in enumerate(products)]
    settlement = exact_sum(products)
    terms = Terms(
        [UsableCoupon(1, "K", coupon)],
        [Tax("T", Decimal("0.06")), Tax("U", Decimal("0.01"))],
        digits,
    )
    derived = derive_lines(settlement, Decimal(0), terms)
    used = [line.amount for line in derived if line.line_type is DerivedType.COUPON]
    tax = exact_sum(line.amount for line in derived if line.line_type is DerivedType.TAX)
    return lines, derived, round_half_up(exact_sum([settlement, *used]), digits), tax


@given(
    st.lists(amounts, min_size=1, max_size=5),
    st.lists(amounts, min_size=1, max_size=5),
    coupon_amounts,
    coupon_amounts,
    currencies,
)
def test_document_over_a_difference_adds_up(
    before: list[Decimal], after: list[Decimal], less: Decimal, more: Decimal, currency: str
) -> None:
    digits = minor_digits(currency)
    old, old_derived, old_net, old_tax = _version(before, less, digits)
    new, new_derived, new_net, new_tax = _version(after, more, digits)
    content = a_content(
        net=EXACT.subtract(new_net, old_net),
        tax=EXACT.subtract(new_tax, old_tax),
        derived=derived_difference(new_derived, old_derived),
    )
    products = product_difference(new, old)
    document = write_document(a_title(content, currency), SELLER, content, products)
    rows = [line.amount for line in document.products] + [line.amount for line in document.coupons]
    assert exact_sum([*rows, document.rounding]) == content.net
    assert abs(document.rounding) <= Decimal(1).scaleb(-digits)
    assert exact_sum(tax.amount for tax in document.taxes) == content.tax


def test_difference_shows_what_came_what_went_and_what_changed() -> None:
    before = [ProductTotal("A", "CLOUD", Decimal(1)), ProductTotal("B", "CLOUD", Decimal(2))]
    after = [
        ProductTotal("A", "CLOUD", Decimal(1)),
        ProductTotal("A", "MARKETPLACE", Decimal(5)),
        ProductTotal("C", "CLOUD", Decimal(4)),
    ]
    assert product_difference(after, before) == [
        ProductTotal("B", "CLOUD", Decimal(-2)),
        ProductTotal("C", "CLOUD", Decimal(4)),
        ProductTotal("A", "MARKETPLACE", Decimal(5)),
    ]


def test_difference_of_a_tax_is_that_of_its_amount_and_base() -> None:
    def tax(amount: str, base: str) -> DerivedLine:
        return DerivedLine(DerivedType.TAX, "VAT", Decimal(amount), Decimal("0.06"), Decimal(base))

    gone = DerivedLine(DerivedType.COUPON, "Spring", Decimal(-5), coupon_id=3)
    assert derived_difference([tax("12", "200")], [tax("6", "100"), gone]) == [
        tax("6", "100"),
        DerivedLine(DerivedType.COUPON, "Spring", Decimal(5), coupon_id=3),
    ]
    assert derived_difference([gone], [gone]) == []


def test_lines_that_miss_the_net_amount_are_a_bug() -> None:
    content = a_content(net=Decimal("10.02"))
    with pytest.raises(ValueError, match="does not add up"):
        write_document(a_title(content), SELLER, content, [ProductTotal("A", "CLOUD", Decimal(10))])


def test_taxes_that_miss_the_tax_are_a_bug() -> None:
    content = a_content(net=Decimal(10), tax=Decimal("0.01"))
    with pytest.raises(ValueError, match="does not add up"):
        write_document(a_title(content), SELLER, content, [ProductTotal("A", "CLOUD", Decimal(10))])


def test_content_is_kept_as_text_without_floating_point() -> None:
    kept = a_document(
        {"A": "8083.8494925"}, coupons={"K": "0.1"}, taxes=[Tax("T", Decimal("0.06"))]
    )
    text = json.dumps(kept.content.to_json())
    assert '"amount": "-0.1"' in text and '"rate": "0.06"' in text
    assert Content.from_json(json.loads(text)) == kept.content
