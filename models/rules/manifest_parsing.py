"""Manifests read back, from wherever they come: nothing is taken that contradicts itself."""

import re
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from models.rules.exports import ExportFormat
from models.rules.json_objects import JsonObject, invalid, parse_object
from models.rules.manifests import (
    MANIFEST_FORMAT,
    Manifest,
    ManifestBill,
    ManifestFile,
    ManifestPart,
)
from models.rules.months import BillingMonth
from models.rules.storage_states import DeliveryKind

E = TypeVar("E", bound=StrEnum)

LONGEST = 8_000_000
MOST_PARTS = 10_000
MOST_BILLS = 10_000
MOST_COLUMNS = 1_000
LONGEST_NAME = 255
LONGEST_ACCOUNT = 1024

_ID = re.compile(r"[a-z]{3}_[1-9][0-9]{0,18}")
_WORD = re.compile(r"[A-Z][A-Z0-9_]{0,39}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
# Names of ours: none leads out of a folder, hides, or is taken for an option.
_NAME = re.compile(rf"[A-Za-z0-9_][A-Za-z0-9._-]{{0,{LONGEST_NAME - 1}}}")


def parse_manifest(text: str) -> Manifest:
    """Read a manifest that anyone may have written.

    Raises InvalidInput (INVALID_FILE) with what is wrong and where; nothing of it is quoted.
    """
    said = parse_object(text, LONGEST)
    if said.take("format", str) != MANIFEST_FORMAT:
        raise invalid(f'"{MANIFEST_FORMAT}" was expected', "format")
    rows, sums = said.count("rows"), _sums(said)
    manifest = Manifest(
        owner=said.optional("owner", lambda name: _id(said, name)),
        partner=_id(said, "partner"),
        account=said.optional("account", lambda name: _words(said, name, LONGEST_ACCOUNT)),
        kind=said.optional("kind", lambda name: said.choice(name, DeliveryKind)),
        view=said.text("view", _WORD, "DETAILS"),
        format=said.choice("fileFormat", ExportFormat),
        period=_period(said),
        is_provisional=said.take("isProvisional", bool),
        columns=_columns(said),
        amount=_words(said, "amount", LONGEST_NAME),
        bills=said.each("bills", _bill, MOST_BILLS),
        parts=said.each("parts", _part, MOST_PARTS),
        file=said.optional("file", lambda name: _file(said.inner(name))),
    )
    said.end()
    _check(manifest, rows, sums)
    return manifest


def _check(manifest: Manifest, rows: int, sums: dict[str, Decimal]) -> None:
    """Refuse what contradicts itself."""
    if manifest.rows != rows:
        raise invalid("the parts have another number of rows", "rows")
    if manifest.sums != sums:
        raise invalid("the parts add up to something else", "sums")
    names = [part.name for part in manifest.parts]
    if len(set(names)) < len(names):
        raise invalid("two parts have one name", "parts")


def _id(said: JsonObject, name: str) -> str:
    return said.text(name, _ID, "prt_7")


def _words(said: JsonObject, name: str, longest: int) -> str:
    text = said.take(name, str)
    if not 1 <= len(text) <= longest or not text.isprintable():
        raise invalid(
            f"a printable text of 1 to {longest:,} characters was expected", said.at(name)
        )
    return text


def _period(said: JsonObject) -> tuple[date, date]:
    period = said.inner("period")
    days = period.day("from"), period.day("to")
    period.end()
    if days[1] < days[0]:
        raise invalid("it ends before it begins", said.at("period"))
    return days


def _columns(said: JsonObject) -> tuple[str, ...]:
    names = said.items("columns", MOST_COLUMNS)
    columns = tuple(name for name in names if isinstance(name, str) and _is_column(name))
    if len(columns) < len(names) or len(set(columns)) < len(columns):
        raise invalid("different printable texts were expected", said.at("columns"))
    return columns


def _is_column(name: str) -> bool:
    return 1 <= len(name) <= LONGEST_NAME and name.isprintable()


def _bill(said: JsonObject) -> ManifestBill:
    bill = ManifestBill(
        bill=_id(said, "bill"),
        version=said.count("version", 1),
        digest=said.text("digest", _SHA256, "64 hexadecimal digits"),
        cycle=_cycle(said),
        kind=said.text("kind", _WORD, "RESELLER"),
        currency=said.text("currency", _CURRENCY, "CNY"),
        rows=said.count("rows"),
        total=said.amount("total"),
    )
    said.end()
    return bill


def _cycle(said: JsonObject) -> str:
    return str(said.read("cycle", BillingMonth.parse))


def _file(said: JsonObject) -> ManifestFile:
    file = ManifestFile(_name(said), said.count("size"), _sha256(said))
    said.end()
    return file


def _part(said: JsonObject) -> ManifestPart:
    name, rows, size = _name(said), said.count("rows"), said.count("size")
    part = ManifestPart(name, rows, size, _sha256(said), _sums(said))
    said.end()
    return part


def _name(said: JsonObject) -> str:
    return said.text("name", _NAME, "part-001.csv")


def _sha256(said: JsonObject) -> str:
    return said.text("sha256", _SHA256, "64 hexadecimal digits")


def _sums(said: JsonObject) -> dict[str, Decimal]:
    sums = said.inner("sums")
    if not all(_CURRENCY.fullmatch(name) for name in sums.names()):
        raise invalid("currencies such as CNY were expected", said.at("sums"))
    return {currency: sums.amount(currency) for currency in sorted(sums.names())}
