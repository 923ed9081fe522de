"""An invoice as a UN/CEFACT Cross Industry Invoice, profile EN 16931, as Factur-X embeds it.

Comments name the standard's business terms (BT) and groups (BG).
"""

import re
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from models.rules.billing_addresses import Party
from models.rules.einvoices import MOST_DECIMALS, Allowance, Figures, figures
from models.rules.invoices import Document, ProductTotal
from models.rules.money import amount_text, exact_sum
from models.rules.states import InvoiceType

GUIDELINE = "urn:cen.eu:en16931:2017"
_UN = "urn:un:unece:uncefact:data:standard:"
_NAMESPACES = {
    "rsm": f"{_UN}CrossIndustryInvoice:100",
    "ram": f"{_UN}ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{_UN}UnqualifiedDataType:100",
}
_TYPES = {InvoiceType.INVOICE: "380", InvoiceType.CREDIT_NOTE: "381"}
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

for _prefix, _uri in _NAMESPACES.items():
    register_namespace(_prefix, _uri)


def einvoice_xml(document: Document) -> str:
    """The document in XML; ask `is_statable` before. The same document is the same text (I20)."""
    root = Element(_name("rsm:CrossIndustryInvoice"))
    context = _add(root, "rsm:ExchangedDocumentContext")
    guideline = _add(context, "ram:GuidelineSpecifiedDocumentContextParameter")
    _add(guideline, "ram:ID", GUIDELINE)
    _exchanged_document(root, document)
    trade = _add(root, "rsm:SupplyChainTradeTransaction")
    sums = figures(document)
    for number, line in enumerate(sums.lines, start=1):
        _line(trade, number, line, _Writer(document.title.digits, sums.percent))
    _agreement(trade, document, is_taxed=sums.percent is not None)
    delivery = _add(trade, "ram:ApplicableHeaderTradeDelivery")
    event = _add(delivery, "ram:ActualDeliverySupplyChainEvent")
    _add_day(event, "ram:OccurrenceDateTime", document.content.last_day)
    _settlement(trade, document, sums)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _name(tag: str) -> str:
    prefix, _, local = tag.partition(":")
    return f"{{{_NAMESPACES[prefix]}}}{local}"


def _add(parent: Element, tag: str, text: str | None = None, **attributes: str) -> Element:
    element = SubElement(parent, _name(tag), attributes)
    element.text = None if text is None else _clean(text)
    return element


def _clean(text: str) -> str:
    return _NO_XML.sub("", text)


def _add_day(parent: Element, tag: str, day: date) -> None:
    _add(_add(parent, tag), "udt:DateTimeString", f"{day:%Y%m%d}", format="102")


class _Writer:
    """Writes what depends on the currency's minor digits and on the tax's rate, if it has one."""

    def __init__(self, digits: int, percent: Decimal | None) -> None:
        self._digits = min(digits, MOST_DECIMALS)
        self._percent = percent

    def amount(self, parent: Element, tag: str, amount: Decimal, **attributes: str) -> None:
        _add(parent, tag, f"{amount:.{self._digits}f}", **attributes)

    def category(self, parent: Element) -> None:
        """The tax category of a line, an allowance or a breakdown (S standard, O none)."""
        _add(parent, "ram:CategoryCode", "O" if self._percent is None else "S")

    def rate(self, parent: Element) -> None:
        if self._percent is not None:
            _add(parent, "ram:RateApplicablePercent", amount_text(self._percent))


def _exchanged_document(root: Element, document: Document) -> None:
    content, title = document.content, document.title
    head = _add(root, "rsm:ExchangedDocument")
    _add(head, "ram:ID", title.number)
    _add(head, "ram:TypeCode", _TYPES[title.document_type])
    _add_day(head, "ram:IssueDateTime", content.issued_on)
    note = _add(head, "ram:IncludedNote")
    _add(note, "ram:Content", f"Bill {content.bill}, version {content.version}")


def _line(trade: Element, number: int, line: ProductTotal, writer: _Writer) -> None:
    """BG-25: one piece of a product; what is credited has the quantity −1, as no price may be."""
    item = _add(trade, "ram:IncludedSupplyChainTradeLineItem")
    _add(_add(item, "ram:AssociatedDocumentLineDocument"), "ram:LineID", str(number))
    product = _add(item, "ram:SpecifiedTradeProduct")
    _add(product, "ram:Name", _clean(line.product).strip() or "-")
    _add(product, "ram:Description", line.market)
    price = _add(_add(item, "ram:SpecifiedLineTradeAgreement"), "ram:NetPriceProductTradePrice")
    writer.amount(price, "ram:ChargeAmount", abs(line.amount))
    delivery = _add(item, "ram:SpecifiedLineTradeDelivery")
    _add(delivery, "ram:BilledQuantity", "-1" if line.amount < 0 else "1", unitCode="C62")
    settlement = _add(item, "ram:SpecifiedLineTradeSettlement")
    _tax_of(settlement, "ram:ApplicableTradeTax", writer)
    total = _add(settlement, "ram:SpecifiedTradeSettlementLineMonetarySummation")
    writer.amount(total, "ram:LineTotalAmount", line.amount)


def _tax_of(parent: Element, tag: str, writer: _Writer) -> None:
    tax = _add(parent, tag)
    _add(tax, "ram:TypeCode", "VAT")
    writer.category(tax)
    writer.rate(tax)


def _agreement(trade: Element, document: Document, *, is_taxed: bool) -> None:
    agreement = _add(trade, "ram:ApplicableHeaderTradeAgreement")
    _party(agreement, "ram:SellerTradeParty", document.seller, is_taxed=is_taxed)
    _party(agreement, "ram:BuyerTradeParty", document.content.buyer, is_taxed=is_taxed)


def _party(agreement: Element, tag: str, who: Party, *, is_taxed: bool) -> None:
    """BG-4, BG-7. A tax number is a VAT number (VA) only behind its country's two letters.

    No VAT number may be stated where nothing is taxed. Any other number is the party's legal
    registration (BT-30, BT-47) and, for the seller, its local tax registration (FC).
    """
    party, number = _add(agreement, tag), who.tax_number
    _add(party, "ram:Name", who.legal_name)
    is_vat = is_taxed and number is not None and number.startswith(who.country)
    if number and not is_vat:
        _add(_add(party, "ram:SpecifiedLegalOrganization"), "ram:ID", number)
    address = _add(party, "ram:PostalTradeAddress")
    for field, text in (
        ("ram:PostcodeCode", who.postcode),
        ("ram:LineOne", who.street),
        ("ram:CityName", who.city),
        ("ram:CountryID", who.country),
    ):
        if text:
            _add(address, field, text)
    if number and (is_vat or tag == "ram:SellerTradeParty"):
        registration = _add(party, "ram:SpecifiedTaxRegistration")
        _add(registration, "ram:ID", number, schemeID="VA" if is_vat else "FC")


def _settlement(trade: Element, document: Document, sums: Figures) -> None:
    content, currency = document.content, document.title.currency
    writer = _Writer(document.title.digits, sums.percent)
    settlement = _add(trade, "ram:ApplicableHeaderTradeSettlement")
    _add(settlement, "ram:PaymentReference", document.title.number)
    _add(settlement, "ram:InvoiceCurrencyCode", currency)
    _breakdown(settlement, sums, writer)
    period = _add(settlement, "ram:BillingSpecifiedPeriod")
    _add_day(period, "ram:StartDateTime", content.first_day)
    _add_day(period, "ram:EndDateTime", content.last_day)
    for allowance in sums.allowances:
        _allowance(settlement, allowance, writer)
    if document.title.document_type is InvoiceType.INVOICE:
        terms = _add(settlement, "ram:SpecifiedTradePaymentTerms")
        _add_day(terms, "ram:DueDateDateTime", content.due_on)
    elif sums.total:
        terms = _add(settlement, "ram:SpecifiedTradePaymentTerms")
        _add(terms, "ram:Description", "Nothing is to be paid; the amount is credited.")
    _totals(settlement, sums, writer, currency)
    if content.corrects:
        earlier = _add(settlement, "ram:InvoiceReferencedDocument")
        _add(earlier, "ram:IssuerAssignedID", content.corrects)


def _breakdown(settlement: Element, sums: Figures, writer: _Writer) -> None:
    """BG-23: the one tax, or why there is none."""
    tax = _add(settlement, "ram:ApplicableTradeTax")
    writer.amount(tax, "ram:CalculatedAmount", sums.tax)
    _add(tax, "ram:TypeCode", "VAT")
    if sums.percent is None:
        _add(tax, "ram:ExemptionReason", "Not subject to VAT")
    writer.amount(tax, "ram:BasisAmount", sums.base)
    writer.category(tax)
    if sums.percent is None:
        _add(tax, "ram:ExemptionReasonCode", "VATEX-EU-O")
    writer.rate(tax)


def _allowance(settlement: Element, allowance: Allowance, writer: _Writer) -> None:
    """BG-20, or BG-21 for a charge."""
    entry = _add(settlement, "ram:SpecifiedTradeAllowanceCharge")
    is_charge = "true" if allowance.amount < 0 else "false"
    _add(_add(entry, "ram:ChargeIndicator"), "udt:Indicator", is_charge)
    writer.amount(entry, "ram:ActualAmount", abs(allowance.amount))
    _add(entry, "ram:Reason", allowance.reason)
    _tax_of(entry, "ram:CategoryTradeTax", writer)


def _totals(settlement: Element, sums: Figures, writer: _Writer, currency: str) -> None:
    """BG-22."""
    total = _add(settlement, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    beside = [allowance.amount for allowance in sums.allowances]
    charges = -exact_sum(amount for amount in beside if amount < 0)
    writer.amount(total, "ram:LineTotalAmount", exact_sum(line.amount for line in sums.lines))
    writer.amount(total, "ram:ChargeTotalAmount", charges)
    allowances = exact_sum(amount for amount in beside if amount > 0)
    writer.amount(total, "ram:AllowanceTotalAmount", allowances)
    writer.amount(total, "ram:TaxBasisTotalAmount", sums.base)
    writer.amount(total, "ram:TaxTotalAmount", sums.tax, currencyID=currency)
    writer.amount(total, "ram:GrandTotalAmount", sums.total)
    writer.amount(total, "ram:DuePayableAmount", sums.total)
