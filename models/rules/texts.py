"""What people write, kept as it was written."""

import re

from models.rules.errors import InvalidInput

_UNKEPT = re.compile("[\x00\ud800-\udfff]")
# Tables and documents have no place for them; line breaks and tabs are part of a text.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def require_message(text: str, longest: int, *path: str) -> None:
    """Raise InvalidInput unless it says something in 1 to `longest` characters, none of them NUL.

    The refusal never quotes it.
    """
    _require(text, longest, path)
    if _UNKEPT.search(text):
        raise InvalidInput("Text must not contain U+0000 or half of a character.", path=path)


def require_description(text: str, longest: int, *path: str) -> None:
    """Raise InvalidInput unless it is such a message without control characters."""
    _require(text, longest, path)
    if _CONTROL.search(text):
        raise InvalidInput("Text must not contain control characters.", path=path)


def _require(text: str, longest: int, path: tuple[str, ...]) -> None:
    if not text.strip() or len(text) > longest:
        raise InvalidInput(f"A text of 1 to {longest:,} characters was expected.", path=path)
