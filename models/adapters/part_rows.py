"""The rows of an exported file, read back with bounded memory: some of its columns, as texts (R40).

    read_rows    CSV, FOCUS CSV   models/adapters/part_rows.py
                 JSON Lines
                 XLSX             models/adapters/xlsx_rows.py
                 Parquet          models/adapters/parquet_rows.py

Whatever stands in a file ends in a sentence. All of it blocks: call it from a thread.
"""

import csv
from collections.abc import Callable, Iterator
from io import BufferedReader, TextIOWrapper
from itertools import islice
from typing import BinaryIO, cast

import orjson

from models.adapters.focus_csv import LineError, damage_reason, text_lines
from models.adapters.parquet_rows import parquet_rows
from models.adapters.picked_rows import BATCH_ROWS, Batch, Wanted, broken, picker
from models.adapters.xlsx_rows import xlsx_rows
from models.rules.exports import ExportFormat


def read_rows(file_format: ExportFormat, file: BinaryIO, wanted: Wanted) -> Iterator[Batch]:
    """The wanted cells of all rows; XLSX and Parquet need a file that can be read from anywhere.

    Raises InvalidInput (INVALID_FILE) for what is no such file, or has other columns, or more than
    `wanted.rows` rows where that cannot be counted in bounded time; Unavailable where a library is
    not installed.
    """
    return _READERS[file_format](file, wanted)


def _csv_rows(file: BinaryIO, wanted: Wanted) -> Iterator[Batch]:
    text = TextIOWrapper(cast(BufferedReader, file), encoding="utf-8", newline="")
    reader = csv.reader(text_lines(text), strict=True)
    try:
        wanted.check_header(next(reader, []))
        width, pick = len(wanted.columns), picker(wanted.places)
        while rows := list(islice(reader, BATCH_ROWS)):
            if {len(row) for row in rows} != {width}:
                raise broken(f"a row before line {reader.line_num + 1} has not {width} cells")
            yield list(map(pick, rows))
    except csv.Error as error:
        raise broken(f"line {reader.line_num}: {error}") from error
    except (LineError, UnicodeDecodeError) as error:
        raise broken(f"line {reader.line_num + 1}: {damage_reason(error)}") from error
    finally:
        text.detach()


def _json_rows(file: BinaryIO, wanted: Wanted) -> Iterator[Batch]:
    text = TextIOWrapper(cast(BufferedReader, file), encoding="utf-8", newline="")
    lines = text_lines(text)
    number = 0
    try:
        while some := list(islice(lines, BATCH_ROWS)):
            batch = []
            for line in some:
                number += 1
                batch.append(_json_cells(line, wanted))
            yield batch
    except (LineError, UnicodeDecodeError) as error:
        raise broken(f"line {number + 1} or after: {damage_reason(error)}") from error
    except (orjson.JSONDecodeError, _NoTextError) as error:
        raise broken(f"line {number}: it is no JSON object of texts") from error
    finally:
        text.detach()


def _json_cells(line: str, wanted: Wanted) -> tuple[str, ...]:
    row = orjson.loads(line)
    if not isinstance(row, dict) or tuple(row) != wanted.columns:
        raise broken("a row has other columns than the manifest says")
    return tuple(_cell(row[wanted.columns[place]]) for place in wanted.places)


class _NoTextError(Exception):
    """A cell that is neither a text nor absent: what is no text has lost digits already."""


def _cell(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _NoTextError
    return value


_READERS: dict[ExportFormat, Callable[[BinaryIO, Wanted], Iterator[Batch]]] = {
    ExportFormat.CSV: _csv_rows,
    ExportFormat.FOCUS_CSV: _csv_rows,
    ExportFormat.JSON_LINES: _json_rows,
    ExportFormat.XLSX: xlsx_rows,
    ExportFormat.PARQUET: parquet_rows,
}
