"""Bills of any size, straight into PostgreSQL by COPY: every total is the sum of what is below it.

A partner's rows depend on its number and on the seed only, and their ids on the size of a partner:
two datasets that differ in the number of partners hold the same rows for those that both have.
Digests and checksums are invented, so `verify` would rightly refuse such bills.
"""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, field
from functools import cached_property
from itertools import count
from random import Random
from typing import NamedTuple, Self

from bench.focus import PRODUCTS
from bench.reads.copied import COLUMNS, NULL, amount, instant, line
from jobs.demo.catalogue import REGIONS
from models.rules.months import BillingMonth

SEED = 20260101
LAST_MONTH = BillingMonth.parse("2025-12")
# Ids of versions are none of bills, so that nobody mixes them up and is right all the same.
FIRST_VERSION = 1_000_000
CENT = 10**4  # amounts are whole numbers of the sixth decimal
_PLACES = (*REGIONS, None)


@dataclass(frozen=True, slots=True)
class Size:
    """How many of each below the one before; `charges` are those of a line's expenditures."""

    partners: int = 50
    months: int = 24
    customers: int = 200
    lines: int = 20
    charges: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a size as in 50x24x200x20 or 50x24x200x20x2; raises ValueError."""
        numbers = list(map(int, text.split("x")))
        if len(numbers) not in {4, 5} or min(numbers[:4]) < 1 or min(numbers) < 0:
            raise ValueError(text)
        return cls(*numbers)

    def __str__(self) -> str:
        return "x".join(map(str, astuple(self)))

    @property
    def product_lines(self) -> int:
        """All of them."""
        return self.partners * self.months * self.customers * self.lines


class _Sums(NamedTuple):
    expenditures: int
    refunds: int
    adjustments: int
    charges: int = 0
    checksum: int = 0

    @property
    def total(self) -> int:
        return self.expenditures + self.refunds + self.adjustments

    @property
    def amounts(self) -> list[str]:
        return [amount(value) for value in (*self[:3], self.total)]


def _sum(parts: Sequence[_Sums]) -> _Sums:
    return _Sums(*map(sum, zip(*parts, strict=True)))


@dataclass(frozen=True)
class PartnerRows:
    """All rows of one partner, by table, as lines of COPY's text format."""

    size: Size
    partner: int
    seed: int = SEED
    rows: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in COLUMNS})

    @cached_property
    def _random(self) -> Random:
        return Random(f"{self.seed}/{self.partner}")

    @cached_property
    def _charge_ids(self) -> Iterator[int]:
        # Room for a refund and an adjustment of every line.
        room = (self.size.charges + 2) * self.size.lines * self.size.customers * self.size.months
        return count((self.partner - 1) * room + 1)

    def fill(self) -> dict[str, list[str]]:
        """Make them all."""
        number = self.partner
        self._add("partners", number, f"Partner {number}", "Asia/Shanghai", "t", "HELD", 30, 1)
        self._add("billing_accounts", number, number, f"billing-{number}")
        for customer in self._customers():
            name = (
                f'Customer {customer} "Süd" & Co.' if customer % 10 == 3 else f"Customer {customer}"
            )
            token = f"cust-{customer:016d}"
            self._add("customers", customer, number, f"account-{customer}", name, "RESELLER", token)
        for month in range(self.size.months):
            self._bill(month)
        return self.rows

    def _add(self, table: str, *values: object) -> None:
        self.rows[table].append(line(table, *values))

    def _customers(self) -> range:
        first = (self.partner - 1) * self.size.customers + 1
        return range(first, first + self.size.customers)

    def _bill(self, month: int) -> None:
        """One bill with its first version; all but the newest are confirmed, and none is paid."""
        size, bill = self.size, (self.partner - 1) * self.size.months + month + 1
        version, is_confirmed = FIRST_VERSION + bill, month < size.months - 1
        cycle = str(LAST_MONTH.plus(month + 1 - size.months))
        by_customer = [(self._customer(cycle, version, id_), id_) for id_ in self._customers()]
        by_customer.sort(key=lambda found: (-found[0].total, found[1]))
        for rank, (sums, customer) in enumerate(by_customer, 1):
            row = (bill - 1) * size.customers + rank
            whose = (version, self.partner, customer, "USD")
            self._add("bill_customers", row, *whose, rank, sums.charges, *sums.amounts)
        sums = _sum([sums for sums, _ in by_customer])
        self._version(bill, version, sums)
        owed = _rounded(sums.total) if is_confirmed else 0
        self._add(
            *("bills", bill, self.partner, cycle, "RESELLER", "USD"),
            *("CONFIRMED" if is_confirmed else "ISSUED", 1, version, amount(owed)),
            *(instant(0), instant(30), *((instant(1), "bench") if is_confirmed else (NULL, NULL))),
        )
        if owed:
            self._ledger(bill, owed)
        self._add("billable_cycles", bill, self.partner, cycle, "RESELLER", "USD", 1, "t")

    def _version(self, bill: int, version: int, sums: _Sums) -> None:
        owed = _rounded(sums.total)
        rounding = owed - sums.total
        zero, due, credit = amount(0), amount(max(0, owed)), amount(max(0, -owed))
        self._add(
            *("bill_versions", version, bill, self.partner, "USD", sums.charges),
            *(self.size.customers, *sums.amounts, zero, amount(rounding), zero),
            *(amount(owed), due, credit, f"{bill:064x}", instant(0)),
        )
        if rounding:
            whose = (bill, version, self.partner, "USD", 1)
            self._add("derived_lines", *whose, "ROUNDING", "Rounding", amount(rounding))

    def _ledger(self, bill: int, owed: int) -> None:
        for row, account, value in ((1, "RECEIVABLE", owed), (2, "SALES", -owed)):
            whose = (2 * bill + row, self.partner, "USD", account)
            self._add("ledger_entries", *whose, "BILL", f"bil_{bill}/1", amount(value), instant(1))

    def _customer(self, cycle: str, version: int, customer: int) -> _Sums:
        size, first = self.size, self._random.randrange(1000)
        lines = []
        for key in range(first, first + size.lines):
            product = PRODUCTS[key % len(PRODUCTS)]
            region = _PLACES[(key // len(PRODUCTS) + key) % len(_PLACES)] or NULL
            where = f"{customer}\t{product}\t{region}"
            lines.append((self._line(cycle, where, key), product, region))
        lines.sort(key=lambda made: (-made[0].total, made[1:]))
        place = (version - FIRST_VERSION - 1) * size.customers + self._customers().index(customer)
        for rank, (sums, product, region) in enumerate(lines, 1):
            row, whose = place * size.lines + rank, (version, self.partner, customer, "USD")
            self._add(
                *("product_lines", row, *whose, rank, product, region),
                *(sums.charges, sums.checksum, *sums.amounts),
            )
        return _sum([made[0] for made in lines])

    def _line(self, cycle: str, where: str, key: int) -> _Sums:
        """A line's sums; some lines have a refund, some an adjustment of either sign."""
        expenditures = self._random.randrange(1000, 500_000_000)
        refunds = -(expenditures // 5) if key % 7 == 0 else 0
        adjustments = self._random.randrange(-(10**7), 10**7) if key % 11 == 0 else 0
        if not self.size.charges:
            return _Sums(expenditures, refunds, adjustments)
        part, rest = divmod(expenditures, self.size.charges)
        parts = [("EXPENDITURE", part)] * (self.size.charges - 1) + [("EXPENDITURE", part + rest)]
        others = [("REFUND", refunds), ("ADJUSTMENT", adjustments)]
        ids = [
            self._charge(cycle, where, charge_type, value)
            for charge_type, value in (*parts, *(other for other in others if other[1]))
        ]
        return _Sums(expenditures, refunds, adjustments, len(ids), sum(ids))

    def _charge(self, cycle: str, where: str, charge_type: str, value: int) -> int:
        id_ = next(self._charge_ids)
        self._add(
            *("charges", id_, self.partner, cycle, where, charge_type, amount(value), cycle),
            *(f"billing-{self.partner}", f"\\\\x{id_:032x}", id_),
        )
        return id_


def _rounded(value: int) -> int:
    """Half up to whole cents, away from zero."""
    cents = (abs(value) + CENT // 2) // CENT * CENT
    return cents if value >= 0 else -cents
