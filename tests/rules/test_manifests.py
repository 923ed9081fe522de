"""Manifests: one text for each, read back as it was, and whatever else it may be is refused."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.errors import ErrorCode, InvalidInput
from models.rules.exports import ExportFormat
from models.rules.manifest_parsing import LONGEST, parse_manifest
from models.rules.manifests import (
    MANIFEST_FORMAT,
    Manifest,
    ManifestBill,
    ManifestFile,
    ManifestPart,
    manifest_name,
    manifest_text,
)
from models.rules.storage_states import DeliveryKind
from tests.manifests import a_manifest, a_manifest_bill, a_part

IDS = st.builds("{}_{}".format, st.sampled_from(["exp", "dlv", "prt"]), st.integers(1, 10**18))
NAMES = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,60}", fullmatch=True)
WORDS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=40)
HASHES = st.text("0123456789abcdef", min_size=64, max_size=64)
AMOUNTS = st.decimals(-(10**15), 10**15, places=18, allow_nan=False, allow_infinity=False)
CURRENCIES = st.from_regex(r"[A-Z]{3}", fullmatch=True)
COUNTS = st.integers(0, 10**12)
DAYS = st.dates(date(2000, 1, 1), date(2999, 12, 31))
PARTS = st.builds(
    ManifestPart, NAMES, COUNTS, COUNTS, HASHES, st.dictionaries(CURRENCIES, AMOUNTS, max_size=3)
)
BILLS = st.builds(
    ManifestBill,
    *(IDS, st.integers(1, 10**6), HASHES),
    *(st.sampled_from(["2026-03", "2999-12"]), st.sampled_from(["RESELLER", "SELF_USE"])),
    *(CURRENCIES, COUNTS, AMOUNTS),
)


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    columns = tuple(draw(st.lists(WORDS, min_size=1, max_size=6, unique=True)))
    first, last = sorted((draw(DAYS), draw(DAYS)))
    parts = draw(st.lists(PARTS, max_size=4, unique_by=lambda part: part.name))
    return Manifest(
        owner=draw(st.none() | IDS),
        partner=draw(IDS),
        account=draw(st.none() | WORDS),
        view=draw(st.sampled_from(["DETAILS", "BY_PRODUCT"])),
        format=draw(st.sampled_from(ExportFormat)),
        period=(first, last),
        is_provisional=draw(st.booleans()),
        columns=columns,
        amount=draw(WORDS),
        bills=tuple(draw(st.lists(BILLS, max_size=3))),
        parts=tuple(parts),
        file=draw(st.none() | st.builds(ManifestFile, NAMES, COUNTS, HASHES)),
        kind=draw(st.none() | st.sampled_from(DeliveryKind)),
    )


@given(manifests())
def test_manifest_is_read_back_as_it_was_and_has_one_text(manifest: Manifest) -> None:
    text = manifest_text(manifest)
    assert parse_manifest(text) == manifest
    assert manifest_text(parse_manifest(text)) == text
    assert next(iter(json.loads(text))) == "format"
    text.encode()


def test_manifest_text_says_totals_and_exact_amounts_as_texts() -> None:
    tiny = {"USD": Decimal("1E-18"), "CNY": Decimal("-0.10")}
    manifest = a_manifest(parts=(a_part(), a_part(name="bills-002.csv", sums=tiny)))
    said = json.loads(manifest_text(manifest))
    assert said["rows"] == 4
    assert said["sums"] == {"CNY": "3.4", "USD": "0.000000000000000001"}
    assert list(said["parts"][1]["sums"]) == ["CNY", "USD"]


def test_manifest_stands_beside_its_file() -> None:
    assert manifest_name("a-2026-03.zip") == "a-2026-03.zip.manifest.json"


def _refusal(text: str) -> str:
    with pytest.raises(InvalidInput) as refused:
        parse_manifest(text)
    assert refused.value.code is ErrorCode.INVALID_FILE
    return refused.value.message


def _document(**changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(manifest_text(a_manifest()))
    return {**document, **changes}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "It is no JSON from line 1, column 1 on."),
        ("[]", "An object was expected."),
        ("null", "An object was expected."),
        ("{}", "format: this is missing."),
        ('{"format": "partner-bills manifest 2"}', f'format: "{MANIFEST_FORMAT}" was expected.'),
        ('{"a": 1, "a": 2}', "A field stands twice in one object."),
        ('{"a": NaN}', "A number is no whole one; amounts are texts."),
        ('{"a": Infinity}', "A number is no whole one; amounts are texts."),
        ('{"a": 1.0}', "A number is no whole one; amounts are texts."),
        ('{"a": ' + "9" * 100_000 + "}", "A number has more than 18 digits."),
        ('{"a":' * 100_000, "It is nested too deeply."),
        ("[" * 100_000, "It is nested too deeply."),
        ('{"a": "\x00"}', "It is no JSON from line 1, column 8 on."),
        (" " * (LONGEST + 1), "It is longer than 8,000,000 characters."),
    ],
)
def test_what_is_no_manifest_is_refused(text: str, message: str) -> None:
    assert _refusal(text) == message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rows": True}, "rows: a whole number was expected."),
        ({"rows": "2"}, "rows: a whole number was expected."),
        ({"rows": -2}, "rows: a number not below 0 was expected."),
        ({"rows": 3}, "rows: the parts have another number of rows."),
        ({"sums": {"CNY": "3.6"}}, "sums: the parts add up to something else."),
        ({"sums": {"CNY": 3.5}}, "A number is no whole one; amounts are texts."),
        ({"sums": {"CNY": "NaN"}}, "sums.CNY: This is not a decimal number."),
        ({"sums": {"\x1b[2J": "1"}}, "sums: currencies such as CNY were expected."),
        ({"sums": []}, "sums: an object was expected."),
        ({"owner": "exp_0"}, "owner: a text such as prt_7 was expected."),
        ({"account": ""}, "account: a printable text of 1 to 1,024 characters was expected."),
        ({"account": "\ud800"}, "account: a printable text of 1 to 1,024 characters was expected."),
        ({"account": "\x1b]0;"},
         "account: a printable text of 1 to 1,024 characters was expected."),
        ({"kind": "YEARLY"}, "kind: one of DAILY, MONTHLY, RESELLER was expected."),
        ({"period": {"from": "2026-03-31", "to": "2026-03-01"}},
         "period: it ends before it begins."),
        ({"period": {"from": "2026-03-32", "to": "2026-04-01"}},
         "period.from: A day is written YYYY-MM-DD, as in 2026-03-31."),
        ({"columns": ["a", "a"]}, "columns: different printable texts were expected."),
        ({"columns": [["a"]]}, "columns: different printable texts were expected."),
        ({"columns": ["a"] * 1001}, "columns: at most 1,000 were expected, not 1,001."),
        ({"more": 1}, "more: there is a field that should not be there."),
        ({"\x1b[2J": 1}, "There is a field that should not be there."),
        ({"file": {"name": "../x", "size": 1, "sha256": "0" * 64}},
         "file.name: a text such as part-001.csv was expected."),
        ({"file": {"name": "x", "size": 1, "sha256": "0" * 63 + "A"}},
         "file.sha256: a text such as 64 hexadecimal digits was expected."),
    ],
)  # fmt: skip
def test_field_that_cannot_be_meant_is_refused(changes: dict[str, Any], message: str) -> None:
    assert _refusal(json.dumps(_document(**changes))) == message


def test_field_that_is_missing_is_refused() -> None:
    for name in _document():
        document = _document()
        del document[name]
        assert _refusal(json.dumps(document)) == f"{name}: this is missing."


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda part: {**part, "name": "/etc/passwd"},
         "parts[0].name: a text such as part-001.csv was expected."),
        (lambda part: {**part, "name": ".hidden"},
         "parts[0].name: a text such as part-001.csv was expected."),
        (lambda part: {**part, "size": None}, "parts[0].size: a whole number was expected."),
        (lambda part: {**part, "more": 0},
         "parts[0].more: there is a field that should not be there."),
        (lambda part: [part], "parts[0]: an object was expected."),
    ],
)  # fmt: skip
def test_part_that_cannot_be_meant_is_refused(
    change: Callable[[dict[str, Any]], Any], message: str
) -> None:
    document = _document()
    document["parts"] = [change(document["parts"][0])]
    assert _refusal(json.dumps(document)) == message


def test_parts_of_one_name_are_refused() -> None:
    doubled = a_manifest(parts=(a_part(), a_part()))
    assert _refusal(manifest_text(doubled)) == "parts: two parts have one name."


def test_bill_of_version_zero_is_refused() -> None:
    text = manifest_text(replace(a_manifest(), bills=(a_manifest_bill(version=0),)))
    assert _refusal(text) == "bills[0].version: a number not below 1 was expected."


@given(st.text() | st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
).map(json.dumps))  # fmt: skip
def test_any_other_text_is_refused_in_a_sentence(text: str) -> None:
    assert _refusal(text).endswith(".")
