"""Documents on paper: what is in the data is printed, and nothing else happens."""

import io
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from models.adapters.typesetting import MISSING, typeset
from models.rules.invoices import Document
from models.rules.papers import invoice_paper
from tests.documents import a_document

AT = datetime(2026, 3, 5, 1, 2, 3, tzinfo=UTC)


def paper(**changes: Any) -> dict[str, Any]:
    """An invoice's data with something else in places."""
    return invoice_paper(a_document({"Elastic Cloud Server": "10"})) | changes


def pages(pdf: bytes) -> list[str]:
    """The text of each page, as a reader would copy it."""
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def text_of(document: Document) -> str:
    return "\n".join(pages(typeset("invoice", invoice_paper(document), timestamp=AT)))


@pytest.mark.parametrize(
    "name",
    ["#panic()", "*bold* _it_", "$x^2$", "@ref <label>", "= Head", '"quote\\', "// gone", "`raw`"],
)
def test_what_looks_like_markup_is_printed_as_it_is(name: str) -> None:
    assert name in text_of(a_document({name: "1"}))


@pytest.mark.parametrize(
    "name", ["北京云合科技有限公司", "株式会社クラウド", "클라우드 주식회사", "雲端有限公司"]
)
def test_names_in_chinese_japanese_and_korean_are_printed(name: str) -> None:
    assert name in text_of(a_document({name: "1"}))


def test_what_no_font_has_is_a_square_and_not_a_failure() -> None:
    text = text_of(a_document({"fire 🔥 sale": "1"}))
    assert f"fire {MISSING} sale" in text


def test_marks_that_turn_the_text_around_are_left_out() -> None:
    assert "abc.exe" in text_of(a_document({"abc\u202e.exe\x07": "1"}))


def test_many_lines_take_several_numbered_pages_with_the_columns_named_on_each() -> None:
    document = a_document({f"Product {n:03d}": "1.234" for n in range(300)})
    text = pages(typeset("invoice", invoice_paper(document), timestamp=AT))
    assert len(text) == 7
    for number, page in enumerate(text, start=1):
        assert f"Page {number} of 7" in page and "Amount in USD" in page
    assert "370.20" in text[-1]


def test_same_instant_in_another_zone_is_the_same_file() -> None:
    local = AT.astimezone(timezone(timedelta(hours=8)))
    assert typeset("invoice", paper(), timestamp=AT) == typeset("invoice", paper(), timestamp=local)


def test_file_is_dated_by_the_timestamp_and_by_no_clock() -> None:
    read = PdfReader(io.BytesIO(typeset("invoice", paper(), timestamp=AT))).metadata
    assert read is not None
    assert (read["/CreationDate"], read["/ModDate"]) == ("D:20260305010203Z",) * 2


def test_naive_timestamp_is_a_bug() -> None:
    with pytest.raises(ValueError, match="naive"):
        typeset("invoice", paper(), timestamp=datetime(2026, 3, 5))  # noqa: DTZ001


def test_template_that_lacks_its_data_is_a_bug() -> None:
    with pytest.raises(typst.TypstError):
        typeset("invoice", {}, timestamp=AT)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(max_size=30), min_size=1, max_size=5))
def test_any_text_can_be_typeset(names: list[str]) -> None:
    rows = [[name, name, "1.00"] for name in names]
    assert typeset("invoice", paper(rows=rows), timestamp=AT).startswith(b"%PDF-1.7")
