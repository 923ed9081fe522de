"""Which cells of an exported row say what it comes to, and what they say."""

import re
from decimal import Decimal, localcontext

from models.adapters.picked_rows import broken, picker
from models.rules.errors import ErrorCode, InvalidInput
from models.rules.findings import printable
from models.rules.manifests import Manifest, ManifestPart
from models.rules.money import EXACT, parse_amount

# What the columns are called in our own files, and in FOCUS ones.
_NAMES = (
    ("currency", "BillingCurrency"),
    ("charge", "x_ChargeId"),
    ("bill", "x_BillId"),
    ("version", "x_BillVersion"),
)
# Arrow writes a nought as 0E-18. Nothing of this form is too long to be added up exactly.
_AMOUNTS = re.compile(r"(?:-?[0-9]{1,20}(?:\.[0-9]{1,18})?(?:E-(?:[0-9]|1[0-8]))?\n)+")
_NO_AMOUNTS = "It was not added up: the amounts are not among its columns"
_SEVERAL = "It was not added up: several currencies, and none of its columns says which"


class Cells:
    """Which cells of a row are read, and where they stand among those."""

    def __init__(self, manifest: Manifest) -> None:
        columns = manifest.columns
        names = [next((name for name in group if name in columns), "") for group in _NAMES]
        wanted = [name for name in (manifest.amount, *names) if name in columns]
        self.places = tuple(columns.index(name) for name in wanted)
        at = {name: place for place, name in enumerate(wanted)}
        self.amount = at.get(manifest.amount)
        self.currency, self.charge, *bill = map(at.get, names)
        self.has_bills = bool(manifest.bills) and None not in bill
        in_one_run = [self.currency, *(bill if self.has_bills else ())]
        self.run_of = picker([place for place in in_one_run if place is not None])

    def obstacle(self, part: ManifestPart) -> str | None:
        """Why rows cannot be added up, if so."""
        if self.amount is None:
            return _NO_AMOUNTS
        return _SEVERAL if self.currency is None and len(part.sums) > 1 else None


def currency_of(text: str) -> str:
    """The currency in a cell; raises InvalidInput (INVALID_FILE)."""
    if len(text) != 3 or not text.isascii() or not text.isalpha():
        raise broken(f"a row has the currency {printable(text)!r}")
    return text


def exact_total(amounts: list[str]) -> Decimal:
    """Σ, exact; raises InvalidInput (INVALID_FILE) unless all of them are amounts.

    Looking at all of them at once is much faster than one by one.
    """
    if not _AMOUNTS.fullmatch("\n".join(amounts) + "\n"):
        for text in amounts:
            _amount(text)
    with localcontext(EXACT):
        return sum(map(Decimal, amounts), Decimal(0))


def _amount(text: str) -> Decimal:
    try:
        return parse_amount(text)
    except InvalidInput as wrong:
        raise InvalidInput(
            f"It cannot be read: {printable(text)!r} is no amount.", ErrorCode.INVALID_FILE
        ) from wrong
