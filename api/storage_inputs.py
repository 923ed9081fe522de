"""What people say about buckets, as the actions take it."""

import strawberry

from api.enums import StorageProvider
from models.actions.storage_probing import BucketWish
from models.rules.buckets import BucketAddress, Credentials


@strawberry.input(description="What opens a bucket; it goes in, and never out again.")
class BucketCredentialsInput:
    """Credentials."""

    access_key_id: str = strawberry.field(description="The access key id.")
    secret_access_key: str = strawberry.field(description="The secret access key.")

    @property
    def meant(self) -> Credentials:
        """These credentials."""
        return Credentials(self.access_key_id, self.secret_access_key)

    def __repr__(self) -> str:
        return "BucketCredentialsInput(…)"


@strawberry.input
class BucketInput:
    """A bucket."""

    storage_id: strawberry.ID = strawberry.field(description="The partner's bill storage.")
    provider: StorageProvider = strawberry.field(description="Whose store the bucket is in.")
    bucket: str = strawberry.field(
        description="The bucket's name; that of a folder for LOCAL_FOLDER."
    )
    region: str | None = strawberry.field(
        description="Its region; not for LOCAL_FOLDER.", default=None
    )
    endpoint: str | None = strawberry.field(
        description="The store's https URL; for S3_COMPATIBLE only.", default=None
    )
    prefix: str = strawberry.field(
        description="What the names of all files there begin with, as in bills/2026.", default=""
    )
    credentials: BucketCredentialsInput | None = strawberry.field(
        description="What opens it; not for LOCAL_FOLDER.", default=None
    )


_CREATES = "Whether to create the bucket first."
_CONSENT = (
    "Whether the vendor may store consolidated customer bills there, once they are confirmed."
)
_SUB_ACCOUNTS = "Which of `availableSubAccounts` have files of their own; at most 100."


@strawberry.input(description="Where to store bills, and which.")
class EnableBillStorageInput(BucketInput):
    """Input of enableBillStorage."""

    creates_bucket: bool = strawberry.field(description=_CREATES, default=False)
    stores_customer_bills: bool = strawberry.field(description=_CONSENT, default=False)
    sub_accounts: list[str] = strawberry.field(description=_SUB_ACCOUNTS, default_factory=list)


@strawberry.input(description="Where to store bills from the next day on.")
class ChangeBillStorageBucketInput(BucketInput):
    """Input of changeBillStorageBucket."""

    creates_bucket: bool = strawberry.field(description=_CREATES, default=False)


@strawberry.input(description="A bucket to be tried out.")
class ProbeBillStorageBucketInput(BucketInput):
    """Input of probeBillStorageBucket."""


@strawberry.input(description="What is to be different; what is left out stays as it is.")
class UpdateBillStorageInput:
    """Input of updateBillStorage."""

    storage_id: strawberry.ID = strawberry.field(description="The partner's bill storage.")
    stores_customer_bills: bool | None = strawberry.field(description=_CONSENT, default=None)
    sub_accounts: list[str] | None = strawberry.field(description=_SUB_ACCOUNTS, default=None)
    credentials: BucketCredentialsInput | None = strawberry.field(
        description="What opens the same bucket from now on.", default=None
    )
    destination_id: strawberry.ID | None = strawberry.field(
        description="Whose credentials these are: `destination` unless `nextDestination` is named.",
        default=None,
    )


@strawberry.input(description="Whose bills not to store any longer.")
class DisableBillStorageInput:
    """Input of disableBillStorage."""

    storage_id: strawberry.ID = strawberry.field(description="The partner's bill storage.")


def wish(sent: BucketInput, *, is_new: bool = False) -> BucketWish:
    """The bucket that was named, as it was typed in."""
    address = BucketAddress(sent.provider, sent.endpoint, sent.region, sent.bucket, sent.prefix)
    return BucketWish(address, sent.credentials.meant if sent.credentials else None, is_new)
