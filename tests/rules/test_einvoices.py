"""What an invoice says to machines adds up the way EN 16931 counts."""

from decimal import Decimal
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.billing_addresses import Party
from models.rules.derived import Tax
from models.rules.einvoice_xml import einvoice_xml
from models.rules.einvoices import Allowance, figures, is_statable
from models.rules.money import exact_sum
from tests.documents import GERMAN, VAT, a_document

cents = st.decimals(-(10**9), 10**9, places=2, allow_nan=False, allow_infinity=False)


def found(xml: str, path: str) -> list[str | None]:
    """The texts at a path of local names."""
    steps = "/".join(f"{{*}}{step}" for step in path.split("/"))
    return [element.text for element in fromstring(xml).findall(f".//{steps}")]


def test_tax_is_stated_at_its_rate() -> None:
    stated = figures(a_document({"A": "100"}, taxes=[VAT]))
    assert (stated.base, stated.percent, stated.tax, stated.total) == (100, 6, 6, 106)


def test_taxes_on_one_base_are_one_tax() -> None:
    stated = figures(a_document({"A": "100"}, taxes=[VAT, Tax("City", Decimal("0.0072"))]))
    assert (stated.percent, stated.tax) == (Decimal("6.72"), Decimal("6.72"))


def test_imported_tax_is_stated_at_the_rate_that_it_comes_to() -> None:
    stated = figures(a_document({"A": "300"}, imported="17"))
    assert (stated.percent, stated.tax) == (Decimal("5.666667"), 17)


@pytest.mark.parametrize(
    ("amount", "imported", "charge"),
    [("0", "12.5", "12.5"), ("100000", "300", "300"), ("10", "11", "11"), ("-100", "30", "-30")],
)
def test_tax_that_is_no_rate_of_the_base_is_a_charge(
    amount: str, imported: str, charge: str
) -> None:
    stated = figures(a_document({"A": amount}, imported=imported))
    assert stated.percent is None and not stated.tax
    assert stated.allowances == [Allowance("Tax", -Decimal(charge))]


def test_no_tax_is_out_of_scope_and_not_zero_percent() -> None:
    stated = figures(a_document({"A": "100"}))
    assert (stated.percent, stated.tax, stated.allowances) == (None, 0, [])


def test_credit_note_states_positive_amounts() -> None:
    document = a_document({"A": "100", "B": "-150.5"}, taxes=[Tax("VAT", Decimal("0.06"), True)])
    stated = figures(document)
    assert [line.amount for line in stated.lines] == [-100, Decimal("150.5")]
    assert (stated.base, stated.tax, stated.total) == (
        Decimal("50.5"),
        Decimal("3.03"),
        Decimal("53.53"),
    )


@given(
    st.lists(cents, min_size=1, max_size=5),
    st.decimals(0, 10**6, places=2),
    st.lists(st.decimals(0, 1, places=3), max_size=2),
    cents,
)
def test_figures_add_up(
    amounts: list[Decimal], coupon: Decimal, rates: list[Decimal], imported: Decimal
) -> None:
    document = a_document(
        {f"P{n}": str(amount) for n, amount in enumerate(amounts)},
        coupons={"K": str(coupon)},
        taxes=[Tax(f"T{n}", rate) for n, rate in enumerate(rates)],
        imported=str(imported),
    )
    stated = figures(document)
    beside = exact_sum(allowance.amount for allowance in stated.allowances)
    assert exact_sum(line.amount for line in stated.lines) - beside == stated.base
    assert stated.base + stated.tax == stated.total == abs(document.content.amount)


def test_buyer_without_an_address_cannot_be_stated() -> None:
    assert not is_statable(a_document({"A": "1"}, buyer=Party("Northwind")))
    assert is_statable(a_document({"A": "1"}))


def test_third_decimal_can_only_be_stated_when_it_is_zero() -> None:
    assert is_statable(a_document({"A": "12.34"}, currency="KWD"))
    assert not is_statable(a_document({"A": "12.345"}, currency="KWD"))
    tax = Tax("VAT", Decimal("0.05"))
    assert not is_statable(a_document({"A": "12.34"}, currency="KWD", taxes=[tax]))


def test_xml_names_the_document_and_both_parties() -> None:
    xml = einvoice_xml(a_document({"对象存储 <OBS> & *x*": "100"}))
    assert found(xml, "ExchangedDocument/ID") == ["INV-2026-000007"]
    assert found(xml, "ExchangedDocument/TypeCode") == ["380"]
    assert found(xml, "ExchangedDocument/IssueDateTime/DateTimeString") == ["20260305"]
    assert found(xml, "SpecifiedTradeProduct/Name") == ["对象存储 <OBS> & *x*"]
    assert found(xml, "BuyerTradeParty/Name") == ["北京云合科技有限公司"]
    assert found(xml, "BuyerTradeParty/PostalTradeAddress/CountryID") == ["CN"]
    assert found(xml, "DueDateDateTime/DateTimeString") == ["20260404"]


def test_xml_of_a_credit_note_is_type_381_and_asks_for_nothing() -> None:
    xml = einvoice_xml(a_document({"A": "-50.5"}))
    assert found(xml, "ExchangedDocument/TypeCode") == ["381"]
    assert found(xml, "DuePayableAmount") == ["50.50"]
    assert found(xml, "BilledQuantity") == ["1"]
    assert found(xml, "DueDateDateTime/DateTimeString") == []


def test_xml_has_no_negative_price() -> None:
    xml = einvoice_xml(a_document({"A": "100", "B": "-30"}))
    assert found(xml, "NetPriceProductTradePrice/ChargeAmount") == ["100.00", "30.00"]
    assert found(xml, "BilledQuantity") == ["1", "-1"]
    assert found(xml, "LineTotalAmount") == ["100.00", "-30.00", "70.00"]


def test_xml_writes_as_many_decimals_as_the_currency_has_but_never_three() -> None:
    yen = einvoice_xml(a_document({"A": "100.4"}, currency="JPY"))
    dinars = einvoice_xml(a_document({"A": "12.34"}, currency="KWD"))
    assert found(yen, "DuePayableAmount") == ["100"]
    assert found(dinars, "DuePayableAmount") == ["12.34"]


def test_vat_number_is_one_only_behind_its_country_and_where_there_is_tax() -> None:
    taxed = einvoice_xml(a_document({"A": "1"}, taxes=[VAT], buyer=GERMAN))
    untaxed = einvoice_xml(a_document({"A": "1"}, buyer=GERMAN))
    registration = "BuyerTradeParty/SpecifiedTaxRegistration/ID"
    assert found(taxed, registration) == ["DE123456789"]
    assert found(untaxed, registration) == []
    assert found(untaxed, "BuyerTradeParty/SpecifiedLegalOrganization/ID") == ["DE123456789"]


def test_document_over_a_difference_names_the_one_before() -> None:
    xml = einvoice_xml(a_document({"A": "5"}, corrects="INV-2026-000001"))
    assert found(xml, "InvoiceReferencedDocument/IssuerAssignedID") == ["INV-2026-000001"]


@given(st.text(max_size=60))
def test_any_product_name_makes_xml_that_can_be_read(name: str) -> None:
    xml = einvoice_xml(a_document({name: "1"}))
    [read] = found(xml, "SpecifiedTradeProduct/Name")
    assert read is not None and read.strip()
