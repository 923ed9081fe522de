"""Showing a customer's personal data in clear to those who need it, and noting that (R72)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from models.actions.audit import Act, record
from models.actions.customers import without_names
from models.adapters.database import Database, Tx
from models.reads.accounts import Source
from models.reads.scope import partner_scope
from models.rules.anonymity_text import Person
from models.rules.errors import NotFound
from models.rules.ids import IdPrefix, public_id
from models.rules.principals import Action, Principal
from models.rules.texts import require_description

LONGEST_REASON = 400


@dataclass(frozen=True, slots=True)
class RevealOrder:
    """Whose personal data somebody needs to see, and why; raises InvalidInput without a reason."""

    customer_id: int
    reason: str

    def __post_init__(self) -> None:
        require_description(self.reason, LONGEST_REASON, "reason")


async def reveal_customer(
    db: Database, principal: Principal, order: RevealOrder, *, now: datetime
) -> Person:
    """A customer's name, mobile number and e-mail address in clear.

    Who saw whose, and why, is on the audit trail; what was seen is not, even where the reason
    quotes it. Raises Forbidden, and NotFound (or not of a partner that the principal may see).
    """
    principal.require(Action.REVEAL_CUSTOMER)
    row = await _customer(db, principal, order.customer_id)
    reason = await without_names(db, row["partner_id"], order.reason)
    return await db.transact(_reveal, principal, replace(order, reason=reason), now=now)


async def _reveal(tx: Tx, principal: Principal, order: RevealOrder, *, now: datetime) -> Person:
    row = await _customer(tx, principal, order.customer_id)
    person = Person(row["token"], row["name"], row["mobile"], row["email"])
    name = public_id(IdPrefix.CUSTOMER, order.customer_id)
    act = Act("REVEAL_CUSTOMER", name, row["partner_id"], {"reason": order.reason})
    await record(tx, principal, act, now=now)
    return person


async def _customer(source: Source, principal: Principal, customer_id: int) -> Any:
    scope = partner_scope(principal, "partner_id", 2)
    rows = await source.fetch(
        "SELECT partner_id, token, name, mobile, email FROM customers"
        f" WHERE id = $1 AND {scope.condition}",
        *(customer_id, *scope.values),
    )
    if not rows:
        raise NotFound("There is no such customer.", path=("customerId",))
    return rows[0]
