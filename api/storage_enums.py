"""Enumerations about bucket storage and deliveries, in the schema."""

from api.described import describe
from models.rules.storage_grants import GrantScope
from models.rules.storage_guards import StorageAction
from models.rules.storage_states import (
    DeliveryKind,
    DeliveryStatus,
    GrantStatus,
    StorageProvider,
)

__all__ = [
    "DeliveryKind",
    "DeliveryStatus",
    "GrantScope",
    "GrantStatus",
    "StorageAction",
    "StorageProvider",
]

describe(
    StorageProvider,
    "Whose store a bucket is in.",
    {
        "AWS_S3": "Amazon S3.",
        "TENCENT_COS": "Tencent Cloud Object Storage.",
        "HUAWEI_OBS": "Huawei Cloud Object Storage Service.",
        "S3_COMPATIBLE": "MinIO, or another store that speaks S3.",
        "LOCAL_FOLDER": "A folder of the installation, where it allows that.",
    },
)

describe(
    GrantStatus,
    "How far the service role is authorised to write.",
    {
        "REQUESTED": "Asked for, not agreed to yet.",
        "AGREED": "Agreed to.",
        "WITHDRAWN": "Taken back.",
    },
)

describe(
    DeliveryKind,
    "What a delivered file is about.",
    {
        "DAILY": "The own accounts, from the first of the month up to a day.",
        "MONTHLY": "The own accounts, a whole month; provisional until its bill is issued.",
        "RESELLER": "A confirmed bill of what the customers consumed.",
    },
)

describe(
    DeliveryStatus,
    "What became of a file that is due in a bucket.",
    {
        "SCHEDULED": "It will be written once it is due.",
        "WAITING_FOR_CONFIRMATION": "Its bill is not confirmed yet.",
        "RUNNING": "It is being written.",
        "DELIVERED": "It is in the bucket, and its manifest after it.",
        "RETRYING": "An attempt failed; there will be another.",
        "FAILED": "All attempts failed; `backfillDeliveries` tries again.",
        "SKIPPED": "It was not wanted any more when it was its turn.",
    },
)

describe(
    GrantScope,
    "What an authorisation lets the service role do.",
    {"WRITE_BILLS": "Put bills into the partner's bucket, and read them to check them."},
)

describe(
    StorageAction,
    "Something that can be done about bill storage.",
    {
        "ALLOW": "Let the partner have it.",
        "REVOKE": "Take that back.",
        "REQUEST_GRANT": "Request the service role's authorisation.",
        "AGREE_TO_GRANT": "Agree to the authorisation that was requested.",
        "WITHDRAW_GRANT": "Take the authorisation back.",
        "ENABLE": "Choose a bucket, and store bills there from now on.",
        "CHANGE_BUCKET": "Choose another bucket, from the next day on.",
        "UPDATE": "Change what is stored, or with which credentials.",
        "DISABLE": "Store nothing more.",
    },
)
