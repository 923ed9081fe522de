"""Parquet gives the same charges as CSV: exact numbers, times and nulls as texts."""

import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from models.adapters.focus_files import open_focus
from models.rules.errors import ErrorCode, InvalidInput
from models.rules.focus import FocusCharge, RowMapper, RowProblem
from models.rules.focus_values import ABSENT
from tests.rules.focus_rows import A_ROW, CURRENCIES, a_charge

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

TYPED = {
    "BilledCost": pa.array([Decimal("12.5")], pa.decimal128(38, 18)),
    "ListCost": pa.array([15.0]),
    "ConsumedQuantity": pa.array([1250]),
    "PricingQuantity": pa.array([1.25], pa.float32()),
    "BillingPeriodStart": pa.array([date(2026, 3, 1)]),
    "BillingPeriodEnd": pa.array([datetime(2026, 4, 1, tzinfo=UTC)], pa.timestamp("ns", "UTC")),
    "ChargePeriodStart": pa.array([datetime(2026, 3, 7, 12, tzinfo=UTC)], pa.timestamp("ms")),
    "ChargePeriodEnd": pa.array(
        [datetime(2026, 3, 7, 13, tzinfo=UTC)], pa.timestamp("us", "Asia/Shanghai")
    ),
    "ChargeClass": pa.nulls(1),
    "ServiceName": pa.array(["Queue Service"]).dictionary_encode(),
    "SubAccountName": pa.array(["Atlas Nimbus"], pa.large_string()),
    "Tags": pa.array([[("env", "prod")]], pa.map_(pa.string(), pa.string())),
}


def a_parquet(folder: Path, columns: dict[str, Any], **options: Any) -> Path:
    path = folder / "focus.parquet"
    pq.write_table(pa.table(columns), path, **options)
    return path


def texts(rows: int = 1) -> dict[str, Any]:
    return {
        name: pa.array([None if cell in ABSENT else cell] * rows, pa.string())
        for name, cell in A_ROW.items()
    }


def results_of(path: Path) -> list[FocusCharge | RowProblem]:
    with open_focus(path) as file:
        mapper = RowMapper(file.columns, CURRENCIES)
        return [row if isinstance(row, RowProblem) else mapper.read(n, row) for n, row in file]


def charges_of(path: Path) -> list[FocusCharge]:
    results = results_of(path)
    charges = [result for result in results if isinstance(result, FocusCharge)]
    assert charges == results
    return charges


@pytest.mark.parametrize("columns", [texts(), {**texts(), **TYPED}], ids=["texts", "typed"])
def test_parquet_row_is_the_charge_that_it_is_in_csv(
    tmp_path: Path, columns: dict[str, Any]
) -> None:
    assert charges_of(a_parquet(tmp_path, columns)) == [a_charge()]


def test_parquet_row_with_typed_columns_of_a_provider_has_the_key_of_csv(tmp_path: Path) -> None:
    typed = {
        "Tags": pa.array([[("env", "dev"), ("app", "x")]], pa.map_(pa.string(), pa.string())),
        "x_Rate": pa.array([Decimal("0.5")], pa.decimal128(10, 4)),
        "x_Late": pa.array([True]),
        "x_Paid": pa.array([datetime(2026, 4, 2, 9, tzinfo=UTC)], pa.timestamp("us", "UTC")),
    }
    [charge] = charges_of(a_parquet(tmp_path, texts() | typed))
    written = {"x_Rate": "0.50", "x_Late": "True", "x_Paid": "2026-04-02T09:00:00Z"}
    assert charge.key == a_charge(Tags='{"app":"x","env":"dev"}', **written).key


@pytest.mark.parametrize("amount", ["8E-7", "0", "-0.000000000000000001", "99999999999999.5"])
def test_parquet_decimals_are_exact(tmp_path: Path, amount: str) -> None:
    cost = pa.array([Decimal(amount)], pa.decimal128(38, 18))
    assert charges_of(a_parquet(tmp_path, texts() | {"BilledCost": cost})) == [
        a_charge(BilledCost=amount)
    ]


def test_parquet_doubles_are_what_they_print(tmp_path: Path) -> None:
    costs = [0.1, 8e-07, 1e15, -2.6137, 0.30000000000000004]
    path = a_parquet(tmp_path, texts(5) | {"BilledCost": pa.array(costs)})
    assert [charge.amount for charge in charges_of(path)] == [Decimal(repr(c)) for c in costs]


def test_parquet_nested_columns_are_json(tmp_path: Path) -> None:
    struct = pa.array([{"unit": "Stück", "count": Decimal("1.50")}, None])
    columns = texts(2) | {"x_Details": struct, "Tags": pa.array([["a", "b"], []])}
    with open_focus(a_parquet(tmp_path, columns)) as file:
        places = [file.columns.index(name) for name in ("x_Details", "Tags")]
        rows = [[row[place] for place in places] for _, row in file]
    assert rows == [['{"unit": "Stück", "count": "1.50"}', '["a", "b"]'], ["", "[]"]]


def test_parquet_rows_are_numbered_as_in_csv_and_position_reaches_the_size(tmp_path: Path) -> None:
    path = a_parquet(tmp_path, texts(10_000), row_group_size=3000)
    with open_focus(path) as file:
        assert file.position() == 0
        assert [line for line, _ in file] == list(range(2, 10_002))
        assert file.position() == file.size_bytes == path.stat().st_size


def test_parquet_without_rows_is_read_to_its_end(tmp_path: Path) -> None:
    with open_focus(a_parquet(tmp_path, texts(0))) as file:
        assert list(file) == []
        assert file.position() == file.size_bytes


@pytest.mark.parametrize("kept", [4, 100, -1000])
def test_damaged_parquet_is_refused(tmp_path: Path, kept: int) -> None:
    path = a_parquet(tmp_path, texts(1000))
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(InvalidInput, match=r"^focus\.parquet, at row 2 or after: ") as refused:
        open_focus(path)
    assert refused.value.code == ErrorCode.INVALID_FILE


def test_parquet_with_damaged_rows_is_refused(tmp_path: Path) -> None:
    path = a_parquet(tmp_path, texts(5000), compression="gzip", use_dictionary=False)
    content = bytearray(path.read_bytes())
    content[100:2000] = b"\xff" * 1900
    path.write_bytes(content)
    with open_focus(path) as file, pytest.raises(InvalidInput) as refused:
        list(file)
    assert refused.value.code == ErrorCode.INVALID_FILE


def test_parquet_that_is_not_focus_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="it has no column") as refused:
        open_focus(a_parquet(tmp_path, {"a": pa.array([1])}))
    assert refused.value.code == ErrorCode.MISSING_COLUMN


def test_parquet_without_pyarrow_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = a_parquet(tmp_path, texts())
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(InvalidInput, match=r"pip install partner-bills\[parquet\]"):
        open_focus(path)


@pytest.mark.parametrize("column", ["ServiceName", "x_Name"])
def test_parquet_text_that_is_none_is_one_broken_row(tmp_path: Path, column: str) -> None:
    odd = pa.array([b"fine", b"caf\xe9", None]).view(pa.string())
    results = results_of(a_parquet(tmp_path, {**texts(3), column: odd}))
    assert [type(result) for result in results] == [FocusCharge, RowProblem, FocusCharge]
    assert results[1] == RowProblem(3, column, "contains bytes that are not UTF-8")


def test_parquet_bytes_of_a_provider_need_not_be_text(tmp_path: Path) -> None:
    odd = pa.array([b"\xff\x00", b"fine", None])
    keys = [charge.key for charge in charges_of(a_parquet(tmp_path, {**texts(3), "x_Bytes": odd}))]
    assert keys == [a_charge(x_Bytes=text).key for text in ("ff00", "fine", "")]


def test_parquet_bytes_that_are_a_text_of_focus_are_read_as_one(tmp_path: Path) -> None:
    names = pa.array([b"Queue Service", b"caf\xe9"])
    [charge, problem] = results_of(a_parquet(tmp_path, {**texts(2), "ServiceName": names}))
    assert charge == a_charge()
    assert problem == RowProblem(3, "ServiceName", "contains bytes that are not UTF-8")
