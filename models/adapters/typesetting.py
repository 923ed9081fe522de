"""Documents on paper: a template of ours and data make a PDF/A-3b, the same bytes each time (I20).

A template is `templates/<name>.typ`. It finds the data under `json(bytes(sys.inputs.data))`; what
is in there is text to be printed, whatever it looks like, and never markup or code. The fonts come
with the program, Noto Sans CJK first; none of the machine's own is used.

All of it blocks for about a tenth of a second: call it from a thread.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import typst
from noto_cjk_sans_otc import FONT_PATH

from models.rules.months import require_aware

TEMPLATES = Path(__file__).parent / "templates"
STANDARD: Final = "a-3b"
# What stands for a character that no font of ours has.
MISSING = "\N{WHITE SQUARE}"

_NO_GLYPH = "could not be displayed"
# Controls, and marks that would turn the order of what follows around.
_UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def typeset(
    template: str, data: Mapping[str, Any], *, timestamp: datetime, attachment: str = ""
) -> bytes:
    """Fill in `templates/<template>.typ` with JSON-able data; a PDF/A-3b dated `timestamp`.

    A character without a glyph in our fonts becomes a white square, as the standard forbids to
    leave it out. `attachment` is handed to the template as it is, for `pdf.attach`. Money goes in
    as text. A template that does not compile is a bug (TypstError).
    """
    shown = _each_text(data, _seen)
    try:
        return _compile(template, shown, timestamp, attachment)
    except typst.TypstError as error:
        if _NO_GLYPH not in error.message:
            raise
    return _compile(template, _each_text(shown, _with_glyphs), timestamp, attachment)


def _compile(template: str, data: Any, timestamp: datetime, attachment: str) -> bytes:
    return _pdf(
        (TEMPLATES / f"{template}.typ").read_bytes(),
        {"data": json.dumps(data), "attachment": attachment},
        int(require_aware(timestamp).timestamp()),
    )


def _pdf(source: bytes, inputs: dict[str, str], timestamp: int) -> bytes:
    compiler = typst.Compiler(
        source,
        root=TEMPLATES,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs=inputs,
    )
    pdf = compiler.compile(format="pdf", pdf_standards=STANDARD, timestamp=timestamp)
    assert isinstance(pdf, bytes)
    return pdf


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(False, True, [str(Path(str(FONT_PATH)).parent)])


def _each_text(data: Any, change: Any) -> Any:
    match data:
        case str():
            return change(data)
        case Mapping():
            return {key: _each_text(value, change) for key, value in data.items()}
        case list() | tuple():
            return [_each_text(value, change) for value in data]
    return data


def _seen(text: str) -> str:
    return unicodedata.normalize("NFC", _UNSEEN.sub("", text))


def _with_glyphs(text: str) -> str:
    return "".join(part if _has_glyphs(part) else MISSING for part in _clusters(text))


def _clusters(text: str) -> list[str]:
    """Characters, each with the marks that are set above, below or around it."""
    clusters: list[str] = []
    for character in text:
        if clusters and unicodedata.category(character).startswith("M"):
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters


@lru_cache(maxsize=10_000)
def _has_glyphs(cluster: str) -> bool:
    if cluster.isascii():
        return True
    try:
        _pdf(b'#set text(font: "Noto Sans CJK SC")\n#sys.inputs.text', {"text": cluster}, 0)
    except typst.TypstError:
        return False
    return True
