"""From a row of a FOCUS file to a charge (requirements §8): nothing lost, nothing rounded.

What repeats from row to row is checked once and remembered: a file of a million rows has a few
thousand accounts, offers and periods.
"""

from collections.abc import Callable, Sequence, Sized
from collections.abc import Set as AbstractSet
from datetime import datetime
from decimal import Decimal
from functools import partial
from hashlib import blake2b
from operator import itemgetter
from typing import NamedTuple, TypeVar

from models.rules.checksums import text_checksum
from models.rules.errors import InvalidInput
from models.rules.focus_columns import (
    ACCOUNT,
    AMOUNTS,
    DETAILS,
    GROUPED,
    OFFER,
    PERIOD,
    PRICES,
    TEXTS,
    require_focus_columns,
)
from models.rules.focus_contents import OBJECTS, TELLING, content
from models.rules.focus_months import ZonedMonth
from models.rules.focus_numbers import canonical_amounts, price_text
from models.rules.focus_parts import Cells, Period, read_account, read_offer, read_period
from models.rules.focus_values import (
    ABSENT,
    BAD_BYTES,
    LONGEST_ID,
    NOT_UTF8,
    checked_description,
    checked_text,
    required,
)

K = TypeVar("K", bound=Sized)
V = TypeVar("V")

# Per kind of part. Full, a memory starts afresh, so that a hostile file cannot fill the machine.
MOST_REMEMBERED = 16_384
LONGEST_REMEMBERED = 1024
_NO_TEXT = "contains text that is not valid Unicode"
_TAGS = len((*AMOUNTS, *DETAILS, *TEXTS[: TEXTS.index("Tags")]))


class FocusCharge(NamedTuple):
    """A charge as a FOCUS row tells it; amounts exact and signed as billed, times in UTC.

    `cycle` is YYYY-MM, or an instant of which the billing zone tells the month.
    `key` is the same for the same content in any file, format and column order; two equal lines
    of one file have equal keys. `former` is the key that releases before 0.4 gave it, where that is
    another. `checksum` is over what is stored of it (see `checksums`).
    """

    billing_account: str
    billing_account_name: str | None
    sub_account: str | None
    sub_account_name: str | None
    currency: str
    category: str
    market: str
    product: str
    region: str | None
    billing_mode: str
    cycle: str | ZonedMonth
    usage_start: datetime | None
    usage_end: datetime | None
    charge_type: str
    resource: str | None
    transaction: str | None
    original: str | None
    description: str | None
    quantity: Decimal | None
    unit: str | None
    list_amount: Decimal | None
    amount: Decimal
    former: bytes | None
    key: bytes
    checksum: int


class RowProblem(NamedTuple):
    """Why a row is broken; `column` is empty when it is about the row as a whole."""

    line: int
    column: str
    reason: str


class RowMapper:
    """Maps the rows of one file; built once from its header and the known currency codes.

    Raises InvalidInput (INVALID_FILE, MISSING_COLUMN) when the header is not FOCUS.
    """

    def __init__(self, columns: Sequence[str], currencies: AbstractSet[str]) -> None:
        require_focus_columns(columns)
        self._columns, self._width = columns, len(columns)
        places = {name: place for place, name in enumerate(columns)}

        def cells_of(names: Sequence[str]) -> Callable[[Cells], tuple[str, ...]]:
            # A column that the file has not is found behind its last cell, where nothing stands.
            return itemgetter(*(places.get(name, self._width) for name in names))

        self._account_cells, self._offer_cells = cells_of(ACCOUNT), cells_of(OFFER)
        self._period_cells, self._amount_cells = cells_of(PERIOD), cells_of(AMOUNTS)
        self._price_cells, self._text_cells = cells_of(PRICES), cells_of((*DETAILS, *TEXTS))
        self._accounts = _Memory(partial(read_account, currencies=currencies))
        self._offers, self._periods = _Memory(read_offer), _Memory(read_period)
        self._prices, self._contents = _Memory(price_text), _Memory(content)
        rest = sorted(set(columns) - GROUPED)
        self._rest_names = [name + "\0" for name in rest]
        self._rest_cells = cells_of((*rest, "", ""))
        self._separators = 2 * (len(AMOUNTS) + len(DETAILS) + len(TEXTS) + len(PRICES) - 1)

    def read(self, line: int, row: Cells) -> FocusCharge | RowProblem:
        """The charge that a row tells, or what is wrong with it; never raises."""
        try:
            return self._charge(row)
        except InvalidInput as error:
            return RowProblem(line, "".join(error.path), error.message)
        except UnicodeEncodeError:
            named = zip(self._columns, row, strict=True)
            column = next((name for name, cell in named if NOT_UTF8.search(cell)), "")
            return RowProblem(line, column, BAD_BYTES if column else _NO_TEXT)

    def _charge(self, row: Cells) -> FocusCharge:
        if len(row) != self._width:
            raise InvalidInput(f"{len(row)} cells; the header has {self._width}")
        cells = (*row, "")
        account = self._accounts[self._account_cells(cells)]
        offer = self._offers[self._offer_cells(cells)]
        period = self._periods[self._period_cells(cells)]
        amounts = canonical_amounts(self._amount_cells(cells))
        texts = self._text_cells(cells)
        seals = account.seal + offer.seal
        key, former = self._keys(seals, period, amounts + texts, cells)
        billed, listed, quantity, priced_quantity = amounts
        unit = offer.consumed_unit
        if not quantity:
            quantity, unit = priced_quantity, offer.pricing_unit
        amount = Decimal(billed or required("BilledCost", None))
        charge_type = offer.negative_type if amount < 0 else offer.charge_type
        resource, transaction, original, description = _details(texts)
        checksum = text_checksum(
            f"{account.text}\0{offer.text}\0{period.text}\0{charge_type}\0{resource}\0{transaction}"
            f"\0{original}\0{description}\0{quantity}\0{unit or ''}\0{listed}\0{billed}"
        )
        of_this_row = (
            charge_type,
            resource or None,
            transaction or None,
            original or None,
            description or None,
            Decimal(quantity) if quantity else None,
            unit,
            Decimal(listed) if listed else None,
            amount,
            former,
            key,
            checksum,
        )
        return FocusCharge._make(account.fields + offer.fields + period.fields + of_this_row)

    def _keys(
        self, seals: bytes, period: Period, known: tuple[str, ...], cells: Cells
    ) -> tuple[bytes, bytes | None]:
        """The key of the row, and its former one where that is another.

        Formerly the billing month, tags, and cells of a column in no group counted as written.
        """
        known += tuple(map(self._prices.__getitem__, self._price_cells(cells)))
        rest = self._rest_cells(cells)
        written = self._hash(seals + period.former_seal, known, rest)
        tags, contents = known[_TAGS], self._contents
        said_tags = contents[tags] if tags.startswith(OBJECTS) else tags
        said = tuple([contents[cell] if cell[:1] in TELLING else cell for cell in rest])
        if said_tags == tags and said == rest and period.seal == period.former_seal:
            return written, None
        known = (*known[:_TAGS], said_tags, *known[_TAGS + 1 :])
        return self._hash(seals + period.seal, known, said), written

    def _hash(self, seals: bytes, known: tuple[str, ...], rest: tuple[str, ...]) -> bytes:
        """A hash of all that the row says: what is absent does not count, nor does the order."""
        text = "\0\0".join(known)
        separators = self._separators
        if self._rest_names:
            named = zip(self._rest_names, rest, strict=False)
            present = [name + cell for name, cell in named if cell and cell != "NULL"]
            text = "\0\0".join((text, *present))
            separators += 3 * len(present)
        # NUL separates the cells, so none may hold one.
        if text.count("\0") != separators:
            raise InvalidInput("contains a NUL character")
        text = text.replace("\0NULL\0", "\0\0")
        return blake2b(seals + text.encode(), digest_size=16).digest()


class _Memory(dict[K, V]):
    """The answers of a pure function by its argument; not a refusal, nor what is long."""

    def __init__(self, learn: Callable[[K], V]) -> None:
        super().__init__()
        self._learn = learn

    def __missing__(self, key: K) -> V:
        value = self._learn(key)
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        if len(key) <= LONGEST_REMEMBERED:
            self[key] = value
        return value


def _details(texts: tuple[str, ...]) -> tuple[str, str, str, str]:
    """Resource, transaction, original charge and description, "" for what is absent."""
    resource, description, transaction, order, original = texts[:5]
    if transaction in ABSENT:
        transaction = order
    return (
        "" if resource in ABSENT else checked_text("ResourceId", resource, LONGEST_ID),
        "" if transaction in ABSENT else checked_text("x_TransactionId", transaction, LONGEST_ID),
        "" if original in ABSENT else checked_text("x_OriginalChargeId", original, LONGEST_ID),
        "" if description in ABSENT else checked_description("ChargeDescription", description),
    )
