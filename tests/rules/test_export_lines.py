"""Lines of a file: anonymised, safe for spreadsheets, and added up."""

import csv
from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.rules.anonymity_text import Person, Scrubber
from models.rules.export_lines import (
    SafeLines,
    cells_text,
    formula_safe,
    header_line,
    last_cells_sum,
    quoted,
)
from models.rules.exports import Column, ColumnKind, ExportFormat, ExportView, file_columns
from models.rules.money import EXACT

COLUMNS = (
    Column("cycle"),
    Column("product", ColumnKind.TEXT),
    Column("customer"),
    Column("resource", ColumnKind.TEXT),
    Column("total", ColumnKind.AMOUNT),
)
NAME = "Acme Trading"


def naive(needles: Sequence[bytes]) -> Callable[[bytes], set[int]]:
    return lambda text: {i for i, needle in enumerate(needles) if needle in text}


SCRUBBER = Scrubber([Person("cust-acme", NAME, "+8613800138000", "li@acme.test")], naive)


def a_line(product: str = "", resource: str = "", total: str = "1") -> str:
    return f"2026-01,{quoted(product)},cust-acme,{quoted(resource)},{total}"


def cleaned(*lines: str, file_format: ExportFormat = ExportFormat.CSV) -> list[str]:
    return SafeLines(COLUMNS, SCRUBBER, file_format).clean(list(lines))


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@sum", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠sum"]
)
def test_text_that_a_spreadsheet_would_compute_gets_an_apostrophe(text: str) -> None:
    assert formula_safe(text) == f"'{text}"
    assert cleaned(a_line(text), a_line("", text)) == [a_line(f"'{text}"), a_line("", f"'{text}")]


@pytest.mark.parametrize("text", ["", "a=1", " =1", "1", "0-1", "'=1", '"=1"', 'x,"=1'])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert formula_safe(text) == text
    assert cleaned(a_line(text, text)) == [a_line(text, text)]


TYPED = [ExportFormat.JSON_LINES, ExportFormat.XLSX, ExportFormat.PARQUET]


@pytest.mark.parametrize("file_format", TYPED)
def test_text_stays_as_it_is_where_a_cell_says_that_it_is_text(file_format: ExportFormat) -> None:
    lines = [a_line("=1+1", "@sum"), a_line(f"={NAME}")]
    assert cleaned(*lines, file_format=file_format) == [lines[0], a_line("=cust-acme")]


@pytest.mark.parametrize("second", ["plain", "=2"])
def test_text_in_the_first_column_is_made_safe_too(second: str) -> None:
    columns = (COLUMNS[1], COLUMNS[4])
    lines = ['"=1",2', '"a\n""=1",3', f'"{second}",4']
    guarded = SafeLines(columns, SCRUBBER, ExportFormat.FOCUS_CSV).clean(lines)
    assert guarded == ['"\'=1",2', lines[1], f"{quoted(formula_safe(second))},4"]


def test_numbers_stay_numbers() -> None:
    assert cleaned(a_line("=x", total="-12.5")) == [a_line("'=x", total="-12.5")]


def test_personal_text_becomes_the_token_and_only_in_its_line() -> None:
    lines = [a_line(f"p{i}", f"r{i}") for i in range(200)]
    lines[70] = a_line("vm-ACME-trading", 'say "hi" to li@acme.test,\nwas here')
    clean = cleaned(*lines)
    assert clean[70] == a_line("vm-cust-acme", 'say "hi" to cust-acme,\nwas here')
    assert clean[:70] + clean[71:] == lines[:70] + lines[71:]


def test_text_that_is_safe_only_before_scrubbing_is_made_safe_after() -> None:
    odd = Scrubber([Person("=cust", NAME)], naive)
    assert SafeLines(COLUMNS, odd, ExportFormat.CSV).clean([a_line(NAME)]) == [a_line("'=cust")]


def test_codes_and_amounts_are_never_scrubbed() -> None:
    columns = (*COLUMNS[:2], Column("transaction"), *COLUMNS[3:])
    line = '2026-01,"",13800138000,"",13800138000'
    assert SafeLines(columns, SCRUBBER, ExportFormat.CSV).clean([line]) == [line]


TEXTS = st.text(alphabet="=+-@\t\r\n',\" aA1\u00e9\uff1d", max_size=6)


@settings(deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5))
def test_any_text_is_read_back_as_it_should_be(texts: list[tuple[str, str]]) -> None:
    lines = cleaned(*(a_line(*pair) for pair in texts))
    rows = [next(csv.reader([line], strict=True)) for line in lines]
    wanted = [tuple(formula_safe(SCRUBBER.scrub(text)) for text in pair) for pair in texts]
    assert [(row[1], row[3]) for row in rows] == wanted
    assert not any(cell[:1] in set("=+-@\t\r\n＝") - {""} for row in wanted for cell in row)


@given(st.lists(st.integers(-(10**38), 10**38)))
def test_sum_of_the_last_cells_is_exact(smallest_units: list[int]) -> None:
    def amount(units: int) -> Decimal:
        return Decimal(units).scaleb(-18, EXACT)

    lines = [a_line(total=f"{amount(units):f}") for units in smallest_units]
    assert last_cells_sum(lines) == amount(sum(smallest_units))


def test_neighbouring_cells_are_written_by_their_kind() -> None:
    cells = [(COLUMNS[0], "2026-01"), (COLUMNS[1], 'a "b"'), (COLUMNS[3], ""), (COLUMNS[4], "1")]
    assert cells_text(cells) == '2026-01,"a ""b""","",1'


def test_header_names_the_columns() -> None:
    assert header_line(file_columns(ExportView.BY_CUSTOMER)) == (
        "cycle,kind,currency,bill,version,customer,expenditures,refunds,adjustments,total"
    )
