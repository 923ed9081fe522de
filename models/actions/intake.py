"""Reading a FOCUS file: rows to be staged, and what is wrong with the others.

A slot stands for all that rows of one sub-account, category, cycle and currency have in common;
whose it is, is decided when the rows become charges.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from models.actions.staging import instant_text
from models.adapters.currencies import digits_by_currency
from models.adapters.focus_files import FocusFile
from models.reads.accounts import Payer
from models.rules.focus import FocusCharge, RowMapper, RowProblem
from models.rules.focus_months import ZonedMonth
from models.rules.focus_values import shown
from models.rules.months import FIRST_YEAR, LAST_YEAR, billing_zone
from models.rules.registration import DEFAULT_ZONE, LONGEST_ID_BYTES

BATCH_ROWS = 10_000


class Slot(NamedTuple):
    """What charges of one bearer have in common; `cycle` is the month they are meant for.

    `other_cycle` is the month that they would be meant for in another billing zone, if any.
    """

    billing_account: str
    sub_account: str | None
    category: str
    cycle: str
    other_cycle: str | None
    currency: str


# A billing account and the sub-account below it.
_Account = tuple[str, str | None]


class Batch(NamedTuple):
    """Some rows of a file, ready to be staged, and the broken ones among them.

    `formers` are the former keys, by line, of those rows that had another before.
    """

    rows: list[tuple[Any, ...]]
    formers: list[tuple[int, bytes]]
    problems: list[RowProblem]


@dataclass(slots=True)
class Intake:
    """A file being read, with what was seen in it so far.

    `payers` are the registered billing accounts; a row of another one is broken unless
    `takes_unknown`. Names are those that the file gives to accounts, by account: the first one,
    and for sub-accounts what else they are called in later rows.
    """

    file: FocusFile
    payers: Mapping[str, Payer]
    takes_unknown: bool
    slots: dict[Slot, int] = field(default_factory=dict)
    billing_names: dict[str, str | None] = field(default_factory=dict)
    sub_account_names: dict[_Account, str | None] = field(default_factory=dict)
    other_names: dict[_Account, set[str]] = field(default_factory=dict)

    def batches(self) -> Iterator[Batch]:
        """All rows; raises InvalidInput where the file turns out to be damaged."""
        read = RowMapper(self.file.columns, digits_by_currency().keys()).read
        batch = Batch([], [], [])
        for line, cells in self.file:
            charge = cells if isinstance(cells, RowProblem) else read(line, cells)
            if isinstance(charge, RowProblem):
                batch.problems.append(charge)
            else:
                self._add(batch, line, charge)
            if len(batch.rows) + len(batch.problems) == BATCH_ROWS:
                yield batch
                batch = Batch([], [], [])
        if batch.rows or batch.problems:
            yield batch

    def _add(self, batch: Batch, line: int, charge: FocusCharge) -> None:
        account, cycle, other = charge.billing_account, charge.cycle, None
        if isinstance(cycle, ZonedMonth):
            cycle, other = _months(cycle, self._zone(account))
        slot = Slot(account, charge.sub_account, charge.category, cycle, other, charge.currency)
        number = self.slots.get(slot)
        if number is None:
            problem = self._problem(line, charge, cycle)
            if problem:
                batch.problems.append(problem)
                return
            number = self._open_slot(slot, charge)
        self._note_name((account, charge.sub_account), charge.sub_account_name)
        batch.rows.append(_staged(line, number, charge))
        if charge.former:
            batch.formers.append((line, charge.former))

    def _problem(self, line: int, charge: FocusCharge, cycle: str) -> RowProblem | None:
        if not FIRST_YEAR <= int(cycle[:4]) <= LAST_YEAR:
            reason = f"is in {cycle} in the billing zone; years are {FIRST_YEAR} to {LAST_YEAR}"
            is_billed = isinstance(charge.cycle, ZonedMonth) and charge.cycle.written
            column = "BillingPeriodStart" if is_billed else "ChargePeriodStart"
            return RowProblem(line, column, reason)
        account, sub_account = charge.billing_account, charge.sub_account or ""
        for column, text in (("BillingAccountId", account), ("SubAccountId", sub_account)):
            if len(text.encode()) > LONGEST_ID_BYTES:
                return RowProblem(line, column, f"more than {LONGEST_ID_BYTES} bytes in UTF-8")
        if account in self.payers or self.takes_unknown:
            return None
        reason = f"{shown(account)} is not a registered billing account"
        return RowProblem(line, "BillingAccountId", reason)

    def _open_slot(self, slot: Slot, charge: FocusCharge) -> int:
        number = self.slots[slot] = len(self.slots)
        self.billing_names.setdefault(slot.billing_account, charge.billing_account_name)
        account = (slot.billing_account, slot.sub_account)
        self.sub_account_names.setdefault(account, charge.sub_account_name)
        return number

    def _note_name(self, account: _Account, name: str | None) -> None:
        if name and name != self.sub_account_names[account]:
            self.other_names.setdefault(account, set()).add(name)

    def _zone(self, billing_account: str) -> str:
        payer = self.payers.get(billing_account)
        return payer.time_zone if payer else DEFAULT_ZONE


@lru_cache(maxsize=4096)
def _months(zoned: ZonedMonth, zone: str) -> tuple[str, str | None]:
    """The month in a billing zone, and the one that it would be in others."""
    cycle = zoned.within(billing_zone(zone))
    return cycle, zoned.beside(cycle)


def _staged(line: int, slot: int, charge: FocusCharge) -> tuple[Any, ...]:
    quantity, list_amount = charge.quantity, charge.list_amount
    return (
        line,
        slot,
        charge.charge_type,
        charge.category,
        charge.market,
        charge.product,
        charge.region,
        charge.resource,
        charge.billing_mode,
        charge.transaction,
        charge.original,
        charge.description,
        _instant_text(charge.usage_start),
        _instant_text(charge.usage_end),
        None if quantity is None else format(quantity, "f"),
        charge.unit,
        None if list_amount is None else format(list_amount, "f"),
        format(charge.amount, "f"),
        charge.key,
        charge.checksum,
    )


@lru_cache(maxsize=4096)
def _instant_text(instant: datetime | None) -> str | None:
    return None if instant is None else instant_text(instant)
