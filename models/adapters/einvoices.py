"""The e-invoice in a PDF: checked against its schema, and declared as Factur-X wants it.

The XML itself is attached by the template. Factur-X wants the document's metadata to say so, which
typst cannot; so they are written in afterwards, and nothing else is changed.
"""

import io

import facturx
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject

FILE_NAME = "factur-x.xml"
HEADER = "%PDF-1.7"
_NAMESPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_PROPERTIES = {
    "DocumentFileName": ("The name of the embedded XML document", FILE_NAME),
    "DocumentType": ("The type of the hybrid document", "INVOICE"),
    "Version": ("The version of the standard of the embedded XML document", "1.0"),
    "ConformanceLevel": ("The conformance level of the embedded XML document", "EN 16931"),
}
_SCHEMAS_END = b"</rdf:Bag></pdfaExtension:schemas>"
_END = b"</rdf:RDF>"


def check_einvoice(xml: str) -> None:
    """Raise an Exception unless the XML follows the schema of Factur-X EN 16931 (rule 21)."""
    facturx.xml_check_xsd(xml.encode(), flavor="factur-x", level="en16931")


def declare_einvoice(pdf: bytes) -> bytes:
    """Say in a PDF's metadata that it holds an EN 16931 invoice; the same bytes each time."""
    writer = PdfWriter(clone_from=io.BytesIO(pdf))
    writer.pdf_header = HEADER
    metadata = writer.root_object["/Metadata"].get_object()
    assert isinstance(metadata, DecodedStreamObject)
    text = metadata.get_data()
    assert text.count(_SCHEMAS_END) == text.count(_END) == 1, "typst writes other metadata now"
    text = text.replace(_SCHEMAS_END, _schema() + _SCHEMAS_END).replace(_END, _values() + _END)
    metadata.set_data(text)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _schema() -> bytes:
    """What the properties mean: PDF/A wants those that it does not know described."""
    properties = "".join(
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:name>{name}</pdfaProperty:name>"
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType>"
        "<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{meaning}</pdfaProperty:description></rdf:li>"
        for name, (meaning, _) in _PROPERTIES.items()
    )
    return (
        '<rdf:li rdf:parseType="Resource">'
        "<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>"
        f"<pdfaSchema:namespaceURI>{_NAMESPACE}</pdfaSchema:namespaceURI>"
        "<pdfaSchema:prefix>fx</pdfaSchema:prefix><pdfaSchema:property>"
        f"<rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"
    ).encode()


def _values() -> bytes:
    values = "".join(f"<fx:{name}>{value}</fx:{name}>" for name, (_, value) in _PROPERTIES.items())
    head = f'<rdf:Description rdf:about="" xmlns:fx="{_NAMESPACE}">'
    return f"{head}{values}</rdf:Description>".encode()
