"""What a check of delivered files finds, in words that people can act on (R57, R69)."""

from dataclasses import dataclass
from enum import StrEnum

LONGEST_SHOWN = 160


class FindingCode(StrEnum):
    """Kinds of findings, stable for machines."""

    FILE_MISSING = "FILE_MISSING"
    MANIFEST_MISSING = "MANIFEST_MISSING"
    MANIFEST_INVALID = "MANIFEST_INVALID"
    SIZE_DIFFERS = "SIZE_DIFFERS"
    HASH_DIFFERS = "HASH_DIFFERS"
    UNREADABLE = "UNREADABLE"
    PART_MISSING = "PART_MISSING"
    PART_EXTRA = "PART_EXTRA"
    PARTS_OUT_OF_ORDER = "PARTS_OUT_OF_ORDER"
    ROWS_DIFFER = "ROWS_DIFFER"
    SUMS_DIFFER = "SUMS_DIFFER"
    BILLS_DIFFER = "BILLS_DIFFER"
    CHARGE_TWICE = "CHARGE_TWICE"
    CONTRADICTION = "CONTRADICTION"
    DAYS_MISSING = "DAYS_MISSING"
    MONTHS_MISSING = "MONTHS_MISSING"
    DELIVERED_TWICE = "DELIVERED_TWICE"
    ENDS_EARLY = "ENDS_EARLY"
    NOT_ADDED_UP = "NOT_ADDED_UP"
    PASSED_OVER = "PASSED_OVER"


# Worth knowing, and nothing wrong.
NOTES = frozenset(
    {
        FindingCode.DELIVERED_TWICE,
        FindingCode.ENDS_EARLY,
        FindingCode.NOT_ADDED_UP,
        FindingCode.PASSED_OVER,
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found; `place` is the name of a file, and of a part within it."""

    code: FindingCode
    place: str
    message: str

    @property
    def is_wrong(self) -> bool:
        """Whether the files are not what they should be."""
        return self.code not in NOTES


def printable(text: str) -> str:
    """Text from outside as a terminal may have it: nothing moves its cursor or turns it round."""
    short = text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
    if short.isprintable():
        return short
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in short)
