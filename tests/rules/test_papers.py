"""What is printed on an invoice."""

from models.rules.billing_addresses import Party
from models.rules.papers import invoice_paper
from tests.documents import VAT, a_document


def test_invoice_is_printed_from_products_to_amount_due() -> None:
    document = a_document({"A": "8083.8494925"}, coupons={"Spring": "853.8495"}, taxes=[VAT])
    paper = invoice_paper(document)
    assert paper["title"] == "Invoice"
    assert paper["rows"] == [["A", "Cloud", "8,083.85"]]
    assert paper["sums"] == [
        ["Sum of products", "8,083.85"],
        ["Coupon: Spring", "−853.85"],
        ["Net amount", "7,230.00"],
        ["VAT, 6 % of 7229.9999925", "433.80"],
    ]
    assert paper["totals"] == [["Total", "7,663.80"], ["Amount due", "7,663.80"]]
    rounding, reference = paper["notes"]
    assert rounding.startswith("Rounding of 0.0000075 USD is included.")
    assert reference == "Please state INV-2026-000007 with your payment."
    assert ["Payable by", "2026-04-04"] in paper["facts"]


def test_credit_note_shows_its_credit_and_that_nothing_is_due() -> None:
    paper = invoice_paper(a_document({"A": "-50.5"}))
    assert paper["title"] == "Credit note"
    assert paper["totals"] == [["Total", "−50.50"], ["Credit", "50.50"], ["Amount due", "0.00"]]
    assert paper["notes"][0].startswith("Nothing is to be paid.")
    assert not [fact for fact in paper["facts"] if fact[0] == "Payable by"]


def test_document_over_a_difference_says_so() -> None:
    paper = invoice_paper(a_document({"A": "5"}, corrects="INV-2026-000001"))
    assert ["In addition to", "INV-2026-000001"] in paper["facts"]
    assert "over the difference" in paper["notes"][0]


def test_yen_have_no_decimals() -> None:
    assert invoice_paper(a_document({"A": "1234.5"}, currency="JPY"))["totals"][0] == [
        "Total",
        "1,235",
    ]


def test_buyer_without_an_address_is_named_only() -> None:
    paper = invoice_paper(a_document({"A": "1"}, buyer=Party("Northwind")))
    assert paper["buyer"] == {"name": "Northwind", "lines": []}


def test_party_is_printed_with_its_address_and_tax_number() -> None:
    assert invoice_paper(a_document({"A": "1"}))["buyer"] == {
        "name": "北京云合科技有限公司",
        "lines": ["中关村大街 27 号", "100080 北京, CN", "Tax number 91110108MA0BUYER01"],
    }
