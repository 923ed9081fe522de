"""The rows of an exported Parquet file, by the optional pyarrow."""

import importlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from models.adapters.picked_rows import BATCH_ROWS, Batch, Wanted, broken
from models.rules.errors import ErrorCode, Unavailable

# What a row group may come to once it is unpacked: a few bytes can claim to be many gigabytes.
MOST_BYTES = 2**30


def parquet_rows(file: BinaryIO, wanted: Wanted) -> Iterator[Batch]:
    """The wanted cells of all rows; null becomes an empty text.

    Raises InvalidInput (INVALID_FILE), and Unavailable (FORMAT_UNAVAILABLE) without the library.
    """
    arrow = _pyarrow()
    try:
        table = arrow.parquet.ParquetFile(file, pre_buffer=False)
        wanted.check_header(table.schema_arrow.names)
        _check_extent(table.metadata, wanted)
        names = [wanted.columns[place] for place in wanted.places]
        for batch in table.iter_batches(BATCH_ROWS, columns=names, use_threads=False):
            texts = [_texts(arrow, batch.column(name)) for name in names]
            yield list(zip(*texts, strict=True)) if texts else [()] * batch.num_rows
    except (arrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise broken(f"pyarrow says that it is damaged ({type(error).__name__})") from error


def _check_extent(metadata: Any, wanted: Wanted) -> None:
    groups = [metadata.row_group(n) for n in range(metadata.num_row_groups)]
    if metadata.num_rows > wanted.rows:
        raise broken(f"{metadata.num_rows:,} rows instead of {wanted.rows:,}")
    if any(group.total_byte_size > MOST_BYTES for group in groups):
        raise broken("a row group comes to more than a gibibyte")


def _texts(arrow: Any, column: Any) -> list[str]:
    texts: list[str] = column.cast(arrow.string()).fill_null("").to_pylist()
    return texts


def _pyarrow() -> Any:
    try:
        importlib.import_module("pyarrow.parquet")
        return importlib.import_module("pyarrow")
    except ImportError as missing:
        raise Unavailable(
            "Its rows can be read with pip install partner-bills[parquet]; not so now.",
            ErrorCode.FORMAT_UNAVAILABLE,
        ) from missing
