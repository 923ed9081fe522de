"""Which columns a file has, and what is refused."""

import csv

import pytest

from models.rules.errors import ErrorCode, InvalidInput
from models.rules.export_columns import (
    chosen_columns,
    control_column,
    selected_columns,
    without_last_cells,
)
from models.rules.exports import (
    ExportFormat,
    ExportView,
    extension,
    file_columns,
    media_type,
)
from models.rules.focus_columns import REQUIRED, require_focus_columns
from models.rules.focus_export import ABSENT_COLUMNS, FOCUS_COLUMNS, billing_period

DETAILS, CSV, FOCUS = ExportView.DETAILS, ExportFormat.CSV, ExportFormat.FOCUS_CSV


@pytest.mark.parametrize("file_format", [each for each in ExportFormat if each is not FOCUS])
@pytest.mark.parametrize("view", ExportView)
def test_no_choice_means_all_columns(view: ExportView, file_format: ExportFormat) -> None:
    assert chosen_columns(view, file_format, None) == file_columns(view)
    assert control_column(view, file_format) == file_columns(view)[-1]


def test_chosen_columns_keep_the_order_of_the_choice() -> None:
    names = ["settlement_amount", "region", "cycle"]
    assert [column.name for column in chosen_columns(DETAILS, CSV, names)] == names


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([], "Choose one column at least"),
        (["cycle", "cycle", "bill"], "once: 'cycle'."),
        (["cycle", "total"], "no column 'total'; there are cycle, kind, currency, bill,"),
        (["a\nb" * 99], r"no column 'a\nba\nb"),
        (["x"] * 10_000, "no column 'x', 'x', 'x', 'x', 'x'; there are"),
        (["Cycle"], "no column 'Cycle'"),
    ],
)
def test_choice_that_cannot_be_meant_is_refused(names: list[str], told: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        chosen_columns(DETAILS, CSV, names)
    assert refused.value.code is ErrorCode.INVALID_COLUMN
    assert refused.value.path == ("columns",)
    assert told in refused.value.message
    assert len(refused.value.message) < 500


@pytest.mark.parametrize("names", [[], ["BilledCost"], ["cycle"]])
def test_columns_of_a_focus_file_are_fixed(names: list[str]) -> None:
    assert chosen_columns(DETAILS, FOCUS, None) == FOCUS_COLUMNS
    assert control_column(DETAILS, FOCUS).name == "BilledCost"
    with pytest.raises(InvalidInput) as refused:
        chosen_columns(DETAILS, FOCUS, names)
    assert refused.value.code is ErrorCode.INVALID_COLUMN


@pytest.mark.parametrize("view", [ExportView.BY_PRODUCT, ExportView.BY_CUSTOMER])
def test_focus_file_is_one_of_details(view: ExportView) -> None:
    with pytest.raises(InvalidInput, match="DETAILS"):
        chosen_columns(view, FOCUS, None)


def test_focus_columns_are_unique_and_those_of_an_import() -> None:
    names = [column.name for column in FOCUS_COLUMNS]
    assert len(set(names)) == len(names)
    assert set(names) > ABSENT_COLUMNS | set(REQUIRED)
    require_focus_columns(names)


@pytest.mark.parametrize(
    ("cycle", "start", "end"),
    [("2024-02", "2024-02-01", "2024-03-01"), ("2025-12", "2025-12-01", "2026-01-01")],
)
def test_billing_period_is_half_open(cycle: str, start: str, end: str) -> None:
    assert billing_period(cycle) == (f"{start}T00:00:00Z", f"{end}T00:00:00Z")


def test_control_amount_is_selected_once_and_last() -> None:
    columns = chosen_columns(DETAILS, CSV, ["bill", "settlement_amount"])
    control = control_column(DETAILS, CSV)
    assert selected_columns(columns, control) == columns
    assert selected_columns(columns[::-1], control) == (*columns[::-1], control)


def test_cutting_leaves_rows_that_are_read_as_rows() -> None:
    lines = ['"a,b",1', ",2", '"",-3.5', "x,y,4"]
    cut = without_last_cells(lines)
    assert list(csv.reader(cut, strict=True)) == [["a,b"], [""], [""], ["x", "y"]]


def test_every_format_has_a_name_and_a_type() -> None:
    assert [extension(f) for f in ExportFormat] == ["csv", "jsonl", "xlsx", "parquet", "csv"]
    assert all("/" in media_type(f) for f in ExportFormat)
