"""A partner with something of everything, and another one beside it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from models.actions.disputes import DisputeOrder, open_dispute
from models.actions.estimates import take_estimates
from models.actions.exports import request_export
from models.adapters.database import Database
from models.rules.principals import Principal, Role
from models.tables.partners import ChannelAssignment
from tests.actions.desk import NOW, an_issued_bill, finance, shown
from tests.api.month import Month, store
from tests.builders import a_charge, a_customer
from tests.exporting import TERMS, an_order
from tests.hooking import an_endpoint
from tests.lives import a_life

TODAY = datetime(2026, 7, 20, 3, 4, 5, 678, tzinfo=UTC)
MANAGER = "mo"


@dataclass(frozen=True)
class World:
    """The partner, its confirmed bill, and the other partner."""

    partner: int
    bill: int
    other: int

    def principals(self) -> list[Principal]:
        """Someone of every role; the channel manager looks after the partner only."""
        partners = {Role.PARTNER_VIEWER, Role.PARTNER_FINANCE, Role.PARTNER_ADMIN}
        return [
            Principal(MANAGER if role is Role.CHANNEL_MANAGER else "ann", role,
                      self.partner if role in partners else None)
            for role in Role
        ]  # fmt: skip


async def a_world(db: Database) -> World:
    """Bills in three versions, paid, disputed; an estimate, an export, a bucket, webhooks."""
    life = await a_life(db)
    other = await a_life(db, name="Contoso", is_paid=False)
    partner = life.partner
    await an_endpoint(db, partner)
    odd = await a_customer(db, partner, "odd", name='Süd "北" & Co.\n\\', email="a@b.example")
    bill = await an_issued_bill(db, partner, "9.99", cycle="2026-03", customer_id=odd)
    why = DisputeOrder(await shown(bill), "Why is that?", None, "why")
    await db.transact(open_dispute, finance(partner), why, now=NOW)
    await a_charge(db, partner, "3", cycle="2026-07", customer_id=odd, currency="JPY")
    await db.transact(take_estimates, partner_id=partner, as_of=TODAY.date(), now=TODAY)
    order = an_order("2026-02", "2026-03")
    await db.transact(request_export, finance(partner), order=order, terms=TERMS, now=NOW)
    await store(db, Month(partner, life.customers, [life.bill]))
    await ChannelAssignment.create(partner_id=partner, subject=MANAGER)
    return World(partner, life.bill, other.partner)
