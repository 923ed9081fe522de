"""What a file holds, what it is called, and how an export moves."""

import re
from dataclasses import replace

import pytest

from models.rules.errors import ErrorCode, InvalidInput
from models.rules.exports import (
    EXPORT_MOVES,
    ColumnKind,
    ExportFormat,
    ExportOrder,
    ExportStatus,
    ExportVerb,
    ExportView,
    export_stem,
    file_columns,
    parts_stem,
    statuses_before,
)
from models.rules.months import BillingMonth


def an_order(first: str, last: str, view: ExportView = ExportView.DETAILS) -> ExportOrder:
    return ExportOrder(BillingMonth.parse(first), BillingMonth.parse(last), view, ExportFormat.CSV)


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [("2026-01", "2026-01", 1), ("2025-11", "2026-02", 4), ("2025-02", "2026-01", 12)],
)
def test_order_holds_one_to_twelve_whole_months(first: str, last: str, count: int) -> None:
    assert len(an_order(first, last).months()) == count


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        ("2025-01", "2026-01", ErrorCode.RANGE_TOO_LONG),
        ("2026-02", "2026-01", ErrorCode.INVALID_RANGE),
    ],
)
def test_order_of_another_length_is_refused(first: str, last: str, code: ErrorCode) -> None:
    with pytest.raises(InvalidInput) as refused:
        an_order(first, last).months()
    assert refused.value.code == code


def test_file_name_is_made_of_our_own_words() -> None:
    names = {export_stem(7, an_order("2026-01", "2026-03", view)) for view in ExportView}
    assert names == {
        "bills-2026-01-to-2026-03-by-product-exp_7",
        "bills-2026-01-to-2026-03-by-customer-exp_7",
        "bills-2026-01-to-2026-03-details-exp_7",
    }
    focus = replace(an_order("2026-01", "2026-01"), format=ExportFormat.FOCUS_CSV)
    assert export_stem(8, focus) == "bills-2026-01-to-2026-01-focus-exp_8"
    assert parts_stem(focus) == "bills-2026-01-to-2026-01-focus"


@pytest.mark.parametrize("view", ExportView)
def test_columns_are_named_once_and_end_with_what_adds_up(view: ExportView) -> None:
    columns = file_columns(view)
    names = [column.name for column in columns]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in names)
    assert names[:5] == ["cycle", "kind", "currency", "bill", "version"]
    assert columns[0].kind is ColumnKind.CODE
    assert columns[-1].kind is ColumnKind.AMOUNT


@pytest.mark.parametrize(
    ("verb", "before"),
    [
        (ExportVerb.START, {ExportStatus.QUEUED, ExportStatus.RUNNING, ExportStatus.FAILED}),
        (ExportVerb.FINISH, {ExportStatus.RUNNING}),
        (ExportVerb.FAIL, {ExportStatus.QUEUED, ExportStatus.RUNNING}),
        (ExportVerb.CANCEL, {ExportStatus.QUEUED, ExportStatus.RUNNING}),
        (ExportVerb.EXPIRE, {ExportStatus.SUCCEEDED}),
    ],
)
def test_verb_is_possible_in_these_statuses_only(
    verb: ExportVerb, before: set[ExportStatus]
) -> None:
    assert set(statuses_before(verb)) == before
    assert len({EXPORT_MOVES[status, verb] for status in before}) == 1
