"""Registering partners and customers: by the vendor's people and by the operator."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from models.actions.customers import Roster, register_customers
from models.actions.partners import put_partner, register_partner, register_partners
from models.adapters.database import Database
from models.rules.errors import BillingError, Conflict, ErrorCode, Forbidden, InvalidInput, NotFound
from models.rules.principals import Principal, Role
from models.rules.registration import Association, CustomerRegistration, PartnerRegistration
from models.rules.states import CreditPolicy
from models.tables.audit import AuditEntry
from tests.actions.importing import NOW, SECRET, a_registered_partner, count

SALES = Principal("sam", Role.SALES_OPS)
ATLAS = CustomerRegistration("c1", "Atlas Nimbus", email="ap@example.com")
ZENITH = CustomerRegistration("c2", "Zenith Eclipse", Association.REFERRAL)
FULL: dict[str, Any] = {
    "own_accounts": ("own",),
    "channel_managers": ("lin.yue", "jana"),
    "customers": (ATLAS, ZENITH),
}


async def _rows(db: Database, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await db.fetch(sql)]


async def _register_customers(
    db: Database, partner: int, *customers: CustomerRegistration, who: Principal | None = SALES
) -> list[int]:
    roster = Roster(partner, customers)
    return await db.transact(register_customers, who, roster=roster, secret=SECRET, now=NOW)


async def test_register_partner_writes_all_that_was_said(db: Database) -> None:
    partner = await a_registered_partner(db, "1000", "1001", payment_days=14, **FULL)
    assert await _rows(db, "SELECT id, name, payment_days, last_posting FROM partners") == [
        (partner, "Sun Bird", 14, 0)
    ]
    accounts = "SELECT partner_id, account FROM billing_accounts ORDER BY account"
    assert await _rows(db, accounts) == [(partner, "1000"), (partner, "1001")]
    assert await _rows(db, "SELECT account FROM own_accounts") == [("own",)]
    managers = "SELECT subject FROM channel_assignments ORDER BY subject"
    assert await _rows(db, managers) == [("jana",), ("lin.yue",)]
    customers = "SELECT account, name, association, email FROM customers ORDER BY account"
    assert await _rows(db, customers) == [
        ("c1", "Atlas Nimbus", "RESELLER", "ap@example.com"),
        ("c2", "Zenith Eclipse", "REFERRAL", None),
    ]


async def test_register_partner_twice_changes_nothing(db: Database) -> None:
    registration = PartnerRegistration("Sun Bird", ("1000",), **FULL)

    async def put() -> tuple[int, bool, int]:
        done = await db.transact(
            put_partner, None, registration=registration, secret=SECRET, now=NOW
        )
        return done.partner_id, done.is_new, done.changed

    partner, is_new, _ = await put()
    assert is_new
    assert await put() == (partner, False, 0)
    assert await count(db, "audit_entries") == 1


async def test_register_partner_again_corrects_and_adds(db: Database) -> None:
    partner = await a_registered_partner(db, "1000", **FULL)
    renamed = CustomerRegistration("c1", "Atlas Nimbus Ltd.", mobile="+44 7700 900123")
    again = await a_registered_partner(
        db, "1000", "1001", time_zone="Europe/Berlin", customers=(renamed,)
    )
    assert again == partner
    assert await _rows(db, "SELECT time_zone FROM partners") == [("Europe/Berlin",)]
    assert await count(db, "billing_accounts") == 2
    customers = "SELECT account, name, mobile, email FROM customers ORDER BY account"
    assert await _rows(db, customers) == [
        ("c1", "Atlas Nimbus Ltd.", "+44 7700 900123", "ap@example.com"),
        ("c2", "Zenith Eclipse", None, None),
    ]


SETTINGS: dict[str, Any] = {
    "time_zone": "America/New_York",
    "confirmation_required": False,
    "credit_policy": CreditPolicy.CARRIED,
    "payment_days": 14,
}


async def test_register_partner_again_leaves_what_it_does_not_say(db: Database) -> None:
    await a_registered_partner(db, **SETTINGS, customers=(ATLAS, ZENITH))
    partners = "SELECT time_zone, confirmation_required, credit_policy, payment_days FROM partners"
    customers = "SELECT account, association, mobile, email FROM customers ORDER BY account"
    before = await _rows(db, partners), await _rows(db, customers)
    names = (CustomerRegistration("c1", "Atlas Nimbus"), CustomerRegistration("c2", "Zenith"))
    await a_registered_partner(db, customers=names)
    assert (await _rows(db, partners), await _rows(db, customers)) == before
    assert before[0] == [("America/New_York", False, "CARRIED", 14)]
    assert before[1] == [("c1", "RESELLER", None, "ap@example.com"), ("c2", "REFERRAL", None, None)]


async def test_register_customer_again_takes_away_what_is_null(db: Database) -> None:
    partner = await a_registered_partner(db, customers=(ATLAS,))
    await _register_customers(db, partner, CustomerRegistration("c1", "Atlas Nimbus", email=None))
    assert await _rows(db, "SELECT name, email FROM customers") == [("Atlas Nimbus", None)]


async def test_changed_settings_are_in_the_audit_trail(db: Database) -> None:
    await a_registered_partner(db, **SETTINGS, customers=(ATLAS, ZENITH))
    again = {"time_zone": "Asia/Shanghai", "confirmation_required": True}
    people = (
        CustomerRegistration("c1", "Atlas Nimbus", Association.REFERRAL, email="x@example.com"),
        CustomerRegistration("c2", "Zenith Eclipse", Association.RESELLER),
    )
    partner = await a_registered_partner(db, **again, customers=people)
    await _register_customers(db, partner, ATLAS)
    _, partner_act, customers_act = await AuditEntry.all().order_by("id")
    assert partner_act.details == {
        "isNew": False,
        "changed": 3,
        "settings": {
            "timeZone": {"from": "America/New_York", "to": "Asia/Shanghai"},
            "confirmationRequired": {"from": False, "to": True},
        },
        "corrected": {"association": 2, "email": 1},
    }
    assert customers_act.details == {"changed": 1, "corrected": {"email": 1}}


async def test_own_account_that_is_a_customers_is_refused(db: Database) -> None:
    partner = await a_registered_partner(db, own_accounts=("own",), customers=(ATLAS,))
    with pytest.raises(InvalidInput, match="account of a customer") as refused:
        await a_registered_partner(db, own_accounts=("own", "new", "c1"))
    assert refused.value.path == ("ownAccounts", "2")
    assert await _rows(db, "SELECT partner_id, account FROM own_accounts") == [(partner, "own")]


async def test_register_partner_over_two_partners_is_refused(db: Database) -> None:
    await a_registered_partner(db, "1000")
    await a_registered_partner(db, "2000")
    with pytest.raises(Conflict) as refused:
        await a_registered_partner(db, "1000", "2000", "3000")
    assert refused.value.code is ErrorCode.ALREADY_EXISTS
    assert await count(db, "billing_accounts") == 2


async def test_register_partner_at_once_makes_one(db: Database) -> None:
    done = await asyncio.gather(
        *(a_registered_partner(db, "1000") for _ in range(5)), return_exceptions=True
    )
    refusals = [answer for answer in done if isinstance(answer, Conflict)]
    assert len({answer for answer in done if isinstance(answer, int)}) == 1
    assert all(refused.code is ErrorCode.ALREADY_EXISTS for refused in refusals)
    assert await count(db, "partners") == 1


async def test_register_partners_is_all_or_nothing(db: Database) -> None:
    await a_registered_partner(db, "1000", own_accounts=("c1",))
    registrations = [
        PartnerRegistration("New", ("2000",)),
        PartnerRegistration("Sun Bird", ("1000",), customers=(ATLAS,)),
    ]
    with pytest.raises(BillingError) as refused:
        await db.transact(register_partners, registrations=registrations, secret=SECRET, now=NOW)
    assert refused.value.path == ("partners", "1", "customers", "0", "account")
    assert await count(db, "partners") == 1


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.CHANNEL_MANAGER])
async def test_registration_needs_its_role(db: Database, role: Role) -> None:
    partner = await a_registered_partner(db)
    someone = Principal("someone", role)
    registration = PartnerRegistration("New", ("2000",))
    with pytest.raises(Forbidden):
        await db.transact(
            register_partner, someone, registration=registration, secret=SECRET, now=NOW
        )
    with pytest.raises(Forbidden):
        await _register_customers(db, partner, ATLAS, who=someone)
    assert (await count(db, "partners"), await count(db, "customers")) == (1, 0)


async def test_register_customers_gives_ids_in_the_order_asked(db: Database) -> None:
    partner = await a_registered_partner(db)
    [atlas] = await _register_customers(db, partner, ATLAS)
    zenith, again = await _register_customers(db, partner, ZENITH, ATLAS)
    assert again == atlas
    assert await _rows(db, "SELECT id, account FROM customers ORDER BY account") == [
        (atlas, "c1"),
        (zenith, "c2"),
    ]


async def test_values_of_before_are_kept_each_once(db: Database) -> None:
    partner = await a_registered_partner(db, customers=(ATLAS, ZENITH))
    changes = {"name": "Atlas Stratus", "mobile": "+49 30 1", "email": None}
    for atlas in (
        replace(ATLAS, **changes),
        replace(ATLAS, mobile=None),
        replace(ATLAS, **changes),
    ):
        [customer] = await _register_customers(db, partner, atlas)
    kept = "SELECT partner_id, customer_id, kind, value FROM customer_values ORDER BY kind, value"
    assert await _rows(db, kept) == [
        (partner, customer, "EMAIL", "ap@example.com"),
        (partner, customer, "MOBILE", "+49 30 1"),
        (partner, customer, "NAME", "Atlas Nimbus"),
        (partner, customer, "NAME", "Atlas Stratus"),
    ]


async def test_register_customers_takes_many(db: Database) -> None:
    partner = await a_registered_partner(db)
    many = tuple(CustomerRegistration(f"c{n}", f"Customer {n}") for n in range(12_000))
    ids = await _register_customers(db, partner, *many)
    assert len(set(ids)) == 12_000
    tokens = await _rows(db, "SELECT count(DISTINCT token) FROM customers")
    assert tokens == [(12_000,)]


async def test_register_customers_of_no_partner_is_refused(db: Database) -> None:
    with pytest.raises(NotFound):
        await _register_customers(db, 404, ATLAS)
    assert await count(db, "customers") == 0


async def test_register_customers_with_one_account_twice_is_refused(db: Database) -> None:
    partner = await a_registered_partner(db, own_accounts=("c2",))
    for customers in ((ATLAS, ATLAS), (ATLAS, ZENITH)):
        with pytest.raises(InvalidInput) as refused:
            await _register_customers(db, partner, *customers)
        assert refused.value.path == ("customers", "1", "account")
    assert await count(db, "customers") == 0


async def test_registration_is_in_the_audit_trail_without_personal_data(db: Database) -> None:
    partner = await a_registered_partner(db)
    await _register_customers(db, partner, ATLAS)
    entries = await _rows(
        db, "SELECT subject, action, object_id, partner_id, details FROM audit_entries ORDER BY id"
    )
    assert [entry[:4] for entry in entries] == [
        ("system", "REGISTER_PARTNER", f"prt_{partner}", partner),
        ("sam", "REGISTER_CUSTOMERS", f"prt_{partner}", partner),
    ]
    assert not any("Atlas" in str(entry) or "example.com" in str(entry) for entry in entries)
