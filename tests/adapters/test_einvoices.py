"""The e-invoice is valid by Factur-X's schema and by the business rules of EN 16931."""

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import facturx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from saxonche import PySaxonProcessor

from models.actions.invoice_writing import invoice_pdf
from models.adapters.einvoices import FILE_NAME, check_einvoice
from models.rules.billing_addresses import Party
from models.rules.derived import Tax
from models.rules.einvoice_xml import einvoice_xml
from models.rules.invoices import Document
from tests.documents import GERMAN, VAT, a_document

ISSUED_AT = datetime(2026, 3, 5, 1, 2, 3, tzinfo=UTC)
RULES = "xsd_and_schematron/facturx-en16931/FACTUR-X_EN16931.xslt"
Check = Callable[[str], list[str]]
cents = st.decimals(-(10**7), 10**7, places=2, allow_nan=False, allow_infinity=False)

DOCUMENTS: dict[str, Document] = {
    "untaxed": a_document({"Elastic Cloud Server": "8083.8494925", "对象存储": "-3.5"}),
    "tax": a_document({"A": "8083.8494925"}, taxes=[VAT]),
    "two taxes": a_document({"A": "100"}, taxes=[VAT, Tax("City", Decimal("0.007"))]),
    "coupon": a_document({"A": "8083.8494925"}, coupons={"春季": "853.8495"}, taxes=[VAT]),
    "rounding": a_document({"A": "10.005", "B": "10.005", "C": "10.005"}),
    "yen": a_document({"A": "1000.4"}, currency="JPY", taxes=[Tax("消費税", Decimal("0.1"))]),
    "dinars": a_document({"A": "12.34"}, currency="KWD", taxes=[Tax("VAT", Decimal("0.5"))]),
    "credit note": a_document({"A": "100", "B": "-150.005"}),
    "taxed credit note": a_document({"A": "-50"}, taxes=[Tax("VAT", Decimal("0.06"), True)]),
    "nothing due": a_document({"A": "100"}, coupons={"K": "100"}),
    "imported tax": a_document({"A": "300"}, imported="17"),
    "only tax": a_document({"A": "0"}, imported="12.5"),
    "small tax": a_document({"A": "100000"}, imported="300"),
    "crossed": a_document({"A": "-100"}, imported="30"),
    "VAT number": a_document({"A": "100"}, taxes=[VAT], buyer=GERMAN),
    "VAT number, no tax": a_document({"A": "100"}, buyer=GERMAN),
    "difference": a_document({"A": "5", "B": "-1"}, corrects="INV-2026-000001"),
}


@pytest.fixture(scope="module")
def broken_rules() -> Iterator[Check]:
    """The business rules of EN 16931 that an XML breaks."""
    package = Path(str(facturx.__file__)).parent
    with PySaxonProcessor(license=False) as saxon:
        compiler = saxon.new_xslt30_processor()
        rules = compiler.compile_stylesheet(stylesheet_file=str(package / RULES))

        def check(xml: str) -> list[str]:
            report = rules.transform_to_string(xdm_node=saxon.parse_xml(xml_text=xml))
            assert "fired-rule" in report
            return [part.split("<svrl:text>")[1] for part in report.split("failed-assert ")[1:]]

        yield check


@pytest.mark.parametrize("name", DOCUMENTS)
def test_einvoice_breaks_no_rule(broken_rules: Check, name: str) -> None:
    xml = einvoice_xml(DOCUMENTS[name])
    check_einvoice(xml)
    assert broken_rules(xml) == []


def test_rules_do_notice_what_is_broken(broken_rules: Check) -> None:
    xml = einvoice_xml(DOCUMENTS["tax"])
    [broken] = broken_rules(xml.replace("8568.88</ram:DuePayable", "8568.87</ram:DuePayable"))
    assert "BR-CO-16" in broken


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(cents, min_size=1, max_size=4),
    st.decimals(0, 10**5, places=2),
    st.lists(st.decimals(0, Decimal("0.4"), places=3), max_size=2),
    cents,
)
def test_einvoice_of_any_bill_breaks_no_rule(
    broken_rules: Check,
    amounts: list[Decimal],
    coupon: Decimal,
    rates: list[Decimal],
    imported: Decimal,
) -> None:
    xml = einvoice_xml(
        a_document(
            {f"P{n}": str(amount) for n, amount in enumerate(amounts)},
            coupons={"K": str(coupon)},
            taxes=[Tax(f"T{n}", rate) for n, rate in enumerate(rates)],
            imported=str(imported),
        )
    )
    check_einvoice(xml)
    assert broken_rules(xml) == []


def test_xml_that_does_not_follow_the_schema_is_never_embedded() -> None:
    xml = einvoice_xml(DOCUMENTS["tax"]).replace("TypeCode", "KindCode")
    with pytest.raises(Exception, match="not valid against the official"):
        check_einvoice(xml)


@pytest.mark.parametrize("name", ["coupon", "credit note"])
def test_pdf_holds_the_xml_as_factur_x_wants_it(name: str) -> None:
    document = DOCUMENTS[name]
    pdf = invoice_pdf(document, ISSUED_AT)
    file_name, xml = facturx.get_facturx_xml_from_pdf(pdf, check_xsd=True)
    assert (file_name, xml.decode()) == (FILE_NAME, einvoice_xml(document))
    reader = PdfReader(io.BytesIO(pdf))
    assert reader.metadata is not None
    assert str(reader.metadata.title).endswith(document.title.number)
    root = reader.trailer["/Root"]
    [attached] = root["/AF"]
    assert attached.get_object()["/AFRelationship"] == "/Alternative"
    metadata = root["/Metadata"].get_data().decode()
    assert "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>" in metadata
    assert "<fx:DocumentFileName>factur-x.xml</fx:DocumentFileName>" in metadata
    assert "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>" in metadata


def test_buyer_without_an_address_gets_a_pdf_without_an_einvoice() -> None:
    pdf = invoice_pdf(a_document({"A": "1"}, buyer=Party("Northwind 北风")), ISSUED_AT)
    reader = PdfReader(io.BytesIO(pdf))
    assert "/AF" not in reader.trailer["/Root"]
    assert "Northwind 北风" in reader.pages[0].extract_text()


def test_same_document_is_the_same_bytes_in_another_process() -> None:
    script = (
        "import sys, datetime; from models.actions.invoice_writing import invoice_pdf;"
        "from tests.documents import a_document, VAT;"
        "document = a_document({'A': '10.005', '对象存储': '1'}, taxes=[VAT]);"
        "at = datetime.datetime.fromisoformat('2026-03-05T01:02:03Z');"
        "sys.stdout.buffer.write(invoice_pdf(document, at))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    here = invoice_pdf(a_document({"A": "10.005", "对象存储": "1"}, taxes=[VAT]), ISSUED_AT)
    assert done.stdout == here
