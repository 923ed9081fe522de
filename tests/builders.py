"""Small builders with visible defaults."""

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from models.actions.cycles import next_posting
from models.actions.locks import lock_partner
from models.actions.postings import Billable, mark_posted
from models.adapters.database import Database, Tx
from models.rules.checksums import OWN
from models.rules.digests import charge_checksum
from models.rules.money import amount_text
from models.tables.charges import Charge
from models.tables.customers import Customer
from models.tables.partners import Partner

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


async def a_partner(db: Database, **changes: Any) -> int:
    """A partner in Shanghai who must confirm before paying; its id."""
    values = {
        "name": "Northwind Cloud",
        "time_zone": "Asia/Shanghai",
        "confirmation_required": True,
        "credit_policy": "HELD",
        "payment_days": 30,
        "created_at": LONG_AGO,
    }

    async def write(tx: Tx) -> int:
        return int((await Partner.create(**(values | changes))).id)

    return await db.transact(write)


async def a_customer(db: Database, partner: int, account: str = "acme", **changes: Any) -> int:
    """An end customer on the partner's bills; its id."""
    values = {"name": "Acme", "association": "RESELLER", "token": f"token-{account}"}

    async def write(tx: Tx) -> int:
        row = {"partner_id": partner, "account": account, **values, **changes}
        return int((await Customer.create(**row)).id)

    return await db.transact(write)


_LINES = itertools.count(1)


async def some_charges(db: Database, partner: int, rows: Iterable[dict[str, Any]]) -> int:
    """Charges as one import would post them; each row names what differs from the defaults.

    By default an expenditure of 1.00 USD in the cloud in 2026-02, of no customer. Gives the number
    of the posting.
    """

    async def write(tx: Tx) -> int:
        await lock_partner(tx, partner)
        posting = await next_posting(tx, partner)
        charges = [_charge(partner, posting, row) for row in rows]
        await Charge.bulk_create(charges, using_db=tx.client)
        billables = {Billable(c.cycle, c.kind, c.currency) for c in charges if c.kind != "NONE"}
        await mark_posted(tx, partner, billables, posting=posting)
        return posting

    return await db.transact(write)


async def a_charge(db: Database, partner: int, amount: str = "1.00", **changes: Any) -> int:
    """One charge, in a posting of its own; the number of the posting."""
    return await some_charges(db, partner, [{"amount": amount, **changes}])


def _charge(partner: int, posting: int, changes: dict[str, Any]) -> Charge:
    number = next(_LINES)
    values = {
        "cycle": "2026-02",
        "kind": "RESELLER",
        "currency": "USD",
        "charge_type": "EXPENDITURE",
        "category": "Usage",
        "market": "CLOUD",
        "product": "Elastic Cloud Server",
        "region": "cn-north-4",
        "billing_mode": "PAY_PER_USE",
        "posted_at": LONG_AGO,
        "account": "acme",
        "key": number.to_bytes(16, "big"),
        "occurrence": 0,
    } | changes
    values["amount"] = Decimal(values.get("amount", "1.00"))
    values.setdefault("origin_cycle", values["cycle"])
    values.setdefault("checksum", _checksum(values))
    return Charge(partner_id=partner, posting=posting, **values)


def _checksum(values: dict[str, Any]) -> int:
    """As a charge of our own making has it: it holds when everything is verified."""
    texts = {**values, "amount": amount_text(values["amount"])}
    return charge_checksum(*(texts.get(column) or "" for column in OWN))
