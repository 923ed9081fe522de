"""The credentials of a partner's bucket, as they are kept (rule 20)."""

import json

from models.adapters.vault import RandomBytes, Vault
from models.rules.buckets import Credentials
from models.rules.ids import IdPrefix, public_id


class StorageKeys:
    """Seals and unseals the bucket credentials of one partner, and of no other."""

    def __init__(self, vault: Vault, partner_id: int) -> None:
        self._vault = vault
        # Not the owner of the partner's webhook secrets: neither opens in the other's place.
        self._owner = public_id(IdPrefix.BILL_STORAGE, partner_id)

    def seal(self, credentials: Credentials, random: RandomBytes) -> str:
        """The credentials as they are stored."""
        text = json.dumps([credentials.access_key_id, credentials.secret_access_key])
        return self._vault.seal(text, owner=self._owner, random=random)

    def unseal(self, sealed: str) -> Credentials:
        """What was sealed; raises Unavailable when it does not open."""
        access_key_id, secret_access_key = json.loads(self._vault.unseal(sealed, owner=self._owner))
        return Credentials(access_key_id, secret_access_key)
