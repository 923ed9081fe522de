"""Bill storage: who allowed what, where files go, where they went, and what can be done."""

from models.reads.accounts import IS_SUB_ACCOUNT
from models.reads.engine.shapes import (
    Connection,
    Flag,
    Instant,
    Key,
    One,
    Root,
    Shape,
    Text,
    Texts,
    Word,
    identity,
)
from models.reads.storage_buttons import IS_ELIGIBLE, IS_ENABLED, LATEST_GRANT, OF_STORAGE
from models.rules.ids import IdPrefix

STORAGE_GRANT = Shape(
    "StorageGrant",
    "storage_grants {t}",
    {
        "id": Word("'sgr_' || {t}.id"),
        "status": Word("{t}.status"),
        "scope": Word("{t}.scope"),
        "requestedBy": Text("{t}.requested_by"),
        "requestedAt": Instant("{t}.requested_at"),
        "agreedBy": Text("{t}.agreed_by"),
        "agreedAt": Instant("{t}.agreed_at"),
        "withdrawnBy": Text("{t}.withdrawn_by"),
        "withdrawnAt": Instant("{t}.withdrawn_at"),
    },
    tenant="{t}.partner_id",
)

STORAGE_DESTINATION = Shape(
    "StorageDestination",
    "storage_destinations {t}",
    {
        "id": Word("'sdn_' || {t}.id"),
        "provider": Word("{t}.provider"),
        "endpoint": Text("{t}.endpoint"),
        "region": Text("{t}.region"),
        "bucket": Text("{t}.bucket"),
        "prefix": Text("{t}.prefix"),
        "accessKeyHint": Text("{t}.access_key_hint"),
        "validFrom": Instant("{t}.valid_from"),
        "validUntil": Instant("{t}.valid_until"),
        "chosenBy": Text("{t}.created_by"),
        "chosenAt": Instant("{t}.created_at"),
        "probedAt": Instant("{t}.probed_at"),
    },
    tenant="{t}.partner_id",
)

_MINE = "{c}.partner_id = {t}.id"
_HOLDS = "{c}.valid_from <= {now} AND ({c}.valid_until IS NULL OR {c}.valid_until > {now})"
_IS_AHEAD = (
    "{c}.valid_from > {now} AND ({c}.valid_until IS NULL OR {c}.valid_until > {c}.valid_from)"
)


# Every partner has one, under its own number, whether or not there is a row of it yet.
BILL_STORAGE = Shape(
    "BillStorage",
    "partners {t} LEFT JOIN bill_storages {t}s ON {t}s.partner_id = {t}.id",
    {
        "id": Word("'bst_' || {t}.id"),
        "isEligible": Flag(IS_ELIGIBLE),
        "isEnabled": Flag(IS_ENABLED),
        "grant": One("StorageGrant", f"{_MINE} AND {{c}}.id = {LATEST_GRANT}"),
        "destination": One("StorageDestination", f"{_MINE} AND {_HOLDS}"),
        "nextDestination": One("StorageDestination", f"{_MINE} AND {_IS_AHEAD}"),
        "destinations": Connection(
            "StorageDestination", _MINE, (Key("{c}.id"),), is_descending=True
        ),
        "hasCustomerBills": Flag("{t}s.customer_bills_since IS NOT NULL"),
        "customerBillsSince": Instant("{t}s.customer_bills_since"),
        "subAccounts": Texts(
            "a.account", "storage_accounts a", "a.partner_id = {t}.id AND a.valid_until IS NULL"
        ),
        "availableSubAccounts": Texts(
            "o.account", "own_accounts o", f"o.partner_id = {{t}}.id AND {IS_SUB_ACCOUNT}"
        ),
        "availableActions": OF_STORAGE,
    },
    tenant="{t}.id",
)

OF_PARTNER = One("BillStorage", "{c}.id = {t}.id")
STORAGE_BY_ID = Root(BILL_STORAGE, filters={"id": identity(IdPrefix.BILL_STORAGE)})
GRANT_BY_ID = Root(STORAGE_GRANT, filters={"id": identity(IdPrefix.STORAGE_GRANT)})
DESTINATION_BY_ID = Root(
    STORAGE_DESTINATION, filters={"id": identity(IdPrefix.STORAGE_DESTINATION)}
)
