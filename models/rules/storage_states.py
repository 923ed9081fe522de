"""What bucket storage and its files can be (R41 to R57)."""

from enum import StrEnum


class StorageProvider(StrEnum):
    """Whose store a bucket is in, which says how it is spoken to."""

    AWS_S3 = "AWS_S3"
    TENCENT_COS = "TENCENT_COS"
    HUAWEI_OBS = "HUAWEI_OBS"
    S3_COMPATIBLE = "S3_COMPATIBLE"
    LOCAL_FOLDER = "LOCAL_FOLDER"


class GrantStatus(StrEnum):
    """How far the service role is authorised (R42)."""

    REQUESTED = "REQUESTED"
    AGREED = "AGREED"
    WITHDRAWN = "WITHDRAWN"


class DeliveryKind(StrEnum):
    """What a delivered file is about: the own accounts by day or month, or a bill (R47 to R51)."""

    DAILY = "DAILY"
    MONTHLY = "MONTHLY"
    RESELLER = "RESELLER"


class DeliveryStatus(StrEnum):
    """What became of a file that is due in a bucket."""

    SCHEDULED = "SCHEDULED"
    WAITING_FOR_CONFIRMATION = "WAITING_FOR_CONFIRMATION"
    RUNNING = "RUNNING"
    DELIVERED = "DELIVERED"
    RETRYING = "RETRYING"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


class InboxStatus(StrEnum):
    """What became of a file that was put in the inbox."""

    SEEN = "SEEN"
    IMPORTED = "IMPORTED"
    KNOWN = "KNOWN"
    REFUSED = "REFUSED"
    FAILED = "FAILED"
