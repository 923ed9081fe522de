"""One partner's bill storage, brought to wherever the next step begins, whatever it was before."""

from dataclasses import dataclass

from models.actions.storage_eligibility import allow_storage, revoke_storage
from models.actions.storage_enabling import Enabling, enable_storage
from models.actions.storage_grants import agree_to_grant, request_grant, withdraw_grant
from models.actions.storage_stopping import disable_storage
from models.adapters.database import Database
from models.rules.storage_grants import GrantScope
from models.tables.storage import StorageDestination, StorageGrant
from tests.actions.desk import NOW, SALES
from tests.storing import a_bucket, admin

OVER = {"WITHDRAWN"}


@dataclass(frozen=True)
class Storage:
    """A partner's storage in a local folder called `bucket`, with files for `account` besides."""

    db: Database
    partner: int
    bucket: str
    account: str

    @property
    def id(self) -> str:
        """Its public id."""
        return f"bst_{self.partner}"

    async def revoked(self) -> None:
        """The vendor does not allow it any more."""
        await self.db.transact(revoke_storage, SALES, partner_id=self.partner, now=NOW)

    async def allowed(self) -> None:
        """The vendor allows it, and nothing more."""
        await self.db.transact(allow_storage, SALES, partner_id=self.partner, now=NOW)
        await self.db.transact(
            disable_storage, admin(self.partner), storage_id=self.partner, now=NOW
        )
        for grant in await StorageGrant.filter(partner_id=self.partner).exclude(status__in=OVER):
            await self.db.transact(withdraw_grant, admin(self.partner), grant_id=grant.id, now=NOW)

    async def requested(self) -> int:
        """The service role's authorisation is asked for; its id."""
        await self.allowed()
        who, scope = admin(self.partner), GrantScope.WRITE_BILLS
        await self.db.transact(request_grant, who, storage_id=self.partner, scope=scope, now=NOW)
        newest = await StorageGrant.filter(partner_id=self.partner).order_by("-id").first()
        assert newest
        return newest.id

    async def agreed(self) -> int:
        """It is authorised, and not enabled; the authorisation's id."""
        grant = await self.requested()
        await self.db.transact(agree_to_grant, admin(self.partner), grant_id=grant, now=NOW)
        return grant

    async def enabled(self) -> int:
        """It is enabled, with the customers' bills; the id of the destination."""
        await self.agreed()
        enabling = Enabling(self.partner, True, (self.account,))
        bucket = a_bucket(self.partner, self.bucket, None)
        who = admin(self.partner)
        await self.db.transact(enable_storage, who, enabling, bucket, now=NOW)
        newest = await StorageDestination.filter(partner_id=self.partner).order_by("-id").first()
        assert newest
        return newest.id
