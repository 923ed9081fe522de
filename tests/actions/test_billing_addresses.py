"""Billing addresses are set by sales, whole, and audited."""

from dataclasses import replace

import pytest

from models.actions.billing_addresses import set_billing_address
from models.adapters.database import Database
from models.rules.billing_addresses import Party
from models.rules.errors import Forbidden, InvalidInput, NotFound
from models.rules.principals import Principal, Role
from models.tables.audit import AuditEntry
from models.tables.invoices import BillingAddress
from tests.actions.desk import NOW, SALES
from tests.builders import a_partner
from tests.documents import BUYER


async def put(db: Database, partner: int, address: Party, who: Principal = SALES) -> None:
    await db.transact(set_billing_address, who, partner_id=partner, address=address, now=NOW)


async def test_address_is_kept_and_audited_without_the_name(db: Database) -> None:
    partner = await a_partner(db)
    await put(db, partner, BUYER)
    kept = await BillingAddress.get(partner_id=partner)
    assert (kept.legal_name, kept.city, kept.tax_number) == (
        BUYER.legal_name,
        BUYER.city,
        BUYER.tax_number,
    )
    entry = await AuditEntry.get(action="SET_BILLING_ADDRESS")
    assert (entry.subject, entry.partner_id, entry.details) == ("sam", partner, {"country": "CN"})


async def test_new_address_takes_the_place_of_the_old_one(db: Database) -> None:
    partner = await a_partner(db)
    await put(db, partner, BUYER)
    await put(db, partner, replace(BUYER, city="上海", tax_number=None))
    kept = await BillingAddress.get()
    assert (kept.city, kept.street, kept.tax_number) == ("上海", BUYER.street, None)
    assert await AuditEntry.all().count() == 2


async def test_same_address_again_changes_nothing(db: Database) -> None:
    partner = await a_partner(db)
    await put(db, partner, BUYER)
    await put(db, partner, BUYER)
    assert await AuditEntry.all().count() == 1


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SALES_OPS])
async def test_only_sales_sets_it(db: Database, role: Role) -> None:
    partner = await a_partner(db)
    own = partner if role.value.startswith("PARTNER") else None
    with pytest.raises(Forbidden):
        await put(db, partner, BUYER, Principal("eve", role, own))
    assert await BillingAddress.all().count() == 0


async def test_address_that_is_not_complete_is_refused(db: Database) -> None:
    partner = await a_partner(db)
    with pytest.raises(InvalidInput):
        await put(db, partner, replace(BUYER, country="XX"))
    assert (await BillingAddress.all().count(), await AuditEntry.all().count()) == (0, 0)


async def test_partner_that_is_not_there_has_no_address(db: Database) -> None:
    with pytest.raises(NotFound):
        await put(db, 99, BUYER)
