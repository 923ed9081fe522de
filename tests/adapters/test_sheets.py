"""Every format holds the same rows, whatever is in them, and is the same file each time."""

import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.rules.export_lines import cells_text
from models.rules.exports import Column, ColumnKind, ExportFormat
from models.rules.money import EXACT, amount_text, exact_sum, parse_amount
from tests.sheets import READERS, Row, by_openpyxl, write_file

COLUMNS = (
    Column("cycle"),
    Column("product", ColumnKind.TEXT),
    Column("used", ColumnKind.INSTANT),
    Column("amount", ColumnKind.AMOUNT),
    Column("resource", ColumnKind.TEXT),
    Column("total", ColumnKind.AMOUNT),
)
NAMES = tuple(column.name for column in COLUMNS)
EACH = [
    pytest.param(file_format, read, id=f"{file_format}-{read.__name__}")
    for file_format, readers in READERS.items()
    for read in readers
]

PIECES = st.sampled_from(
    ['"', "'", ",", "\n", "\r\n", "\\", "=HYPERLINK(", "@", "张", "é", "😀", "NULL", "1E5", " ",
     "<r>", "</r>", "<r><t>&</t></r>", "&amp;", "]]>", "_x0041_", "\t", "\u2028", "\ufeff"]
)  # fmt: skip
TEXTS = st.lists(st.one_of(PIECES, st.text("aZ0.-", max_size=3)), max_size=6).map("".join)
# Readers do not agree on a control character within what looks like a workbook's own XML.
TEXTS = TEXTS.filter(lambda text: not (text.startswith("<r>") and "\r" in text))
AMOUNTS = st.one_of(
    st.just(""),
    st.integers(-(10**38) + 1, 10**38 - 1).map(
        lambda n: amount_text(Decimal(n).scaleb(-18, EXACT))
    ),
    st.sampled_from(
        ["0", "1e-18", "-1.5E+19", "99999999999999999999", "+0.1", "-0.0", "12.50"]
    ).map(lambda text: amount_text(parse_amount(text))),
)
INSTANTS = st.one_of(
    st.just(""),
    st.datetimes(datetime(2000, 1, 1), datetime(2999, 1, 1)).map(  # noqa: DTZ001
        lambda at: at.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
    ),
)
ROWS = st.lists(
    st.tuples(st.just("2026-01"), TEXTS, INSTANTS, AMOUNTS, TEXTS, AMOUNTS), min_size=1, max_size=6
)
SOME = settings(
    deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def lines_of(rows: list[Row]) -> list[str]:
    return [cells_text(zip(COLUMNS, row, strict=True)) for row in rows]


@pytest.mark.parametrize(("file_format", "read"), EACH)
@given(rows=ROWS)
@SOME
def test_rows_are_read_back_as_they_were(
    file_format: ExportFormat, read: Callable[[Path], list[Row]], tmp_path: Path, rows: list[Row]
) -> None:
    found = read(write_file(tmp_path, file_format, COLUMNS, lines_of(rows)))
    assert found[0] == NAMES
    assert found[1:] == rows


HOSTILE = [
    '=HYPERLINK("http://x.test","y")', "=1+1", "+1", "@x", "{=1}", "http://x.test", "mailto:a@b.c",
    "internal:x!A1", "1.0", "TRUE", "#N/A", "<r><t>x</t></r>", "<r>& </r>",
    "\x01\x0b\x1f\x7f\x85", "\ufffe\uffff", "_x0000_", "\u202e", " ", "\ud7ff", "\U0010ffff",
]  # fmt: skip


def test_no_text_is_computed_or_followed_and_none_breaks_a_workbook(tmp_path: Path) -> None:
    rows = [("2026-01", text, "", "-1.5", "", "") for text in HOSTILE]
    path = write_file(tmp_path, ExportFormat.XLSX, COLUMNS, lines_of(rows))
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert {cell.data_type for column in ("B", "E") for cell in sheet[column][1:]} <= {"s", "n"}
    assert [cell.data_type for cell in sheet["B"][1:]] == ["s"] * len(HOSTILE)
    assert {cell.data_type for cell in sheet["D"][1:]} == {"n"}
    assert not any(cell.hyperlink for row in sheet for cell in row)
    assert [row[1] for row in by_openpyxl(path)[1:]] == HOSTILE
    with zipfile.ZipFile(path) as parts:
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist())
        assert not any("hyperlink" in parts.read(name).decode() for name in parts.namelist())


def test_readers_add_up_to_the_same_exact_sum(tmp_path: Path) -> None:
    amounts = [Decimal(7**n).scaleb(-18, EXACT) * (-1) ** n for n in range(40)]
    rows = [("2026-01", "", "", "", "", amount_text(amount)) for amount in amounts]
    for file_format, readers in READERS.items():
        path = write_file(tmp_path, file_format, COLUMNS, lines_of(rows))
        sums = [exact_sum(Decimal(row[-1]) for row in read(path)[1:]) for read in readers]
        assert sums == [exact_sum(amounts)] * 2
    with duckdb.connect() as db:
        parquet = db.read_parquet(str(tmp_path / "parquet.parquet"))
        assert parquet.sum("total").fetchall() == [(exact_sum(amounts),)]
