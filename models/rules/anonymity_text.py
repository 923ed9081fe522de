"""Taking the personal values of a partner's customers out of free text (R37).

A value is recognised in any case, in full-width letters, and with any ASCII punctuation or space
put in or left out: "Acme Trading" in `vm-acme_trading-01`, +86 138 0013 8000 in `tel:13800138000`.
What is recognised becomes the customer's token, so that rows can still be joined. A short value
("Li", "BP") is recognised as a whole word only, or every `client` and `bpm` would be torn.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import add

REMOVED = "[removed]"
EMAIL_REMOVED = "[e-mail]"

# Which of many needles occur in a haystack: made once from all needles, asked for every text.
Finder = Callable[[bytes], Collection[int]]
FinderOf = Callable[[Sequence[bytes]], Finder]

_NOISE = bytes(code for code in range(128) if not chr(code).isalnum())
_ONE_CASE = bytes(range(256)).lower()
# What may stand between the letters of a name, as one character: were it a set of many, a pattern
# would have it anew behind every letter, and take five times as long to be made.
_SEPARATOR = "\0"
_SEPARATORS = f"{_SEPARATOR}*"
_SEPARATED = dict.fromkeys(_NOISE, _SEPARATOR)
_WORD = re.compile(r"[^\W_]+")
_STOP = r"\s@\uff20<>()\[\]{},;:=\"'|/\\"
# From the start of a run of characters only: a search from within it could take quadratic time.
_EMAIL = re.compile(
    rf"(?:(?<![^{_STOP}])|(?<=%40))(?:[^{_STOP}%]|%(?!40))+(?:@|\uff20|%40)[^{_STOP}%]+\.\w+"
)
# Stands in for what was found while the rest is looked at again; never squeezed out.
_HOLE = "\ufffc"
_REMEMBERED = 16_384

# ITU E.164 country codes have one to three digits, told apart by their first ones.
_COUNTRY = re.compile(
    "[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[0-9]{3}", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Person:
    """A customer's personal values, and the token that stands for all of them."""

    token: str
    name: str
    mobile: str | None = None
    email: str | None = None

    def values(self) -> list[str]:
        """What must not be seen, each as it would be searched for."""
        mobile = national_number(self.mobile) if self.mobile else ""
        return [value for value in (self.email, mobile, self.name) if value and squeeze(value)]


def national_number(mobile: str) -> str:
    """The digits of a telephone number, without its country code where it begins with + or 00."""
    plain = unicodedata.normalize("NFKC", mobile).strip()
    digits = "".join(char for char in plain if char in "0123456789")
    if not plain.startswith(("+", "00")):
        return digits
    international = digits if plain.startswith("+") else digits[2:]
    return _COUNTRY.sub("", international, count=1)


def squeeze(text: str) -> bytes:
    """Text as it is searched: one case, one width, without ASCII punctuation and space."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).casefold()
    return text.encode().translate(_ONE_CASE, _NOISE)


def _is_telling(value: str) -> bool:
    """Whether a value is long enough to be recognised inside other words: 4 letters, 8 digits."""
    if not _words(value):
        return True
    weight = sum(
        4 if ord(char) > 127 else 1 if char.isdigit() else 2 for char in squeeze(value).decode()
    )
    return weight >= 8


class Scrubber:
    """Takes one partner's customers out of texts; remembers the texts it has seen lately."""

    def __init__(self, people: Iterable[Person], finder_of: FinderOf) -> None:
        tokens: dict[str, str] = {}
        for person in people:
            for value in person.values():
                tokens.setdefault(value, person.token)
        self._tokens = tokens
        # Long values first: where one contains another, the longer one is what was meant.
        self._telling = sorted(filter(_is_telling, tokens), key=lambda v: -len(squeeze(v)))
        self._find = finder_of([squeeze(value) for value in self._telling])
        self._short_rank = {v: n for n, v in enumerate(v for v in tokens if not _is_telling(v))}
        self._short: dict[str, list[str]] = defaultdict(list)
        for value in self._short_rank:
            self._short[_words(value)[0]].append(value)
        self.scrub = lru_cache(_REMEMBERED)(self._scrub)

    def may_touch(self, text: str) -> bool:
        """Whether `text`, of any length, may hold something personal; quick, never wrongly no."""
        return bool(self._find(squeeze(text)) or _has_at(text) or self._short_in(text))

    def _scrub(self, text: str) -> str:
        """`text` with every personal value replaced by its customer's token."""
        found = [self._telling[i] for i in sorted(self._find(squeeze(text)))]
        values = found + sorted(self._short_in(text), key=self._short_rank.__getitem__)
        if values:
            text = self._replace(unicodedata.normalize("NFKC", text), values)
        return _EMAIL.sub(EMAIL_REMOVED, text)

    def _replace(self, text: str, values: list[str]) -> str:
        # One pass, so that no token is ever searched for values itself.
        pattern = re.compile("|".join(f"({_pattern(value)})" for value in values), re.IGNORECASE)
        kept, tokens, end = [], [], 0
        for match in pattern.finditer(text.translate(_SEPARATED)):
            kept.append(text[end : match.start()])
            tokens.append(self._tokens[values[(match.lastindex or 1) - 1]])
            end = match.end()
        kept.append(text[end:])
        if self._find(squeeze(_HOLE.join(kept))):
            return REMOVED
        return "".join(map(add, kept, [*tokens, ""]))

    def _short_in(self, text: str) -> list[str]:
        if not self._short:
            return []
        words = set(_words(text))
        candidates = (value for word in words & self._short.keys() for value in self._short[word])
        return [value for value in candidates if words.issuperset(_words(value))]


def _has_at(text: str) -> bool:
    """Whether there is an @, however it is written; one character is found far faster than two."""
    return "@" in text or ("%" in text and "%40" in text) or "\uff20" in text


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def _pattern(value: str) -> str:
    """Finds a value in a text whose separators are all the same one."""
    plain = unicodedata.normalize("NFKC", value)
    if not _is_telling(value):
        return rf"(?<![^\W_]){_SEPARATORS.join(map(re.escape, _WORD.findall(plain)))}(?![^\W_])"
    letters = [char for char in plain if ord(char) > 127 or char.isalnum()]
    return _SEPARATORS.join(map(re.escape, letters))
