"""Files of rows as files: the same each time, never half right, and never whole in memory."""

import json
import resource
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pyarrow.parquet
import pytest

from models.adapters.files import LocalFiles
from models.adapters.sheets import Sheet, open_sheet, require_format
from models.rules.errors import BillingError, Conflict, ErrorCode, InvalidInput, Unavailable
from models.rules.exports import Column, ColumnKind, ExportFormat
from tests.sheets import READERS, write_file

COLUMNS = (
    Column("bill"),
    Column("product", ColumnKind.TEXT),
    Column("total", ColumnKind.AMOUNT),
)
MANY = [f'bil_{n % 7},"product {n}",{n}.{n:06}1' for n in range(120_000)]
FORMATS = pytest.mark.parametrize("file_format", ExportFormat)


@contextmanager
def a_sheet(
    folder: Path, file_format: ExportFormat, columns: tuple[Column, ...] = COLUMNS
) -> Iterator[Sheet]:
    with (
        closing(LocalFiles(folder).create("file")) as file,
        closing(open_sheet(file_format, columns, file, folder)) as sheet,
    ):
        sheet.begin()
        yield sheet


def refused(sheet: Sheet, *lines: str) -> BillingError:
    with pytest.raises(BillingError) as failed:
        sheet.add(list(lines))
        sheet.end()
    return failed.value


@FORMATS
def test_same_lines_are_the_same_bytes_however_they_come(
    tmp_path: Path, file_format: ExportFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = MANY[:1_500]
    whole = write_file(tmp_path / "a", file_format, COLUMNS, lines).read_bytes()
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    dealt = [lines[:1], [], lines[1:1_000], lines[1_000:]]
    again = write_file(tmp_path / "b", file_format, COLUMNS, *dealt).read_bytes()
    monkeypatch.undo()
    time.tzset()
    assert again == whole


@FORMATS
def test_file_without_rows_has_its_columns(tmp_path: Path, file_format: ExportFormat) -> None:
    path = write_file(tmp_path, file_format, COLUMNS)
    if file_format is ExportFormat.JSON_LINES:
        assert path.read_bytes() == b""
        return
    for read in READERS[file_format]:
        assert read(path) == [("bill", "product", "total")]


@FORMATS
def test_only_column_may_be_absent_in_a_row(tmp_path: Path, file_format: ExportFormat) -> None:
    lines = ['"a"', '""', '"b"', '""']
    path = write_file(tmp_path, file_format, COLUMNS[1:2], lines)
    for read in READERS[file_format]:
        assert read(path) == [("product",), ("a",), ("",), ("b",), ("",)]


def test_row_groups_are_bounded_and_the_same_however_rows_come(tmp_path: Path) -> None:
    batches = [MANY[start : start + 7_001] for start in range(0, len(MANY), 7_001)]
    path = write_file(tmp_path / "a", ExportFormat.PARQUET, COLUMNS, *batches)
    with pyarrow.parquet.ParquetFile(path) as file:
        groups = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
    assert groups == [50_000, 50_000, 20_000]
    again = write_file(tmp_path / "b", ExportFormat.PARQUET, COLUMNS, MANY)
    assert again.read_bytes() == path.read_bytes()


# What Arrow would make other numbers of, without a word, among them.
@pytest.mark.parametrize(
    "amount", [f"{10**20}", f"-{10**25}", "437210892252953505635.152933402143637747", f"{10**60}"]
)
def test_amount_that_is_no_decimal_of_38_digits_is_refused_for_parquet(
    tmp_path: Path, amount: str
) -> None:
    with a_sheet(tmp_path, ExportFormat.PARQUET) as sheet:
        failure = refused(sheet, 'bil_1,"",1', f'bil_1,"",{amount}')
    assert (type(failure), failure.code) == (Conflict, ErrorCode.INVALID_AMOUNT)
    assert failure.message.startswith("total has an amount of more than 20 digits")
    assert list(tmp_path.iterdir()) == []


def test_text_that_no_cell_of_a_workbook_holds_is_refused(tmp_path: Path) -> None:
    with a_sheet(tmp_path, ExportFormat.XLSX) as sheet:
        sheet.add([f'bil_1,"{"é" * 32_767}",1'])
        failure = refused(sheet, f'bil_1,"{"é" * 32_768}",1')
    assert (type(failure), failure.message) == (
        Conflict,
        "Row 2: product is too long for Excel: choose another format.",
    )
    assert list(tmp_path.iterdir()) == []


def test_more_rows_than_a_sheet_has_are_refused(tmp_path: Path) -> None:
    with a_sheet(tmp_path, ExportFormat.XLSX) as sheet:
        failure = refused(sheet, *["bil_1,,1"] * 1_048_576)
    assert "1048575 rows" in failure.message
    assert list(tmp_path.iterdir()) == []


def test_workbook_on_a_full_disk_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with a_sheet(tmp_path, ExportFormat.XLSX) as sheet:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
        try:
            failure = refused(sheet, *MANY[:5_000])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (type(failure), failure.code) == (Unavailable, ErrorCode.STORAGE_FULL)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("rows", [0, 10])
@FORMATS
def test_sheet_that_is_given_up_leaves_nothing(
    tmp_path: Path, file_format: ExportFormat, rows: int
) -> None:
    with a_sheet(tmp_path, file_format) as sheet:
        sheet.add(MANY[:rows])
        sheet.close()
    assert list(tmp_path.iterdir()) == []


def test_header_of_a_workbook_is_bold_filtered_and_stays_in_view(tmp_path: Path) -> None:
    path = write_file(tmp_path, ExportFormat.XLSX, COLUMNS, MANY[:9])
    with zipfile.ZipFile(path) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 31, 0, 0, 0)}
        assert b"2000-01-01T00:00:00Z" in parts.read("docProps/core.xml")
    assert '<autoFilter ref="A1:C10"/>' in sheet
    assert 'state="frozen"' in sheet
    assert '<c r="A1" s="1" t="inlineStr">' in sheet


def test_format_that_is_not_installed_is_refused_in_advance(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for file_format in ExportFormat:
        require_format(file_format)
    monkeypatch.setattr("models.adapters.sheets.find_spec", lambda _name: None)
    with pytest.raises(InvalidInput, match="partner-bills\\[parquet\\]") as refusal:
        require_format(ExportFormat.PARQUET)
    assert refusal.value.code is ErrorCode.FORMAT_UNAVAILABLE
    require_format(ExportFormat.XLSX)


_MEASURE = """
import json, resource, sys
from pathlib import Path
from models.adapters.files import LocalFiles
from models.adapters.sheets import open_sheet
from models.rules.exports import Column, ColumnKind, ExportFormat
folder = Path(sys.argv[1])
columns = (Column("bill"), Column("text", ColumnKind.TEXT), Column("total", ColumnKind.AMOUNT))
sheet = open_sheet(ExportFormat(sys.argv[2]), columns, LocalFiles(folder).create("file"), folder)
sheet.begin()
peaks = []
for batch in range(int(sys.argv[3])):
    numbers = range(5_000 * batch, 5_000 * batch + 5_000)
    sheet.add([f'bil_{n},"{n:01000}",{n}.25' for n in numbers])
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
sheet.end()
sheet.close()
peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print(json.dumps(peaks))
"""


@FORMATS
def test_memory_does_not_grow_with_the_rows(tmp_path: Path, file_format: ExportFormat) -> None:
    batches = 24 if file_format is ExportFormat.PARQUET else 8  # two row groups, and some
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(tmp_path), file_format, str(batches)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    peaks = json.loads(done.stdout)
    # Kilobytes, for at least another 20,000 rows of 1,000 bytes.
    assert peaks[-1] - peaks[batches // 2 - 1] < 8_000
