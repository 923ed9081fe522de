"""Which part of a file a `Range` header asks for (RFC 9110, section 14)."""

import re

# Longer numbers are longer than any file.
_ONE_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


class RangeError(ValueError):
    """The range lies outside the file."""


def asked_range(header: str, size: int) -> range | None:
    """The bytes asked for, or None for the whole file.

    Several ranges at once, other units and nonsense count as no header at all, as they may. Raises
    RangeError.
    """
    match = _ONE_RANGE.fullmatch(header.replace(" ", ""))
    if not match or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        asked = range(max(0, size - int(last)), size)
    elif last and int(last) < int(first):
        return None
    else:
        asked = range(int(first), min(int(last) + 1, size) if last else size)
    if not asked:
        raise RangeError
    return asked
