"""Hashes of what was billed: keys and checksums of charges, digests of bill versions.

The text below a digest is canonical (amounts without trailing zeros, customers by account, never by
row number), so the same input gives the same digest on every database (I20).
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from decimal import Decimal
from hashlib import blake2b, sha256

from models.rules.derived import DerivedLine
from models.rules.money import amount_text
from models.rules.totals import Totals

NO_CUSTOMER = ""


def framed(*fields: object) -> bytes:
    """Fields as one text that cannot be read in two ways: each with its length before it."""
    return "".join(f"{len(text)}:{text}," for text in map(str, fields)).encode()


def charge_key(*fields: object) -> bytes:
    """The 16 bytes that identify a charge of our own making, as an imported line is by its."""
    return blake2b(framed(*fields), digest_size=16).digest()


def charge_checksum(*fields: object) -> int:
    """40 bits over what a charge says; the sum over a bill stays below 2^63."""
    return int.from_bytes(blake2b(framed(*fields), digest_size=5).digest(), "big")


class CustomerDigests:
    """A digest for each customer's product lines, which arrive in rank order."""

    def __init__(self) -> None:
        self._hashes = {NO_CUSTOMER: sha256()}

    def add(self, account: str | None, line: str) -> None:
        """Take in one line; `account` is None for what belongs to no customer."""
        self._hashes.setdefault(account or NO_CUSTOMER, sha256()).update(framed(line))

    def by_account(self) -> list[tuple[str, str]]:
        """Accounts in order with the digests of their lines, in hexadecimal."""
        return [(account, h.hexdigest()) for account, h in sorted(self._hashes.items())]


@dataclass(frozen=True, slots=True)
class Said:
    """All that a version says: how it came about, its totals, derived lines and product lines."""

    header: Sequence[object]
    totals: Totals
    derived: Sequence[DerivedLine]
    lines: CustomerDigests


def version_digest(previous: str, said: Said) -> str:
    """SHA-256, in hexadecimal, over the previous version's digest and all that this one says.

    `previous` is empty for a bill's first version.
    """
    totals = map(amount_text, astuple(said.totals))
    digest = sha256(framed(previous, *said.header, *totals))
    for line in said.derived:
        digest.update(framed(*map(_text, (line.line_type, line.name, line.rate, line.base))))
        digest.update(framed(amount_text(line.amount)))
    for account, customer_digest in said.lines.by_account():
        digest.update(framed(account, customer_digest))
    return digest.hexdigest()


def _text(value: object) -> object:
    return amount_text(value) if isinstance(value, Decimal) else value
