"""What the tests of adjusting and disputing share: the channel manager, and all that is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from tortoise import Tortoise

from models.actions.adjustments import (
    AdjustmentOrder,
    ReversalOrder,
    adjust_bill,
    reverse_adjustment,
)
from models.actions.disputes import (
    DisputeOrder,
    open_dispute,
    reply_to_dispute,
    withdraw_dispute,
)
from models.actions.resolutions import ResolutionOrder, resolve_dispute
from models.actions.shown import ShownVersion
from models.adapters.database import Database, Tx
from models.rules.corrections import Change
from models.rules.disputes import Answer, DisputeResolution
from models.rules.errors import BillingError
from models.rules.principals import Principal, Role
from models.rules.states import AdjustmentReason
from models.tables.charges import Charge
from models.tables.partners import ChannelAssignment
from tests.actions.desk import NOW, Desk, finance, money, shown
from tests.builders import a_partner

MIA = Principal("mia", Role.CHANNEL_MANAGER)
WHY = "Wrong price list"


def a_change(amount: str = "-10 USD", **about: Any) -> Change:
    """A change of a bill, by default of no customer and no line."""
    return Change(money(amount), WHY, **about)


@dataclass(frozen=True)
class Channel(Desk):
    """A partner's finance people, and the channel manager who looks after the partner."""

    async def adjust(
        self, bill: int, amount: str = "-10 USD", *, key: str = "adjust", **order: Any
    ) -> int:
        """Adjust the bill as it is now, or as it was `seen`; the id of the charge."""
        seen = order.pop("seen", None) or await shown(bill)
        reason = AdjustmentReason(order.pop("reason", "BILLING_ERROR"))
        who = order.pop("who", MIA)
        made = AdjustmentOrder(seen, a_change(amount, **order), reason, key)
        return await self.db.transact(adjust_bill, who, made, now=NOW)

    async def reverse(self, charge: int, key: str = "reverse", who: Principal = MIA) -> int:
        """Undo an adjustment; the id of the charge."""
        order = ReversalOrder(charge, "A mistake", key)
        return await self.db.transact(reverse_adjustment, who, order, now=NOW)

    async def question(
        self,
        bill: int,
        charges: Sequence[int] | None = None,
        *,
        key: str = "question",
        seen: ShownVersion | None = None,
    ) -> int:
        """Open a dispute; its id."""
        order = DisputeOrder(seen or await shown(bill), "Why so much?", charges, key)
        return await self.db.transact(open_dispute, finance(self.partner), order, now=NOW)

    async def reply(self, dispute: int, text: str, who: Principal = MIA) -> None:
        """Add to the thread."""
        await self.db.transact(reply_to_dispute, who, dispute, text, now=NOW)

    async def withdraw(self, dispute: int, text: str | None = None) -> None:
        """Take the question back."""
        who = finance(self.partner)
        await self.db.transact(withdraw_dispute, who, dispute, text, now=NOW)

    async def accept(self, dispute: int, *changes: Change, key: str = "accept") -> None:
        """Accept with changes, by default of −10 USD."""
        answer = Answer(DisputeResolution.ACCEPTED, "You are right.", changes or [a_change()])
        await self.resolve(dispute, answer, key=key)

    async def reject(self, dispute: int, *, key: str = "reject") -> None:
        """Reject with an answer."""
        answer = Answer(DisputeResolution.REJECTED, "See clause 7.")
        await self.resolve(dispute, answer, key=key)

    async def resolve(
        self, dispute: int, answer: Answer, *, key: str = "answer", who: Principal = MIA
    ) -> None:
        """Answer a dispute."""
        order = ResolutionOrder(dispute, answer, key)
        await self.db.transact(resolve_dispute, who, order, now=NOW)


async def a_channel(db: Database, **partner: Any) -> Channel:
    """A partner whom MIA looks after."""
    partner_id = await a_partner(db, **partner)

    async def assign(tx: Tx) -> None:
        await ChannelAssignment.create(
            using_db=tx.client, partner_id=partner_id, subject=MIA.subject
        )

    await db.transact(assign)
    return Channel(db, partner_id)


async def the_charge(amount: str | int) -> Charge:
    """The only charge of that amount."""
    return await Charge.get(amount=amount)


async def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""
    apps = Tortoise.apps
    assert apps is not None
    tables = apps["models"].values()
    return {table.__name__: await table.all().order_by("id").values() for table in tables}


async def refusal(attempt: Any) -> BillingError:
    """Why something was refused, which must not have changed a single row."""
    before = await everything()
    with pytest.raises(BillingError) as refused:
        await attempt
    assert await everything() == before
    return refused.value
