"""Setting a partner's billing address, for the documents that are issued from then on (R18)."""

from datetime import datetime

from models.actions.audit import Act, record
from models.actions.locks import lock_partner
from models.actions.rows import save_changes
from models.adapters.database import Tx
from models.rules.billing_addresses import Party, require_address
from models.rules.ids import IdPrefix, public_id
from models.rules.principals import Action, Principal
from models.tables.invoices import BillingAddress


async def set_billing_address(
    tx: Tx, principal: Principal, *, partner_id: int, address: Party, now: datetime
) -> None:
    """Put the address in place of any before; the same again changes nothing.

    Raises Forbidden, InvalidInput, NotFound.
    """
    principal.require(Action.REGISTER_PARTNER)
    require_address(address)
    await lock_partner(tx, partner_id)
    known = await BillingAddress.get_or_none(partner_id=partner_id, using_db=tx.client)
    values = {
        "legal_name": address.legal_name,
        "street": address.street,
        "city": address.city,
        "postcode": address.postcode,
        "country": address.country,
        "tax_number": address.tax_number,
    }
    if known is None:
        await BillingAddress.create(using_db=tx.client, partner_id=partner_id, **values)
    elif any(getattr(known, name) != value for name, value in values.items()):
        known.update_from_dict(values)
        await save_changes(tx, known, list(values))
    else:
        return
    about = public_id(IdPrefix.PARTNER, partner_id)
    act = Act("SET_BILLING_ADDRESS", about, partner_id, {"country": address.country})
    await record(tx, principal, act, now=now)
