"""A partner's quarter on a moved clock: the application, a worker, a small Stripe, an auditor."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from jobs.services import Services
from models.actions.partners import put_partner
from models.adapters.database import Database
from models.adapters.files import LocalFiles
from models.adapters.gateways import open_gateway
from models.adapters.production import DEVELOPMENT_SECRET
from models.adapters.queue import SilentBell
from models.adapters.settings import Settings
from models.reads.verification import Extent, verify
from models.rules.principals import Role
from models.rules.registration import CustomerRegistration, PartnerRegistration
from models.rules.states import CreditPolicy
from tests.api.client import open_client
from tests.stories.scene import Scene
from tests.stripe_server import KEY, StripeServer, stripe_server

HOOK_SECRET = "whsec_story"
MANAGER = "lin.yue"

_AUDIT = """{ viewer { partner { bills(first: 100) { nodes { id cycle currency
  reconciliation { name isHeld left { amount } right { amount } difference { amount } }
  availableActions { action allowed reasonCode } } } } } }"""
_STATEMENT = """query Statement($from: Date!, $to: Date!) { viewer { partner {
  statement(currency: USD, from: $from, to: $to) {
    openingBalance { amount } closingBalance { amount } totalDebits { amount }
    totalCredits { amount } isComplete csvUrl pdfUrl
    entries(first: 100) { nodes { event amount { amount } balance { amount } } } } } } }"""


@dataclass
class Quarter(Scene):
    """A scene with one partner, who can pay by card."""

    stripe: StripeServer
    partner: int = 0
    files: int = 0

    @property
    def db(self) -> Database:
        """The database."""
        return self.services.db

    async def register(self) -> None:
        """The partner, who carries credit forward and must confirm, and two customers."""
        registration = PartnerRegistration(
            "云岭数字科技有限公司",
            ("1000",),
            credit_policy=CreditPolicy.CARRIED,
            channel_managers=(MANAGER,),
            customers=(
                CustomerRegistration("2000", "Atlas Nimbus"),
                CustomerRegistration("3000", "北风云科技"),
            ),
        )
        put = await self.db.transact(
            put_partner,
            None,
            registration=registration,
            secret=DEVELOPMENT_SECRET,
            now=self.api.now,
        )
        self.partner = put.partner_id

    async def charge(self, month: str, *rows: Mapping[str, str]) -> None:
        """A file with charges of that month arrives."""
        self.files += 1
        of_month = {
            "BillingPeriodStart": f"{month}-01T00:00:00+08:00",
            "ChargePeriodStart": f"{month}-07T12:00:00+08:00",
            "ChargePeriodEnd": f"{month}-07T13:00:00+08:00",
        }
        await self.post(f"file-{self.files}", [of_month | row for row in rows])

    async def ask(self, role: Role, query: str, **variables: Any) -> Any:
        """Ask as somebody of that role."""
        if role.value.startswith("PARTNER"):
            self.api.sign_in(role, self.partner)
        else:
            self.api.sign_in(role, subject=MANAGER)
        return await self.api.ask(query, variables)

    async def act(self, role: Role, verb: str, **given: Any) -> Any:
        """Run a mutation; its payload's errors by code, or the object it answers."""
        asks = {
            "confirmBill": "bill { id version status invoice { number documentType } }",
            "payBills": "payment { id status amount { amount } }",
            "adjustBill": "charge { id cycle originCycle } bill { version status }",
            "openDispute": "dispute { id status }",
            "resolveDispute": "dispute { id status resolvedVersion }",
            "grantCoupon": "coupon { id }",
            "setTaxes": "partner { id }",
            "topUpDeposit": "partner { id }",
            "reversePayment": "payment { id status }",
            "setBillingAddress": "partner { id }",
        }
        kind = verb[0].upper() + verb[1:]
        query = f"mutation Do($input: {kind}Input!) {{ {verb}(input: $input) {{"
        query += f" {asks[verb]} userErrors {{ code }} }} }}"
        payload = (await self.ask(role, query, input=given))[verb]
        errors = [error["code"] for error in payload.pop("userErrors")]
        return errors or next(iter(payload.values()))

    async def bill(self, cycle: str, fields: str) -> Any:
        """Some fields of the bill of a cycle, as the partner's finance sees it."""
        query = f"""query B($cycle: BillingMonth!) {{ viewer {{ partner {{
            bills(first: 1, cycle: $cycle) {{ nodes {{ id version digest {fields} }} }} }} }} }}"""
        found = await self.ask(Role.PARTNER_FINANCE, query, cycle=cycle)
        [bill] = found["viewer"]["partner"]["bills"]["nodes"]
        return bill

    async def totals(self, cycle: str) -> dict[str, Decimal]:
        """The head of the bill of a cycle."""
        names = "settlement coupons tax billAmount amountDue creditAmount paid outstanding"
        asked = " ".join(f"{name} {{ amount }}" for name in names.split())
        totals = (await self.bill(cycle, f"totals {{ {asked} }}"))["totals"]
        return {name: Decimal(value["amount"]) for name, value in totals.items()}

    async def statement(self, first: str, last: str) -> Any:
        """The account statement over local days."""
        variables = {"from": first, "to": last}
        found = await self.ask(Role.PARTNER_FINANCE, _STATEMENT, **variables)
        return found["viewer"]["partner"]["statement"]

    async def audit(self) -> None:
        """Every identity of every bill holds, and nothing stored is other than it was."""
        found = await self.ask(Role.PARTNER_FINANCE, _AUDIT)
        for bill in found["viewer"]["partner"]["bills"]["nodes"]:
            broken = [row for row in bill["reconciliation"] if not row["isHeld"]]
            assert broken == [], bill["cycle"]
            assert len(bill["reconciliation"]) >= 12
        await verify(self.db, Extent(), progress=lambda _done: None)
        statement = await self.statement("2026-01-01", "2026-12-31")
        entries = [Decimal(e["amount"]["amount"]) for e in statement["entries"]["nodes"]]
        opening = Decimal(statement["openingBalance"]["amount"])
        assert Decimal(statement["closingBalance"]["amount"]) == opening + sum(entries)


@asynccontextmanager
async def a_quarter(db: Database, url: str, folder: Path) -> AsyncIterator[Quarter]:
    """A world of its own, at the beginning of 2026."""
    with stripe_server() as stripe:
        payments = {
            "stripe_api_key": KEY,
            "stripe_api_base": stripe.url,
            "stripe_webhook_secret": HOOK_SECRET,
        }
        settings = Settings(database_url=url, data_dir=folder, **payments)
        async with open_client(url, folder, **payments) as api:
            gateway = open_gateway(settings)
            files = LocalFiles(folder / "files")
            services = Services(db, settings, files, SilentBell(), gateway=gateway)
            quarter = Quarter(api, services, folder, stripe)
            quarter.at("2026-01-01 09:00")
            await quarter.register()
            yield quarter
