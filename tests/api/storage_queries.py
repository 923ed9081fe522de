"""The queries and mutations of bill storage, and what clients send along."""

from typing import Any

from models.rules.buckets import BucketAddress
from tests.api.client import Client
from tests.peers.stores import Peer

FIELDS = """
  id isEligible isEnabled hasCustomerBills customerBillsSince subAccounts availableSubAccounts
  grant { id status scope requestedBy requestedAt agreedBy agreedAt withdrawnBy withdrawnAt }
  destination { ...Place } nextDestination { ...Place }
  destinations(first: 5) { totalCount nodes { ...Place } }
  availableActions { action allowed reasonCode }
"""
PLACE = """fragment Place on StorageDestination {
  id provider endpoint region bucket prefix accessKeyHint validFrom validUntil chosenBy chosenAt
  probedAt }"""
STORAGE = f"query Storage($id: ID!) {{ partner(id: $id) {{ billStorage {{ {FIELDS} }} }} }} {PLACE}"
VERBS = [
    "allowBillStorage", "revokeBillStorage", "requestStorageGrant", "agreeToStorageGrant",
    "withdrawStorageGrant", "enableBillStorage", "changeBillStorageBucket",
    "probeBillStorageBucket", "updateBillStorage", "disableBillStorage",
]  # fmt: skip


def _mutation(verb: str) -> str:
    return (
        f"mutation Do($input: {verb[0].upper()}{verb[1:]}Input!) {{ {verb}(input: $input) {{"
        f" userErrors {{ code path }} billStorage {{ {FIELDS} }} }} }} {PLACE}"
    )


MUTATIONS = {verb: _mutation(verb) for verb in VERBS}


async def do(api: Client, verb: str, **sent: Any) -> Any:
    """The payload of one verb."""
    return (await api.ask(MUTATIONS[verb], {"input": sent}))[verb]


def of_peer(storage_id: str, peer: Peer, address: BucketAddress) -> dict[str, Any]:
    """A bucket of a running store as input."""
    return {
        "storageId": storage_id,
        "provider": address.provider.value,
        "endpoint": address.endpoint,
        "region": address.region,
        "bucket": address.bucket,
        "prefix": address.prefix,
        "credentials": {
            "accessKeyId": peer.credentials.access_key_id,
            "secretAccessKey": peer.credentials.secret_access_key,
        },
    }
