"""Setting the taxes that a partner's bills carry, from a cycle on (I3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from models.actions.audit import Act, record
from models.actions.locks import lock_partner
from models.actions.rows import add_rows
from models.adapters.database import Tx
from models.rules.derived import Tax
from models.rules.ids import IdPrefix, public_id
from models.rules.money import amount_text
from models.rules.months import BillingMonth
from models.rules.principals import Action, Principal
from models.rules.taxes import checked_taxes

_COLUMNS = ("partner_id", "name", "rate", "taxes_negative", "first_cycle")


@dataclass(frozen=True, slots=True)
class TaxOrder:
    """The taxes that a partner's bills are to carry from a cycle, YYYY-MM, on."""

    partner_id: int
    first_cycle: str
    taxes: Sequence[Tax]


async def set_taxes(tx: Tx, principal: Principal, order: TaxOrder, *, now: datetime) -> None:
    """Let the partner's bills of the first cycle and later carry these taxes, and no others.

    Bills that are issued already carry them from their next version on, confirmed ones never. What
    was set for those cycles before is kept, with an earlier end. Raises Forbidden, NotFound and
    InvalidInput.
    """
    principal.require(Action.SET_TAX)
    partner_id, first_cycle = order.partner_id, order.first_cycle
    before = str(BillingMonth.parse(first_cycle).plus(-1))
    checked = checked_taxes(order.taxes)
    await lock_partner(tx, partner_id)
    await tx.execute(
        "UPDATE tax_components SET last_cycle = $3"
        " WHERE partner_id = $1 AND (last_cycle IS NULL OR last_cycle >= $2)",
        *(partner_id, first_cycle, before),
    )
    rows = [(partner_id, tax.name, tax.rate, tax.taxes_negative, first_cycle) for tax in checked]
    await add_rows(tx, "tax_components", _COLUMNS, rows)
    details = {"from": first_cycle, "rates": {t.name: amount_text(t.rate) for t in checked}}
    act = Act("SET_TAX", public_id(IdPrefix.PARTNER, partner_id), partner_id, details)
    await record(tx, principal, act, now=now)
