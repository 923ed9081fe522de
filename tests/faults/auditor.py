"""An auditor from outside: walks everything over GraphQL and holds it against what clients know.

Sums and identities are worked out here, from decimals alone, with no rule of the product. What was
acknowledged must be there once; what was refused must not be there; what is there must have been
acknowledged.
"""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zipfile import ZipFile

from models.rules.principals import Role
from tests.api.client import Client
from tests.faults.clients import name_of
from tests.faults.journal import Journal
from tests.faults.world import World
from tests.stories.books import PAYMENT, Book, Row, every_row, read_books, sigma

EXPORT = """id status rowsDone rowsTotal sha256 sizeBytes error downloadUrl
  controlSums { amount currency }"""
BILL = """id version status invoice { id amount { amount } sha256 downloadUrl }
  totals { billAmount { amount } } versions(first: 100) { totalCount }"""
DEPOSITS = "{ viewer { partner { deposits { currency balance { amount } } } } }"
STATEMENT = """query Statement($account: LedgerAccount!, $from: Date!, $to: Date!, $after: Cursor) {
  viewer { partner { statement(currency: "USD", from: $from, to: $to, account: $account) {
    openingBalance { amount } closingBalance { amount } totalDebits { amount }
    totalCredits { amount } entries(first: 100, after: $after) {
      pageInfo { hasNextPage endCursor } nodes { id event reference amount { amount } } } } } } }"""
A_WEEK = timedelta(days=7)
ACCOUNTS = ("CASH", "DEPOSIT", "RECEIVABLE", "SALES")


@dataclass
class Findings:
    """What is not as it should be."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def all(self) -> list[str]:
        """One a line."""
        kinds = {"lost": self.lost, "doubled": self.doubled, "wrong": self.wrong}
        return [f"{kind}: {each}" for kind, some in kinds.items() for each in some]

    def compare(self, what: str, expected: Iterable[Any], found: Iterable[Any]) -> None:
        """Hold what is there against what must be there, each as often."""
        wanted, there = Counter(expected), Counter(found)
        self.lost += [f"{what} {each}" for each in (wanted - there).elements()]
        self.doubled += [f"{what} {each}" for each in (there - wanted).elements()]

    def same(self, what: str, expected: object, found: object) -> None:
        """Two ways to one value."""
        if expected != found:
            self.wrong.append(f"{what}: {found}, where {expected} was expected")


@dataclass
class Auditor:
    """Audits one partner after the other."""

    api: Client
    journal: Journal
    world: World
    findings: Findings = field(default_factory=Findings)

    async def audit(self) -> Findings:
        """Everything of everybody."""
        self.findings.wrong += self.journal.untyped
        for partner in self.world.partners.values():
            await self._partner(partner)
        return self.findings

    async def _partner(self, partner: int) -> None:
        self.api.sign_in(Role.PARTNER_FINANCE, partner)
        try:
            books = list((await read_books(self.api.ask)).values())
        except AssertionError as broken:
            self.findings.wrong.append(f"partner {partner}: an identity does not hold: {broken}")
            return
        payments = await every_row(self.api.ask, "payments", PAYMENT)
        self._charges(partner, books)
        self._confirmed(partner, books)
        self._paid(partner, payments)
        await self._ledger(partner, books, payments)
        await self._exports(partner, books)
        await self._invoices()
        await self._trail(partner, books)

    def _charges(self, partner: int, books: list[Book]) -> None:
        """Every row that was taken in is on one bill, to the last decimal."""
        billed = [Decimal(c["amount"]["amount"]) for book in books for c in book.charges]
        self.findings.compare(f"charge of partner {partner}", self.world.taken[partner], billed)
        self.findings.same("Σ charges", sigma(self.world.taken[partner]), sigma(billed))
        names = [charge["id"] for book in books for charge in book.charges]
        self.findings.same("different charges", len(names), len(set(names)))
        kinds = [(book.bill["cycle"], book.bill["kind"]) for book in books]
        self.findings.same("bills for each cycle and kind", len(kinds), len(set(kinds)))

    def _confirmed(self, partner: int, books: list[Book]) -> None:
        """What was confirmed stays as it was seen."""
        there = {book.bill["id"]: book.bill for book in books}
        for entry in self.journal.done("confirm", partner):
            bill = there.get(entry.variables["bill"])
            seen = (entry.variables["version"], entry.variables["digest"], "CONFIRMED")
            if bill is None or (bill["version"], bill["digest"], bill["status"]) != seen:
                self.findings.lost.append(f"confirmation {entry.key} of {entry.variables['bill']}")

    def _paid(self, partner: int, payments: list[Row]) -> None:
        """Payments by name and by amount, which no two of them share; reversals with them."""
        done = list(self.journal.done("pay", partner))
        self.findings.compare(
            "payment", map(name_of, (e.payload for e in done)), (row["id"] for row in payments)
        )
        self.findings.compare(
            "payment of",
            (Decimal(entry.variables["amount"]["amount"]) for entry in done),
            (Decimal(row["amount"]["amount"]) for row in payments),
        )
        reversed_ = {e.variables["payment"] for e in self.journal.done("reverse", partner)}
        there = (row["id"] for row in payments if row["status"] == "REVERSED")
        self.findings.compare("reversal of", reversed_, there)

    async def _ledger(self, partner: int, books: list[Book], payments: list[Row]) -> None:
        """I18, and what every account must hold."""
        closing = {account: await self._statement(account) for account in ACCOUNTS}
        # Debits equal credits; a statement shows each account in its own sense.
        debits = closing["CASH"] + closing["RECEIVABLE"]
        self.findings.same("debits", closing["DEPOSIT"] + closing["SALES"], debits)
        arrived = sigma(
            entry.variables["amount"]["amount"] for entry in self.journal.done("topUp", partner)
        )
        spent = sigma(row["amount"]["amount"] for row in payments if row["reversedAt"] is None)
        data = await self.api.ask(DEPOSITS)
        [deposit] = data["viewer"]["partner"]["deposits"]
        self.findings.same("deposit", arrived - spent, Decimal(deposit["balance"]["amount"]))
        self.findings.same("DEPOSIT account", arrived - spent, closing["DEPOSIT"])
        self.findings.same("CASH account", arrived, closing["CASH"])
        confirmed = sigma(
            book.totals["billAmount"] for book in books if book.bill["status"] == "CONFIRMED"
        )
        self.findings.same("RECEIVABLE account", confirmed - spent, closing["RECEIVABLE"])

    async def _statement(self, account: str) -> Decimal:
        """The closing balance of an account, held against its entries."""
        amounts: list[str] = []
        names: list[tuple[str, str]] = []
        today = datetime.now(UTC).date()
        asked = {"account": account, "from": f"{today - A_WEEK}", "to": f"{today + A_WEEK}"}
        after = None
        while True:
            data = await self.api.ask(STATEMENT, asked | {"after": after})
            statement = data["viewer"]["partner"]["statement"]
            entries = statement["entries"]
            amounts += [row["amount"]["amount"] for row in entries["nodes"]]
            names += [(row["event"], row["reference"]) for row in entries["nodes"]]
            if not entries["pageInfo"]["hasNextPage"]:
                break
            after = entries["pageInfo"]["endCursor"]
        opening, closing, debits, credits_ = (
            Decimal(statement[name]["amount"])
            for name in ("openingBalance", "closingBalance", "totalDebits", "totalCredits")
        )
        self.findings.compare(f"{account} entry", set(names), names)
        self.findings.same(f"{account} closes", opening + sigma(amounts), closing)
        self.findings.same(f"{account} moves", abs(closing - opening), abs(debits - credits_))
        return closing

    async def _exports(self, partner: int, books: list[Book]) -> None:
        """Every export that was promised is one whole file, and there is no other."""
        rows = await every_row(self.api.ask, "exports", EXPORT)
        promised = (name_of(entry.payload) for entry in self.journal.done("export", partner))
        self.findings.compare("export", promised, (row["id"] for row in rows))
        # Tax is no part of a settlement.
        amounts = {
            c["id"]: Decimal(c["amount"]["amount"]) if c["chargeType"] != "TAX" else Decimal(0)
            for book in books
            for c in book.charges
        }
        for row in rows:
            self.findings.same(f"{row['id']} ({row['error']})", "SUCCEEDED", row["status"])
            if row["status"] == "SUCCEEDED":
                await self._file(row, amounts)

    async def _file(self, row: Row, amounts: dict[str, Decimal]) -> None:
        """I14: hash, size, rows and sum as the API says; each row a charge as the API shows it."""
        content = await self._download(row)
        self.findings.same(f"size of {row['id']}", int(row["sizeBytes"]), len(content))
        lines = list(_lines(content))
        names = [line["charge"] for line in lines]
        self.findings.compare(f"row of {row['id']}", set(names), names)
        self.findings.same(f"rows of {row['id']}", int(row["rowsDone"]), len(lines))
        for line in lines:
            amount = Decimal(line["settlement_amount"])
            self.findings.same(f"{line['charge']} in a file", amounts[line["charge"]], amount)
        [control] = row["controlSums"]
        total = sigma(line["settlement_amount"] for line in lines)
        self.findings.same(f"Σ of {row['id']}", Decimal(control["amount"]), total)

    async def _download(self, row: Row) -> bytes:
        path = row["downloadUrl"].partition("/downloads/")[2]
        content = (await self.api.http.get(f"/downloads/{path}")).content
        digest = hashlib.sha256(content).hexdigest()
        self.findings.same(f"SHA-256 of {row['id']}", row["sha256"], digest)
        return content

    async def _invoices(self) -> None:
        """Every confirmed bill has an invoice of its amount, and its file."""
        for bill in await every_row(self.api.ask, "bills", BILL):
            if bill["status"] != "CONFIRMED" or not Decimal(bill["totals"]["billAmount"]["amount"]):
                continue
            invoice = bill["invoice"]
            if invoice is None or invoice["downloadUrl"] is None:
                self.findings.lost.append(f"invoice of {bill['id']}")
                continue
            await self._download(invoice)

    async def _trail(self, partner: int, books: list[Book]) -> None:
        """Every act stands on the trail as often as it was promised."""
        self.api.sign_in(Role.PARTNER_FINANCE, partner)
        versions = {
            bill["id"]: bill["versions"]["totalCount"]
            for bill in await every_row(self.api.ask, "bills", BILL)
        }
        self.api.sign_in(Role.AUDITOR, None)
        acts = Counter(await self._acts(partner))
        done = {
            "CONFIRM_BILL": {e.variables["bill"] for e in self.journal.done("confirm", partner)},
            "PAY_BILLS": [name_of(e.payload) for e in self.journal.done("pay", partner)],
            "REVERSE_PAYMENT": {
                e.variables["payment"] for e in self.journal.done("reverse", partner)
            },
            "TOP_UP_DEPOSIT": [f"prt_{partner}" for _ in self.journal.done("topUp", partner)],
            "FINISH_EXPORT": [name_of(e.payload) for e in self.journal.done("export", partner)],
            "ISSUE_BILL": [bill for bill, number in versions.items() for _ in range(number)],
        }
        for action, expected in done.items():
            found = [name for (act, name), n in acts.items() if act == action for _ in range(n)]
            self.findings.compare(action, expected, found)

    async def _acts(self, partner: int) -> list[tuple[str, str]]:
        query = f"""query Trail($after: Cursor) {{ partner(id: "prt_{partner}") {{
          auditTrail(first: 100, after: $after) {{ pageInfo {{ hasNextPage endCursor }}
            nodes {{ action objectId }} }} }} }}"""
        acts: list[tuple[str, str]] = []
        after = None
        while True:
            page = (await self.api.ask(query, {"after": after}))["partner"]["auditTrail"]
            acts += [(row["action"], row["objectId"]) for row in page["nodes"]]
            if not page["pageInfo"]["hasNextPage"]:
                return acts
            after = page["pageInfo"]["endCursor"]


def _lines(content: bytes) -> Iterable[dict[str, str]]:
    """The rows of a CSV, alone or in the parts of a zip."""
    texts = [content]
    if content[:2] == b"PK":
        with ZipFile(io.BytesIO(content)) as archive:
            texts = [archive.read(name) for name in archive.namelist() if name.endswith(".csv")]
    for text in texts:
        yield from csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline=""))
