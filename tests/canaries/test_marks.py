"""A search that misses what is there proves nothing."""

import base64
import gzip
import io
import json
import zipfile
from urllib.parse import quote

import pyarrow as arrow
import pytest
from pyarrow import parquet
from xlsxwriter import Workbook

from tests.canaries.marks import found, marked

# Fixed: the names of tests must not change from process to process.
LATIN, HAN = marked("latin", core="qf1a2b3c4d5"), marked("han", "{}公司", "渡鸦云山河")
KEY = marked("key", "{}/secret+Key", "q0a1b2c3d4e")
MARKS = [LATIN, HAN, KEY]


def in_zip(data: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("part.csv", data)
    return archive.getvalue()


def in_sheet(text: str) -> bytes:
    file = io.BytesIO()
    with Workbook(file) as book:
        book.add_worksheet().write_string(0, 0, text)
    return file.getvalue()


def in_parquet(text: str) -> bytes:
    file = io.BytesIO()
    parquet.write_table(arrow.table({"a": [text]}), file)
    return file.getvalue()


@pytest.mark.parametrize("text", [f"a {LATIN.core} b", LATIN.text.upper(), f"vm-{LATIN.core}-1"])
def test_word_is_found_in_any_case_and_company(text: str) -> None:
    assert found(text.encode(), MARKS) == {"latin"}


@pytest.mark.parametrize(
    "data",
    [
        HAN.text.encode(),
        json.dumps({"a": HAN.text}).encode(),
        quote(HAN.text).encode(),
        HAN.text.encode("utf-16-le"),
        gzip.compress(HAN.text.encode()),
        in_zip(in_zip(HAN.text.encode())),
        in_sheet(HAN.text),
        in_parquet(HAN.text),
    ],
    ids=["plain", "JSON", "URL", "UTF-16", "gzip", "zip in zip", "XLSX", "Parquet"],
)
def test_text_is_found_in_every_spelling_and_package(data: bytes) -> None:
    assert found(data, MARKS) == {"han"}


def test_what_is_not_there_is_not_found() -> None:
    assert found(in_zip(b"nothing of it"), MARKS) == set()


def test_long_one_is_found_in_base64() -> None:
    long = marked("long", core="q" * 20)
    assert found(base64.b64encode(long.core.encode()), [long]) == {"long"}
