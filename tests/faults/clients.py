"""Clients that go on through every fault: they ask again, with the same key, until they are told.

A client sends a mutation to any API; what is not answered, or answered by a typed "not now", is
sent again with the same key and the same body, maybe to another API. Only a whole answer counts.
"""

import asyncio
import itertools
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from jobs.demo.queries import QUERIES
from models.rules.principals import Principal, Role
from tests.api.client import Client
from tests.faults.journal import Entry, Journal, Outcome

# A client of flesh and blood waits longer; a fault must not hold anybody up for that long.
ANSWER_SECONDS = 30
PAUSE_SECONDS = 0.1
# So long ago that their tokens are valid to whoever's clock is behind.
SIGNED_IN = timedelta(minutes=5)
# Far longer than any fault lasts.
SETTLE_SECONDS = 120
# What says that nothing is wrong with the request: to be sent again.
NOT_NOW = {"UNAVAILABLE", "OUTCOME_UNKNOWN", "RATE_LIMITED"}

REVERSE = """mutation Reverse($payment: ID!, $key: String!) {
  reversePayment(input: { paymentId: $payment, reason: "test", idempotencyKey: $key }) {
    payment { id status } userErrors { code message path } } }"""
DOCUMENTS = QUERIES | {"reverse": REVERSE}
BILLS = """{ viewer { partner { bills(first: 100) { nodes {
  id cycle status version digest totals { outstanding { amount currency } } } } } } }"""


@dataclass
class Lines:
    """The ways to the APIs of an installation; `journal` hears every answer."""

    apis: Sequence[Client]
    journal: Journal
    _turn: "itertools.count[int]" = field(default_factory=itertools.count)

    def any(self) -> Client:
        """One of them, each in turn."""
        return self.apis[next(self._turn) % len(self.apis)]

    async def ask(self, who: Principal, query: str) -> Any:
        """The data of a query, asked until it is answered."""
        async with asyncio.timeout(SETTLE_SECONDS):
            while True:
                answer = await self._once(self.any(), who, query, {})
                if answer is not None and "errors" not in answer:
                    return answer["data"]
                await asyncio.sleep(PAUSE_SECONDS)

    async def settle(self, entry: Entry, who: Principal) -> None:
        """Send a mutation until its outcome is known."""
        async with asyncio.timeout(SETTLE_SECONDS):
            while entry.outcome is Outcome.UNKNOWN:
                await self.send(entry, who, self.any())
                if entry.outcome is Outcome.UNKNOWN:
                    await asyncio.sleep(PAUSE_SECONDS)

    async def send(self, entry: Entry, who: Principal, api: Client) -> None:
        """Send it once; a later answer must not say other than an earlier one."""
        entry.sent += 1
        answer = await self._once(api, who, DOCUMENTS[entry.verb], entry.variables)
        if answer is None or "errors" in answer:
            return
        [payload] = answer["data"].values()
        refusals = [error["code"] for error in payload["userErrors"]]
        self._note(entry, Outcome.REFUSED if refusals else Outcome.DONE, payload, refusals)

    def _note(
        self, entry: Entry, outcome: Outcome, payload: dict[str, Any], refusals: list[str]
    ) -> None:
        same = (entry.outcome, name_of(entry.payload)) == (outcome, name_of(payload))
        if entry.outcome is not Outcome.UNKNOWN and not same:
            self.journal.untyped.append(f"{entry.verb} {entry.key}: two answers to one key")
        entry.outcome, entry.payload, entry.code = outcome, payload, ",".join(refusals)

    async def _once(
        self, api: Client, who: Principal, query: str, variables: dict[str, Any]
    ) -> dict[str, Any] | None:
        """A typed answer, or None."""
        began = time.monotonic()
        one = Client(api.http, datetime.now(UTC) - SIGNED_IN, who)
        try:
            response = await asyncio.wait_for(one.post(query, variables), ANSWER_SECONDS)
        except (httpx2.HTTPError, TimeoutError) as lost:
            self.journal.unanswered[type(lost).__name__] += 1
            return None
        answer = self._typed(response)
        if answer is not None:
            self.journal.seconds.append(time.monotonic() - began)
        return answer

    def _typed(self, response: httpx2.Response) -> dict[str, Any] | None:
        """The body, where each of its errors has a code of its own; else it is noted."""
        try:
            answer: dict[str, Any] = response.json()
            codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
        except (ValueError, KeyError, AttributeError):
            self.journal.untyped.append(f"{response.status_code} {response.text[:200]!r}")
            return None
        self.journal.unanswered.update(f"{response.status_code} {code}" for code in codes)
        if set(codes) - NOT_NOW:
            self.journal.untyped.append(f"{response.status_code} {answer['errors']}")
            return None
        if codes and response.status_code not in {429, 503}:
            self.journal.untyped.append(f"{codes} came with {response.status_code}")
        return answer


def name_of(payload: dict[str, Any]) -> str | None:
    """The id of what a mutation made."""
    made = payload.get("payment") or payload.get("exportJob") or {}
    return made.get("id")


@dataclass
class Clerk:
    """One partner's people, who confirm, pay, export, and are paid back."""

    partner: int
    lines: Lines
    random: random.Random
    export: tuple[str, str]
    is_over: bool = False
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @property
    def finance(self) -> Principal:
        """Who confirms, pays and exports."""
        return Principal("fin", Role.PARTNER_FINANCE, self.partner)

    sales = Principal("sam", Role.SALES_OPS, None)

    async def work(self) -> None:
        """Do one thing after the other, each to its end, until it is over."""
        await self.top_up(thousands=1000)
        while not self.is_over:
            [step] = self.random.choices(
                (self.pay, self.pay_twice_at_once, self.confirm, self.top_up, self.ask_export,
                 self.reverse),
                (8, 4, 3, 2, 2, 1),
            )  # fmt: skip
            await step()

    def _entry(self, verb: str, **variables: Any) -> Entry:
        number = next(self._numbers)
        entry = Entry(self.partner, verb, f"{verb}-{number}", variables)
        self.lines.journal.entries.append(entry)
        return entry

    def _payment(self, bill: str) -> Entry:
        """A payment of an amount that no other one has."""
        entry = self._entry("pay", bills=[bill])
        number = entry.key.rpartition("-")[2]
        money = {"amount": f"{int(number) / 100:.2f}", "currency": "USD"}
        entry.variables |= {"amount": money, "key": entry.key}
        return entry

    async def pay(self) -> None:
        """Pay something of a bill that was confirmed."""
        bill = await self._bill("CONFIRMED")
        if bill:
            await self.lines.settle(self._payment(bill["id"]), self.finance)

    async def pay_twice_at_once(self) -> None:
        """As somebody does who clicks twice."""
        bill = await self._bill("CONFIRMED")
        if bill:
            entry = self._payment(bill["id"])
            apis = [self.lines.any() for _ in range(3)]
            await asyncio.gather(*(self.lines.send(entry, self.finance, api) for api in apis))
            await self.lines.settle(entry, self.finance)

    async def confirm(self) -> None:
        """Confirm a bill as it was seen."""
        bill = await self._bill("ISSUED")
        if bill:
            shown = {"bill": bill["id"], "version": bill["version"], "digest": bill["digest"]}
            await self.lines.settle(self._entry("confirm", **shown), self.finance)

    async def top_up(self, thousands: int = 0) -> None:
        """Bring money, a little of it for certain."""
        entry = self._entry("topUp", partner=f"prt_{self.partner}")
        cents = int(entry.key.rpartition("-")[2])
        money = {"amount": f"{thousands * 1000 + cents / 100:.2f}", "currency": "USD"}
        entry.variables |= {"amount": money, "key": entry.key}
        await self.lines.settle(entry, self.sales)

    async def ask_export(self) -> None:
        """Have the first months exported."""
        first, last = self.export
        entry = self._entry("export", **{"from": first, "to": last})
        entry.variables["key"] = entry.key
        await self.lines.settle(entry, self.finance)

    async def reverse(self) -> None:
        """Have a payment taken back."""
        paid = list(self.lines.journal.done("pay", self.partner))
        if paid:
            entry = self._entry(
                "reverse", payment=self.random.choice(paid).payload["payment"]["id"]
            )
            entry.variables["key"] = entry.key
            await self.lines.settle(entry, self.sales)

    async def bills(self) -> list[dict[str, Any]]:
        """All of them, as they are shown."""
        data = await self.lines.ask(self.finance, BILLS)
        return list(data["viewer"]["partner"]["bills"]["nodes"])

    async def _bill(self, status: str) -> dict[str, Any] | None:
        found = [bill for bill in await self.bills() if bill["status"] == status]
        return self.random.choice(found) if found else None
