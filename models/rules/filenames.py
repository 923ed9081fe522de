"""Names of delivered files: of our own making, whatever an account is called (R54, rule 18)."""

import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from models.rules.months import BillingMonth, require_aware

# With all that follows, and a manifest's ending, a name stays below the 255 bytes of file systems.
LONGEST_ACCOUNT = 100
NONCES = 10**10

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]|\.{2,}|^[.-]")
_HASH_DIGITS = 8


def account_word(account: str) -> str:
    """An account as it stands in a file name: [A-Za-z0-9._-], never `..`, no leading dot or dash.

    What cannot stand there becomes `_`; where anything was replaced or cut, a dash and the first 8
    digits of the account's SHA-256 follow, so that two accounts do not look alike.
    """
    word = _UNSAFE.sub("_", account)
    if word and word == account and len(word) <= LONGEST_ACCOUNT:
        return word
    digits = sha256(account.encode()).hexdigest()[:_HASH_DIGITS]
    return f"{word[: LONGEST_ACCOUNT - _HASH_DIGITS - 1] or '_'}-{digits}"


def name_suffix(at: datetime, nonce: int) -> str:
    """What makes a name the only one: 13 hexadecimal digits, 10 digits, 10 digits.

    The instant in microseconds, 8 digits for the seconds and 5 for the rest; its unix seconds; and
    a random number below 10^10. A number outside of that is a bug (ValueError).
    """
    if not 0 <= nonce < NONCES:
        raise ValueError("a nonce has ten digits at most")
    since = require_aware(at) - _EPOCH
    seconds = since // timedelta(seconds=1)
    return f"{seconds:08x}{since.microseconds:05x}{seconds:010d}{nonce:010d}"


def delivery_stem(account: str, cycle: BillingMonth, suffix: str) -> str:
    """The name of a delivered file without its extension, as in the vendor's sample (T)."""
    word = account_word(account)
    return f"{word}-{cycle}--by_used_time-bill-details-consolidated_bill-{suffix}"
