"""Charges held against their own checksums, a few thousand in memory at a time."""

from collections.abc import Sequence
from typing import Any

from models.adapters.database import Database
from models.adapters.dialects import Dialect
from models.reads.verified_rows import Progress, verify_rows
from models.rules.checksums import IMPORTED, OWN, text_checksum
from models.rules.digests import charge_checksum
from models.rules.ids import IdPrefix, public_id
from models.rules.tampering import Tampered

_AMOUNTS = frozenset({"quantity", "list_amount", "amount"})
_INSTANTS = frozenset({"usage_start", "usage_end"})
_CORRECTS = OWN.index("corrects")
_IS_IMPORTED = "(c.import_id IS NOT NULL)"


async def verify_charges(db: Database, where: str, *values: Any, progress: Progress) -> int:
    """Work out the checksum of every charge `c` that the condition holds for; how many there are.

    Raises Tampered for the first that says something else than it was sealed with.
    """
    d, count = db.dialect, 0
    for check, sql in ((_verify_imported, _imported(d)), (_verify_own, _own(d))):
        ordered = f"{sql} AND {where} ORDER BY c.id"
        count += await verify_rows(db, check, ordered, *values, progress=progress)
    return count


def _verify_imported(row: Sequence[Any]) -> None:
    charge_id, sealed, *texts = row
    _compare(charge_id, sealed, text_checksum("\0".join(texts)))


def _verify_own(row: Sequence[Any]) -> None:
    charge_id, sealed, corrects, *texts = row
    texts[_CORRECTS] = bytes(corrects).hex() if corrects else ""
    _compare(charge_id, sealed, charge_checksum(*texts))


def _compare(charge_id: int, sealed: int, found: int) -> None:
    if found != sealed:
        where = public_id(IdPrefix.CHARGE, charge_id)
        raise Tampered(where, "the checksum of what it says", sealed, found)


def _imported(d: Dialect) -> str:
    return f"SELECT c.id, c.checksum, {_texts(d, IMPORTED)} FROM charges c WHERE {_IS_IMPORTED}"


def _own(d: Dialect) -> str:
    return (
        f"SELECT c.id, c.checksum, k.key AS corrects_key, {_texts(d, OWN)} FROM charges c"
        " LEFT JOIN charges k ON k.partner_id = c.partner_id AND k.id = c.corrects_id"
        f" WHERE NOT {_IS_IMPORTED}"
    )


def _texts(d: Dialect, columns: Sequence[str]) -> str:
    return ", ".join(f"coalesce({_text(d, column)}, '') AS {column}" for column in columns)


def _text(d: Dialect, column: str) -> str:
    if column in _AMOUNTS:
        return d.amount_text(f"c.{column}")
    if column in _INSTANTS:
        return d.instant_text(f"c.{column}")
    return "NULL" if column == "corrects" else f"c.{column}"
