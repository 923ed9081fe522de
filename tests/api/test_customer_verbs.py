"""Personal data: masked by role, shown in clear on request, and every such look noted (R72)."""

from typing import Any

import pytest

from models.adapters.database import Database, Tx
from models.rules.principals import PARTNER_ROLES, Role
from models.tables.audit import AuditEntry
from models.tables.customers import Customer
from models.tables.partners import ChannelAssignment
from tests.api.client import NOW, Client
from tests.builders import a_customer, a_partner
from tests.meanwhile import while_names_are_looked_for

NAME, MOBILE, EMAIL = "Acme Trading", "+86 138 0013 8000", "buyer@acme.example"

REVEAL = """mutation Reveal($customer: ID!, $reason: String!) {
  revealCustomer(input: { customerId: $customer, reason: $reason }) {
    name mobile email customer { id name mobile email } userErrors { code path message } } }"""
CUSTOMER = "query C($id: ID!) { node(id: $id) { ... on Customer { name mobile email } } }"


async def a_known_customer(db: Database, *managers: str) -> tuple[int, int]:
    """A partner that the channel managers look after, and its customer."""
    partner = await a_partner(db)

    async def assign(tx: Tx) -> None:
        for subject in managers:
            await ChannelAssignment.create(using_db=tx.client, partner_id=partner, subject=subject)

    await db.transact(assign)
    return partner, await a_customer(db, partner, name=NAME, mobile=MOBILE, email=EMAIL)


async def reveal(api: Client, customer: int | str, reason: str = "Ticket 4711") -> Any:
    named = f"cus_{customer}" if isinstance(customer, int) else customer
    return (await api.ask(REVEAL, {"customer": named, "reason": reason}))["revealCustomer"]


def refusals(payload: Any) -> list[tuple[str, list[str]]]:
    return [(error["code"], error["path"]) for error in payload["userErrors"]]


async def reveals() -> list[AuditEntry]:
    return list(await AuditEntry.filter(action="REVEAL_CUSTOMER"))


@pytest.mark.parametrize("role", Role)
async def test_personal_data_is_shown_to_its_partner_and_masked_for_the_vendor(
    api: Client, db: Database, role: Role
) -> None:
    partner, customer = await a_known_customer(db, "ann")
    is_partner = role in PARTNER_ROLES
    api.sign_in(role, partner if is_partner else None)
    shown = (await api.ask(CUSTOMER, {"id": f"cus_{customer}"}))["node"]
    clear = {"name": NAME, "mobile": MOBILE, "email": EMAIL}
    masked = {"name": "A***", "mobile": "+***", "email": "b***"}
    assert shown == (clear if is_partner else masked)
    assert await reveals() == []


@pytest.mark.parametrize("role", [Role.CHANNEL_MANAGER, Role.SALES_OPS])
async def test_reveal_shows_the_customer_and_is_noted(
    api: Client, db: Database, role: Role
) -> None:
    partner, customer = await a_known_customer(db, "ann")
    api.sign_in(role)
    revealed = await reveal(api, customer)
    assert revealed.pop("customer")["name"] == "A***"
    assert revealed == {"name": NAME, "mobile": MOBILE, "email": EMAIL, "userErrors": []}
    [entry] = await reveals()
    assert (entry.subject, entry.role, entry.at) == ("ann", role.value, NOW)
    assert (entry.partner_id, entry.object_id) == (partner, f"cus_{customer}")
    assert entry.details == {"reason": "Ticket 4711"}


async def test_reason_that_quotes_the_data_is_noted_without_it(api: Client, db: Database) -> None:
    _partner, customer = await a_known_customer(db)
    api.sign_in(Role.SALES_OPS)
    await reveal(api, customer, f"Call {NAME.upper()} at 13800138000, or write to {EMAIL}")
    [entry] = await reveals()
    assert entry.details == {"reason": "Call token-acme at token-acme, or write to token-acme"}


async def test_others_write_while_names_are_looked_for(
    api: Client, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    partner, customer = await a_known_customer(db)
    api.sign_in(Role.SALES_OPS)
    revealed = await while_names_are_looked_for(
        monkeypatch, reveal(api, customer), lambda: a_customer(db, partner, "other")
    )
    assert revealed["name"] == NAME
    assert await Customer.filter(partner_id=partner).count() == 2


@pytest.mark.parametrize(
    "role", [Role.PARTNER_VIEWER, Role.PARTNER_FINANCE, Role.PARTNER_ADMIN, Role.AUDITOR]
)
async def test_others_reveal_nothing(api: Client, db: Database, role: Role) -> None:
    partner, customer = await a_known_customer(db)
    api.sign_in(role, partner if role in PARTNER_ROLES else None)
    refused = await reveal(api, customer)
    assert refusals(refused) == [("FORBIDDEN", [])]
    assert (refused["name"], refused["mobile"], refused["email"]) == (None, None, None)
    assert await reveals() == []


async def test_customer_of_another_channel_manager_is_like_a_missing_one(
    api: Client, db: Database
) -> None:
    _partner, customer = await a_known_customer(db, "mel")
    api.sign_in(Role.CHANNEL_MANAGER)
    foreign, missing = await reveal(api, customer), await reveal(api, 999)
    assert foreign == missing
    assert refusals(foreign) == [("NOT_FOUND", ["customerId"])]
    assert (foreign["customer"], foreign["name"]) == (None, None)
    assert await reveals() == []


@pytest.mark.parametrize("reason", ["", " ", "\t\n", "x" * 401, "a\x00b", "a\x07b"])
async def test_reveal_without_a_proper_reason_is_refused(
    api: Client, db: Database, reason: str
) -> None:
    _partner, customer = await a_known_customer(db)
    api.sign_in(Role.SALES_OPS)
    refused = await reveal(api, customer, reason)
    assert (refusals(refused), refused["name"]) == ([("INVALID_INPUT", ["reason"])], None)
    assert await reveals() == []


@pytest.mark.parametrize("customer", ["prt_1", "cus_01", "nonsense", ""])
async def test_what_is_no_customer_is_refused(api: Client, db: Database, customer: str) -> None:
    await a_known_customer(db)
    api.sign_in(Role.SALES_OPS)
    assert refusals(await reveal(api, customer)) == [("INVALID_ID", ["customerId"])]


async def test_longest_reason_is_kept_whole(api: Client, db: Database) -> None:
    _partner, customer = await a_known_customer(db)
    api.sign_in(Role.SALES_OPS)
    assert (await reveal(api, customer, "账" * 400))["userErrors"] == []
    [entry] = await reveals()
    assert entry.details == {"reason": "账" * 400}
