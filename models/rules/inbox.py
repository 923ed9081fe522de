"""The inbox: which of the files that others put there are taken in, and when (requirements §8)."""

from datetime import datetime
from hashlib import sha256

from models.rules.ids import IdPrefix, public_id

INBOX = "inbox"
REJECTS = "inbox-rejects"
# What else lies there is nothing to us.
SUFFIXES = (".csv", ".csv.gz", ".parquet")
# What we write beside a file with broken rows.
REJECTS_SUFFIX = ".rejects.csv"
LONGEST_NAME = 400
# So long nothing may have changed: whoever copies a file there writes it bit by bit.
SETTLED_SECONDS = 10


def is_wanted(name: str) -> bool:
    """Whether a name is that of a file of charges."""
    lower = name.lower()
    return lower.endswith(SUFFIXES) and not lower.endswith(REJECTS_SUFFIX)


def is_settled(changed_at: int | None, now: datetime) -> bool:
    """Whether a file is complete, as far as can be told; None is what appears whole.

    A time in the future is a sender's wrong clock.
    """
    return changed_at is None or abs(int(now.timestamp()) - changed_at) >= SETTLED_SECONDS


def is_kept_name(name: str) -> bool:
    """Whether a name has a place in the database."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return len(name) <= LONGEST_NAME and "\0" not in name


def stored_name(name: str) -> str:
    """A name as it is kept; of one for which there is no place, only its hash."""
    if is_kept_name(name):
        return name
    return f"(sha256 {sha256(name.encode(errors='surrogateescape')).hexdigest()})"


def rejects_key(inbox_file_id: int) -> str:
    """Where in the file store the list of a file's broken rows is kept."""
    return f"{REJECTS}/{public_id(IdPrefix.INBOX_FILE, inbox_file_id)}.csv"
