"""Text that was made for a URL, a page or JSON, as it reads: %XX, &…; and \\uXXXX undone (R37)."""

import html
import re

# Nobody encodes a text so many times over; who unfolds it all the same may do so for ever.
DEEPEST = 8

# Each begins with one character, for which a text is searched far faster than for two.
_PERCENT = re.compile("%[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2})*")
_ENTITY = re.compile("&#?[0-9A-Za-z]{1,32};")
# Two of them may be one character.
_ESCAPE = re.compile(r"\\u[0-9A-Fa-f]{4}(?:\\u[0-9A-Fa-f]{4})*")
# What no text of a file has: an import refuses it, and a spreadsheet breaks by it.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ufffe\uffff]")


def readings(text: str) -> list[str]:
    """The text, and what becomes of it each time it is decoded, until nothing changes.

    More than DEEPEST of them: it was not followed to its end.
    """
    found = [text]
    while len(found) <= DEEPEST and (read := _decoded(found[-1])) != found[-1]:
        found.append(read)
    return found


def _decoded(text: str) -> str:
    """The text decoded once. Most texts have none of these characters, which is seen at once."""
    plain = text
    if "%" in plain:
        plain = _PERCENT.sub(_of_percents, plain)
    if "&" in plain:
        plain = _ENTITY.sub(_of_entity, plain)
    if "\\" in plain:
        plain = _ESCAPE.sub(_of_escapes, plain)
    return text if plain == text else _CONTROL.sub(" ", plain)


def _of_percents(match: re.Match[str]) -> str:
    octets = bytes.fromhex(match[0].replace("%", ""))
    try:
        return octets.decode()
    except UnicodeDecodeError:  # as it was done before there was UTF-8
        return octets.decode("latin-1")


def _of_entity(match: re.Match[str]) -> str:
    return html.unescape(match[0])


def _of_escapes(match: re.Match[str]) -> str:
    return bytes.fromhex(match[0].replace("\\u", "")).decode("utf-16-be", "replace")
