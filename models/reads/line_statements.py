"""How one statement writes the rows of a source as lines of CSV.

The database writes the lines, as it does so several times as fast as Python would.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from models.adapters.dialects import Dialect
from models.rules.export_lines import cells_text
from models.rules.exports import Column, ColumnKind


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL and what it binds."""

    sql: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """An expression for each column, tables, a stable order, and what they bind.

    `constants` are columns that are the same in every row, absent ones empty.
    """

    cells: Mapping[str, str]
    tables: str
    order: str
    values: tuple[Any, ...]
    constants: Mapping[str, str]


def line_statement(dialect: Dialect, source: Source, columns: Sequence[Column]) -> Statement:
    """The rows of a source as lines of CSV without their ends, in one column `line`, in order.

    Texts are quoted and nothing else is; nothing is anonymised yet.
    """
    cells: list[str] = []
    texts: set[int] = set()
    values = [*source.values]
    for is_constant, some in groupby(columns, lambda column: column.name in source.constants):
        if is_constant:  # as one cell: the fewer a row has, the faster it is written
            values.append(cells_text((column, source.constants[column.name]) for column in some))
            cells.append(f"CAST(${len(values)} AS TEXT)")
            continue
        for column in some:
            if column.kind is ColumnKind.TEXT:
                texts.add(len(cells))
            cells.append(source.cells[column.name])
    line = dialect.csv_line(cells, texts)
    sql = f"SELECT {line} AS line FROM {source.tables} ORDER BY {source.order}"
    return Statement(sql, tuple(values))
