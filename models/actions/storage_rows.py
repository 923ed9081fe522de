"""A partner's bill storage as its verbs find it, and whose it is (R41 to R45)."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from models.actions.locks import lock_partner
from models.adapters.database import Tx
from models.rules.errors import NotFound
from models.rules.ids import IdPrefix, public_id
from models.rules.months import billing_zone
from models.rules.principals import Principal
from models.rules.storage_actions import require_role
from models.rules.storage_guards import StorageAction, StorageFacts
from models.rules.storage_states import GrantStatus
from models.tables.partners import Partner
from models.tables.storage import BillStorage, StorageGrant


@dataclass(frozen=True, slots=True)
class Storage:
    """What there is of one partner: its row, once the vendor allowed it, and its latest grant."""

    partner_id: int
    row: BillStorage | None
    grant: StorageGrant | None

    @property
    def facts(self) -> StorageFacts:
        """How far the partner has come."""
        status = None if self.grant is None else GrantStatus(self.grant.status)
        if self.row is None:
            return StorageFacts(grant=status)
        return StorageFacts(self.row.is_eligible, status, self.row.is_enabled)

    @property
    def known(self) -> BillStorage:
        """The row of a partner that is or was eligible."""
        assert self.row is not None, "whoever is eligible has a row"
        return self.row

    @property
    def name(self) -> str:
        """Its public id: every partner has one, allowed or not."""
        return public_id(IdPrefix.BILL_STORAGE, self.partner_id)


async def storage_of(tx: Tx, partner_id: int) -> Storage:
    """A partner's storage as it is."""
    row = await BillStorage.get_or_none(using_db=tx.client, partner_id=partner_id)
    grants = StorageGrant.filter(partner_id=partner_id).using_db(tx.client)
    return Storage(partner_id, row, await grants.order_by("-id").first())


async def locked_storage(tx: Tx, partner_id: int) -> Storage:
    """The same, held until the transaction ends; the first statement of it. Raises NotFound."""
    await lock_partner(tx, partner_id)
    return await storage_of(tx, partner_id)


def require_own(principal: Principal, action: StorageAction, storage_id: int) -> None:
    """Raise unless the principal may do this about bill storage, and this one is its partner's.

    A storage has the number of its partner. Raises Forbidden, NotFound.
    """
    require_role(principal, action)
    if principal.partner_id != storage_id:
        raise NotFound("There is no such bill storage.", path=("storageId",))


async def zone_of(tx: Tx, partner_id: int) -> ZoneInfo:
    """The time zone of a partner's days."""
    partner = await Partner.get(id=partner_id, using_db=tx.client)
    return billing_zone(partner.time_zone)
