"""Taking the personal values of a partner's customers out of free text (R37).

A value is recognised in any case and width, with whatever is no letter or digit put in or left out,
and where it was encoded: "Acme Trading" in `vm-acme_trading-01` and `Acme%20Trading`, +86 138 0013
8000 in `tel:13800138000`. What is recognised becomes the customer's token, so that rows can still
be joined. A short value ("Li", "BP") is recognised as a whole word only, or every `client` and
`bpm` would be torn.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import add

from models.rules.encoded_texts import DEEPEST, readings

REMOVED = "[removed]"
EMAIL_REMOVED = "[e-mail]"

# Which of many needles occur in a haystack: made once from all needles, asked for every text.
Finder = Callable[[bytes], Collection[int]]
FinderOf = Callable[[Sequence[bytes]], Finder]

# Noise is what is no letter or digit: of ASCII text as bytes, which is quickest, else as a pattern.
_NOISE = bytes(code for code in range(128) if not chr(code).isalnum())
_NOISE_CHARACTER = re.compile(r"[\W_]")
_RUN = re.compile(r"\w+")
_ASCII = bytes(range(128))
_FOREIGN_DIGIT = re.compile(r"[^\D0-9]")
_ONE_CASE = bytes(range(256)).lower()
# What is not seen and parts no words: soft hyphens, spaces of no width, marks of direction.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
# What may stand between the letters of a name, as one character: were it a set of many, a pattern
# would have it anew behind every letter, and take five times as long to be made.
_SEPARATOR = "\0"
_SEPARATORS = f"{_SEPARATOR}*"
_WORD = re.compile(r"[^\W_]+")
_STOP = r"\s@<>()\[\]{},;:=\"'|/\\"
# From the start of a run of characters only: a search from within it could take quadratic time.
# A domain may have the dots of Chinese; where such a dot ends a sentence, that stays.
_EMAIL = re.compile(
    rf"(?<![^{_STOP}])[^{_STOP}]+@(?:[^{_STOP}%\u3002]+\.|[^{_STOP}%\u3002]+\u3002)\w+"
    r"(?:[.\u3002][A-Za-z0-9-]+)*"
)
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
        """What must not be seen, each as it would be searched for.

        Abroad a number is dialled without the zeros that it begins with at home.
        """
        mobile = national_number(self.mobile) if self.mobile else ""
        listed = (self.email, mobile, mobile.lstrip("0"), self.name)
        return [value for value in listed if value and squeeze(value)]


def national_number(mobile: str) -> str:
    """The digits of a telephone number, without its country code where it begins with + or 00."""
    plain = _ascii_digits(unicodedata.normalize("NFKC", _UNSEEN.sub("", mobile)).strip())
    digits = "".join(char for char in plain if char in "0123456789")
    if not plain.startswith(("+", "00")):
        return digits
    international = digits if plain.startswith("+") else digits[2:]
    return _COUNTRY.sub("", international, count=1)


def squeeze(text: str) -> bytes:
    """Text as it is searched: its letters and digits, in one case, one width and one script."""
    return _squeezed(_normal(text))


def _squeezed(normal: str) -> bytes:
    some = normal.encode().translate(_ONE_CASE, _NOISE)
    if normal.isascii():
        return some
    # What is beyond ASCII is mostly little, and says what is left to be done.
    rest = _beyond_ascii(some)
    folded = rest.casefold()
    text = some.decode() if folded == rest else some.decode().casefold()
    if not folded.isalpha():
        text = "".join(_RUN.findall(text))
        text = _ascii_digits(text) if _FOREIGN_DIGIT.search(folded) else text
    return text.encode()


def _beyond_ascii(text: bytes) -> str:
    return text.translate(None, _ASCII).decode()


def _ascii_digits(text: str) -> str:
    """The same text, its digits of other scripts replaced one by one."""
    return _FOREIGN_DIGIT.sub(lambda digit: str(unicodedata.digit(digit[0])), text)


def _is_telling(squeezed: bytes) -> bool:
    """Whether a value is long enough to be recognised inside other words: 4 letters, 8 digits."""
    weight = sum(4 if ord(char) > 127 else 1 if char.isdigit() else 2 for char in squeezed.decode())
    return weight >= 8


def concerned(people: Iterable[Person], text: str) -> list[Person]:
    """Those whose values may stand in one text: found far sooner than a scrubber of all is made."""
    squeezed = [squeeze(each) for each in readings(text)]
    return [
        person
        for person in people
        if any(value in each for value in map(squeeze, person.values()) for each in squeezed)
    ]


class Scrubber:
    """Takes one partner's customers out of texts; remembers the texts it has seen lately."""

    def __init__(self, people: Iterable[Person], finder_of: FinderOf) -> None:
        self._tokens: dict[str, str] = {}
        for person in people:
            for value in person.values():
                self._tokens.setdefault(value, person.token)
        squeezed = {value: squeeze(value) for value in self._tokens}
        # Long values first: where one contains another, the longer one is what was meant.
        telling = [value for value in squeezed if _is_telling(squeezed[value])]
        self._telling = sorted(telling, key=lambda value: -len(squeezed[value]))
        self._find = finder_of([squeezed[value] for value in self._telling])
        short = [value for value in squeezed if not _is_telling(squeezed[value])]
        self._short_rank = {value: n for n, value in enumerate(short)}
        self._short: dict[str, list[str]] = defaultdict(list)
        for value in short:
            self._short[_words(_normal(value))[0]].append(value)
        self.scrub = lru_cache(_REMEMBERED)(self._scrub)

    def may_touch(self, text: str) -> bool:
        """Whether `text`, of any length, may hold something personal; quick, never wrongly no."""
        read = readings(text)
        return len(read) > DEEPEST or any(map(self._may_touch, read))

    def _may_touch(self, text: str) -> bool:
        plain = _normal(text)
        return bool(self._find(_squeezed(plain)) or "@" in plain or self._short_in(plain))

    def _scrub(self, text: str) -> str:
        """`text` with every personal value replaced by its customer's token.

        What is found in a decoded text only is replaced there: that text is what leaves.
        """
        read = readings(text)
        if len(read) > DEEPEST:
            return REMOVED
        for each in reversed(read):
            clean = self._clean(each)
            if clean != each:
                return clean
        return text

    def _clean(self, text: str) -> str:
        plain = _normal(text)
        found = [self._telling[i] for i in sorted(self._find(_squeezed(plain)))]
        values = found + sorted(self._short_in(plain), key=self._short_rank.__getitem__)
        if not values and "@" not in plain:
            return text
        plain = _UNSEEN.sub("", plain)
        clean = _EMAIL.sub(EMAIL_REMOVED, self._replace(plain, values) if values else plain)
        return text if clean == plain else clean

    def _replace(self, text: str, values: list[str]) -> str:
        # One pass, so that no token is ever searched for values itself.
        pattern = re.compile("|".join(f"({_pattern(value)})" for value in values), re.IGNORECASE)
        kept, tokens, end = [], [], 0
        for match in pattern.finditer(_separated(text)):
            kept.append(text[end : match.start()])
            tokens.append(self._tokens[values[(match.lastindex or 1) - 1]])
            end = match.end()
        kept.append(text[end:])
        if any(self._find(squeeze(piece)) for piece in kept):
            return REMOVED
        return "".join(map(add, kept, [*tokens, ""]))

    def _short_in(self, text: str) -> list[str]:
        if not self._short:
            return []
        words = set(_words(text))
        candidates = (value for word in words & self._short.keys() for value in self._short[word])
        return [value for value in candidates if words.issuperset(_words(_normal(value)))]


def _normal(text: str) -> str:
    """Text in one width."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def _words(normal: str) -> list[str]:
    rest = _beyond_ascii(normal.encode())
    if rest and not rest.isalpha():
        normal = _ascii_digits(_UNSEEN.sub("", normal))
    return _WORD.findall(normal.casefold())


def _separated(text: str) -> str:
    """Normal text as patterns search it: of the same length, all noise the same separator."""
    return _ascii_digits(_NOISE_CHARACTER.sub(_SEPARATOR, text))


def _pattern(value: str) -> str:
    """Finds a value in such a text."""
    plain = _separated(_UNSEEN.sub("", _normal(value)))
    if not _is_telling(squeeze(value)):
        return rf"(?<![^\W_]){_SEPARATORS.join(map(re.escape, _WORD.findall(plain)))}(?![^\W_])"
    return _SEPARATORS.join(map(re.escape, plain.replace(_SEPARATOR, "")))
