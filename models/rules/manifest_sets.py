"""What many manifests say together: which days are missing, and which of them contradict (R57)."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from models.rules.findings import Finding, FindingCode
from models.rules.manifests import Manifest
from models.rules.months import BillingMonth
from models.rules.storage_states import DeliveryKind

# Of one partner, one account.
Account = tuple[str, str]
# All that tells one delivery from every other one. A month's may be of each version of its bills,
# and before there are any, of whatever was known by then.
Subject = tuple[str, str, DeliveryKind, date, date, tuple[str, ...], bool]


@dataclass(frozen=True, slots=True)
class _Said:
    place: str
    rows: int
    sums: dict[str, Decimal]
    versions: tuple[tuple[int, str], ...]

    def content(self) -> tuple[object, ...]:
        return self.rows, self.sums, self.versions


@dataclass(slots=True)
class ManifestSet:
    """The deliveries of a folder; exports are none, and not taken in."""

    _said: dict[Subject, list[_Said]] = field(default_factory=lambda: defaultdict(list))

    def add(self, place: str, manifest: Manifest) -> None:
        """Take in what a manifest says; `place` is the name of its file."""
        if manifest.kind is None:
            return
        bills = sorted(manifest.bills, key=lambda bill: bill.bill)
        of_month = manifest.kind is DeliveryKind.MONTHLY
        names: tuple[str, ...] = ()
        if manifest.kind is not DeliveryKind.DAILY:
            names = tuple(f"{b.bill}/{b.version}" if of_month else b.bill for b in bills)
        account = (manifest.partner, manifest.account or "")
        is_draft = of_month and manifest.is_provisional
        subject = (*account, manifest.kind, *manifest.period, names, is_draft)
        versions = tuple((bill.version, bill.digest) for bill in bills)
        self._said[subject].append(_Said(place, manifest.rows, manifest.sums, versions))

    def findings(self) -> Iterator[Finding]:
        """What is missing, and what is there twice."""
        yield from self._doubles()
        yield from self._missing_days()
        yield from self._missing_months()

    def _doubles(self) -> Iterator[Finding]:
        for subject, all_said in self._said.items():
            first, *others = sorted(all_said, key=lambda said: said.place)
            is_draft = subject[-1]
            what = f"{_name(subject[:2])}, {subject[2]}, {subject[3]} to {subject[4]}"
            for other in others:
                if other.content() == first.content():
                    message = f"It says the same as {first.place} ({what})."
                    yield Finding(FindingCode.DELIVERED_TWICE, other.place, message)
                elif not is_draft:
                    message = f"It contradicts {first.place} ({what})."
                    yield Finding(FindingCode.CONTRADICTION, other.place, message)

    def _missing_days(self) -> Iterator[Finding]:
        by_account = self._last_days(DeliveryKind.DAILY)
        ends: dict[str, date] = {}
        for (partner, _), days in by_account.items():
            ends[partner] = max(ends.get(partner, max(days)), *days)
        for account, days in sorted(by_account.items()):
            for gap in _gaps(sorted(days)):
                message = f"There are no daily files for the days {gap}."
                yield Finding(FindingCode.DAYS_MISSING, _name(account), message)
            if max(days) < ends[account[0]]:
                message = (
                    f"Its daily files end with {max(days)}; those of another account of the partner"
                    f" go on to {ends[account[0]]}."
                )
                yield Finding(FindingCode.ENDS_EARLY, _name(account), message)

    def _missing_months(self) -> Iterator[Finding]:
        for account, days in sorted(self._last_days(DeliveryKind.MONTHLY).items()):
            months = sorted({BillingMonth(day.year, day.month) for day in days})
            for before, after in pairwise(months):
                if before.plus(1) != after:
                    gap = _range(before.plus(1), after.plus(-1))
                    message = f"There are no monthly files for {gap}."
                    yield Finding(FindingCode.MONTHS_MISSING, _name(account), message)

    def _last_days(self, kind: DeliveryKind) -> dict[Account, set[date]]:
        days: dict[Account, set[date]] = defaultdict(set)
        for partner, account, of, _, last, *_ in self._said:
            if of is kind:
                days[partner, account].add(last)
        return days


def _gaps(days: list[date]) -> Iterator[str]:
    one = timedelta(days=1)
    for before, after in pairwise(days):
        if after - before > one:
            yield _range(before + one, after - one)


def _range(first: object, last: object) -> str:
    return f"{first}" if first == last else f"{first} to {last}"


def _name(account: Account) -> str:
    return f"{account[0]}, account {account[1]}" if account[1] else account[0]
