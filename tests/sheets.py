"""Files of rows as the formats write them, read by tools that nobody here wrote."""

import csv
import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow.parquet
import python_calamine
from openpyxl.utils.escape import unescape

from models.adapters.files import LocalFiles
from models.adapters.sheets import open_sheet
from models.rules.exports import Column, ExportFormat, extension
from models.rules.money import amount_text

Row = tuple[str, ...]


def write_file(
    folder: Path, file_format: ExportFormat, columns: Sequence[Column], *batches: list[str]
) -> Path:
    """A file of the batches of lines; nothing else is left in the folder."""
    temporary = folder / "temporary"
    temporary.mkdir(parents=True, exist_ok=True)
    name = f"{file_format.lower()}.{extension(file_format)}"
    file = LocalFiles(folder).create(name)
    sheet = open_sheet(file_format, columns, file, temporary)
    sheet.begin()
    for lines in batches:
        sheet.add(lines)
    sheet.end()
    sheet.close()
    file.commit()
    temporary.rmdir()
    return folder / name


def by_csv(path: Path) -> list[Row]:
    """Header and rows, as the standard library reads CSV."""
    with path.open(newline="", encoding="utf-8") as file:
        return [tuple(row) for row in csv.reader(file, strict=True)]


def by_json(path: Path) -> list[Row]:
    """Header and rows, absent cells empty, as the standard library reads JSON."""
    objects = [json.loads(line) for line in path.read_bytes().splitlines()]
    return [tuple(objects[0]), *(texts(row.values()) for row in objects)]


def by_openpyxl(path: Path) -> list[Row]:
    """Header and rows, as openpyxl reads a workbook."""
    book = openpyxl.load_workbook(path, read_only=True)
    rows = [texts(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    book.close()
    # It leaves the way in which a workbook writes control characters to whoever asks.
    return [tuple(map(unescape, row)) for row in rows]


def by_calamine(path: Path) -> list[Row]:
    """Header and rows, as calamine reads a workbook."""
    book = python_calamine.CalamineWorkbook.from_path(path)
    return [texts(row) for row in book.get_sheet_by_index(0).to_python()]


def by_arrow(path: Path) -> list[Row]:
    """Header and rows, as pyarrow reads Parquet."""
    return _table(pyarrow.parquet.read_table(path))


def by_duckdb(path: Path) -> list[Row]:
    """Header and rows, as DuckDB reads CSV, JSON Lines and Parquet."""
    with duckdb.connect() as db:
        match path.suffix:
            case ".csv":
                source = db.read_csv(str(path), all_varchar=True, header=True)
            case ".jsonl":
                texts_only = dict.fromkeys(by_json(path)[0], "VARCHAR")
                source = db.read_json(str(path), format="newline_delimited", columns=texts_only)
            case _:
                source = db.read_parquet(str(path))
        return _table(source.to_arrow_table())


def _table(table: Any) -> list[Row]:
    return [tuple(table.column_names), *map(texts, zip(*table.to_pydict().values(), strict=True))]


READERS = {
    ExportFormat.CSV: (by_csv, by_duckdb),
    ExportFormat.JSON_LINES: (by_json, by_duckdb),
    ExportFormat.XLSX: (by_openpyxl, by_calamine),
    ExportFormat.PARQUET: (by_arrow, by_duckdb),
    ExportFormat.FOCUS_CSV: (by_csv, by_duckdb),
}


def texts(values: Iterable[Any]) -> Row:
    """Values as they would stand in CSV: numbers plain and exact, times in UTC, absent empty."""
    return tuple(map(_text, values))


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case int() | float() | Decimal():
            return amount_text(Decimal(str(value)))
        case str():
            return value
        case _:
            return str(value.isoformat().replace("+00:00", "Z"))
