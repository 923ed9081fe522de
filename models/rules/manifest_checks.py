"""Whether a file holds what its manifest says, part by part and bill by bill (I14)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from models.rules.findings import Finding, FindingCode, printable
from models.rules.manifests import Manifest, ManifestPart
from models.rules.money import EXACT, amount_text

# Its public id and version, as texts: rows may say anything there.
BillKey = tuple[str, str]


@dataclass(slots=True)
class Counted:
    """What rows come to: how many, and per currency their exact sum."""

    rows: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict)

    def add(self, currency: str, rows: int, total: Decimal) -> None:
        """Take in some rows of one currency."""
        self.rows += rows
        self.sums[currency] = EXACT.add(self.sums.get(currency, Decimal(0)), total)


@dataclass(slots=True)
class CountedBills:
    """What the rows of each bill come to."""

    by_bill: dict[BillKey, Counted] = field(default_factory=dict)

    def add(self, bill: BillKey, currency: str, rows: int, total: Decimal) -> None:
        """Take in some rows of one bill."""
        self.by_bill.setdefault(bill, Counted()).add(currency, rows, total)


def part_findings(part: ManifestPart, counted: Counted, place: str) -> Iterator[Finding]:
    """Where the rows of a part are not what the manifest says of them."""
    if counted.rows != part.rows:
        said = f"{counted.rows:,} rows, but the manifest says {part.rows:,}."
        yield Finding(FindingCode.ROWS_DIFFER, place, said)
    for said in _differences(counted.sums, part.sums):
        yield Finding(FindingCode.SUMS_DIFFER, place, f"Its rows add up to {said}.")


def manifest_findings(manifest: Manifest, place: str) -> Iterator[Finding]:
    """Where the bills of a manifest do not come to its parts (Σ parts = Σ bills)."""
    if not manifest.bills:
        return
    whole = Counted()
    for bill in manifest.bills:
        whole.add(bill.currency, bill.rows, bill.total)
    if whole.rows != manifest.rows:
        said = f"Its bills have {whole.rows:,} rows, but its parts {manifest.rows:,}."
        yield Finding(FindingCode.BILLS_DIFFER, place, said)
    for said in _differences(whole.sums, manifest.sums):
        yield Finding(FindingCode.BILLS_DIFFER, place, f"Its bills add up to {said} for the parts.")


def bill_findings(manifest: Manifest, counted: CountedBills, place: str) -> Iterator[Finding]:
    """Where the rows of a bill are not what the manifest says of it."""
    said = {(bill.bill, str(bill.version)): bill for bill in manifest.bills}
    for key in sorted(said.keys() | counted.by_bill.keys()):
        name = printable(f"{key[0]}, version {key[1]}")
        bill, found = said.get(key), counted.by_bill.get(key, Counted())
        if bill is None:
            problem = f"There are {found.rows:,} rows of {name}, which is not in the manifest."
            yield Finding(FindingCode.BILLS_DIFFER, place, problem)
            continue
        if found.rows != bill.rows:
            problem = f"{name}: {found.rows:,} rows, but the manifest says {bill.rows:,}."
            yield Finding(FindingCode.BILLS_DIFFER, place, problem)
        for problem in _differences(found.sums, {bill.currency: bill.total}):
            yield Finding(FindingCode.BILLS_DIFFER, place, f"{name}: its rows add up to {problem}.")


def _differences(found: Mapping[str, Decimal], said: Mapping[str, Decimal]) -> Iterator[str]:
    for currency in sorted(found.keys() | said.keys()):
        amounts = found.get(currency, Decimal(0)), said.get(currency, Decimal(0))
        if amounts[0] != amounts[1]:
            texts = [amount_text(amount) for amount in amounts]
            yield f"{currency} {texts[0]}, but the manifest says {texts[1]}"
