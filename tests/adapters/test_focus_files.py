"""FOCUS files of every form give the same rows; what is no FOCUS file is refused with its place."""

import gzip
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from models.adapters.focus_csv import LONGEST_LINE_CHARACTERS
from models.adapters.focus_files import open_focus
from models.rules.errors import ErrorCode, InvalidInput
from models.rules.focus import RowMapper, RowProblem

HEADER = "BilledCost,BillingAccountId,BillingCurrency,BillingPeriodStart,ChargeCategory,ServiceName"
ROWS = ["1.5,a,USD,2026-03-01,Usage,Queue", '2,b,USD,2026-03-01,Tax,"Queue, fast"']
# The time does not count: it would be in the names of tests.
compress = partial(gzip.compress, mtime=0)
PLAIN = "\n".join([HEADER, *ROWS, ""])
COLUMNS = tuple(HEADER.split(","))
READ = [
    (2, ["1.5", "a", "USD", "2026-03-01", "Usage", "Queue"]),
    (3, ["2", "b", "USD", "2026-03-01", "Tax", "Queue, fast"]),
]


def a_file(folder: Path, content: str | bytes, name: str = "focus.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows_of(path: Path) -> list[tuple[int, Sequence[str] | RowProblem]]:
    with open_focus(path) as file:
        assert file.columns == COLUMNS
        return list(file)


def refusal_of(path: Path) -> tuple[ErrorCode, str]:
    with pytest.raises(InvalidInput) as refused, open_focus(path) as file:
        list(file)
    return refused.value.code, refused.value.message


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.rstrip("\n").encode(),
        PLAIN.replace("\n", "\n\n").encode(),
        compress(PLAIN.encode()),
        compress(PLAIN.encode("utf-8-sig")[:40]) + compress(PLAIN.encode()[37:]),
    ],
    ids=["plain", "bom", "crlf", "no-last-end", "empty-lines", "gzip", "gzip-members"],
)
def test_csv_gives_its_rows_by_content_not_by_name(tmp_path: Path, content: bytes) -> None:
    rows = rows_of(a_file(tmp_path, content, "any.name"))
    assert [row for _, row in rows] == [row for _, row in READ]
    if b"\n\n" not in content:
        assert rows == READ


def test_csv_row_over_several_lines_is_numbered_by_its_first(tmp_path: Path) -> None:
    content = PLAIN.replace("Queue\n", '"Que\n\nue"\n')
    assert rows_of(a_file(tmp_path, content)) == [
        (2, ["1.5", "a", "USD", "2026-03-01", "Usage", "Que\n\nue"]),
        (5, READ[1][1]),
    ]


def test_csv_row_with_a_wrong_number_of_cells_is_handed_on(tmp_path: Path) -> None:
    assert rows_of(a_file(tmp_path, PLAIN + "1,2\n"))[-1] == (4, ["1", "2"])


@pytest.mark.parametrize(
    ("text", "column", "reason"),
    [
        (b"caf\xe9", "ServiceName", "contains bytes that are not UTF-8"),
        (b"a\0b", "ServiceName", "contains control characters"),
        (b"x" * 131_073, "", "field larger than field limit (131072)"),
        (b'"line" 300', "", "',' expected after '\"'"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_csv_row_that_is_no_text_is_one_broken_row(
    tmp_path: Path, text: bytes, column: str, reason: str, packed: bool
) -> None:
    """Broken is the row of that line, whatever the blocks in which a file is read."""
    row = b"1.5,a,USD,2026-03-01,Usage,"
    lines = [*[row + b"Queue"] * 298, row + text, *[row + b"Queue"] * 100, b""]
    path = a_file(tmp_path, b"\n".join([HEADER.encode(), *lines]))
    if packed:
        path.write_bytes(compress(path.read_bytes()))
    read = RowMapper(COLUMNS, frozenset({"USD"})).read
    results = [row if isinstance(row, RowProblem) else read(n, row) for n, row in rows_of(path)]
    assert len(results) == 399
    problems = [result for result in results if isinstance(result, RowProblem)]
    assert problems == [RowProblem(300, column, reason)]


def test_csv_header_alone_has_no_rows(tmp_path: Path) -> None:
    assert rows_of(a_file(tmp_path, HEADER)) == []


@pytest.mark.parametrize("packed", [False, True])
def test_csv_position_goes_from_start_to_size(tmp_path: Path, packed: bool) -> None:
    numbers = "".join(f"{n},a,USD,2026-03-01,Usage,Queue\n" for n in range(100_000))
    content = f"{HEADER}\n{numbers}".encode()
    path = a_file(tmp_path, compress(content) if packed else content)
    with open_focus(path) as file:
        assert file.size_bytes == path.stat().st_size
        positions = [file.position() for _ in file]
        assert positions == sorted(positions)
        assert positions[0] < file.size_bytes / 2 < positions[-1] == file.size_bytes
    assert file.position() == file.size_bytes
    file.close()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "focus.csv: the file is empty."),
        (PLAIN.encode("utf-16"), "focus.csv, line 1: it is not UTF-8 text."),
        (b"\xe4," + PLAIN.encode(), "line 1: it is not UTF-8 text."),
        (b"\0," + PLAIN.encode(), "line 1: it contains a NUL byte, so it is not text."),
        (PLAIN.encode() + b'3,"b', "line 4: unexpected end of data."),
        (PLAIN.encode() + b'3,"b"c,"d\n4,b\n', "line 4: ',' expected after '\"'."),
        (PLAIN.encode() + b'3,"b\n4,"c" d\n5,e\n', "line 5: ',' expected after '\"'."),
        (
            PLAIN.encode() + b'3,"' + b"x" * 131_073 + b'\n"\n',
            "line 4: field larger than field limit (131072).",
        ),
        (
            PLAIN.encode() + b"1," * (LONGEST_LINE_CHARACTERS // 2),
            f"line 4: the line is longer than {LONGEST_LINE_CHARACTERS} characters.",
        ),
        (compress(PLAIN.encode())[:-9], "the compressed data ends too early."),
        (compress(PLAIN.encode())[:-8] + bytes(8), "the compressed data is damaged."),
        (compress(b"")[:10] + b"\xff" * 30, "the compressed data is damaged."),
        (compress(PLAIN.encode()) + b"more", "the compressed data is damaged."),
    ],
)
def test_damaged_csv_is_refused_with_its_place(tmp_path: Path, content: bytes, reason: str) -> None:
    code, message = refusal_of(a_file(tmp_path, content))
    assert code == ErrorCode.INVALID_FILE
    assert message.startswith("focus.csv")
    assert reason in message


@pytest.mark.parametrize(
    ("header", "code", "reason"),
    [
        (
            "a,b",
            ErrorCode.MISSING_COLUMN,
            "BillingAccountId, BillingCurrency, ChargeCategory, ServiceName, BilledCost, Billing",
        ),
        (HEADER.replace(",", ";"), ErrorCode.MISSING_COLUMN, "BilledCost"),
        (HEADER + ",BilledCost", ErrorCode.INVALID_FILE, "twice: BilledCost."),
        ("\n" + HEADER, ErrorCode.MISSING_COLUMN, "it has no column"),
    ],
)
def test_header_that_is_not_focus_is_refused(
    tmp_path: Path, header: str, code: ErrorCode, reason: str
) -> None:
    refused_code, message = refusal_of(a_file(tmp_path, header + "\n"))
    assert refused_code == code
    assert message.startswith("focus.csv: ")
    assert reason in message


def test_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert refusal_of(tmp_path / "none.csv") == (
        ErrorCode.INVALID_FILE,
        "none.csv: No such file or directory.",
    )
    assert refusal_of(tmp_path)[0] == ErrorCode.INVALID_FILE
