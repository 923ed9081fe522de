"""Bill storage in a partner's bucket, in the schema."""

import strawberry

from api.connections import DEFAULT_PAGE, Connection
from api.enums import ErrorCode, GrantScope, GrantStatus, StorageAction, StorageProvider
from api.node import Node
from api.planned import field, planned
from api.scalars import Cursor, DateTime


@strawberry.type(
    description="The service role's authorisation to write into the partner's bucket, in two steps."
)
class StorageGrant(Node):
    """A grant."""

    status: GrantStatus = field("How far it has come.")
    scope: GrantScope = field("What it lets the service role do.")
    requested_by: str = field("Who requested it.")
    requested_at: DateTime = field("When it was requested.")
    agreed_by: str | None = field("Who agreed to it; null until then.")
    agreed_at: DateTime | None = field("When it was agreed to; null until then.")
    withdrawn_by: str | None = field("Who took it back; null until then.")
    withdrawn_at: DateTime | None = field("When it was taken back; null until then.")


@strawberry.type(description="A bucket, and the time in which files are put there.")
class StorageDestination(Node):
    """A destination."""

    provider: StorageProvider = field("Whose store it is in.")
    endpoint: str | None = field("The store's URL; null where the provider says it.")
    region: str | None = field("The region; null for a local folder.")
    bucket: str = field("The bucket's name.")
    prefix: str = field("What the names of all files there begin with; empty for nothing.")
    access_key_hint: str | None = field(
        "The end of the access key id, at most 4 characters of it; null for a local folder."
    )
    valid_from: DateTime = field("When files go there first.")
    valid_until: DateTime | None = field(
        "When they no longer do; null while that is open. The same as `validFrom` when it was"
        " taken back before it began."
    )
    chosen_by: str = field("Who chose it.")
    chosen_at: DateTime = field("When it was chosen.")
    probed_at: DateTime = field("When a file was last written there to try its credentials.")


@strawberry.type(
    description="Something that can be done about bill storage, and whether the viewer can."
)
class AvailableStorageAction:
    """A button."""

    action: StorageAction = field("What could be done.")
    allowed: bool = field("Whether the viewer may do it as things are now.")
    reason_code: ErrorCode | None = field("Why it would be refused; null when it is allowed.")
    reason: str | None = field("The same for people; null when it is allowed.")


@strawberry.type(
    description="Whether, where and which of a partner's bills are stored in a bucket."
)
class BillStorage(Node):
    """Bill storage."""

    is_eligible: bool = field("Whether the vendor allows the partner to have it.")
    is_enabled: bool = field("Whether files are stored.")
    grant: StorageGrant | None = field("The latest authorisation; null before the first.")
    destination: StorageDestination | None = field("Where files go now; null while disabled.")
    next_destination: StorageDestination | None = field(
        "Where they go from the next day on; null when that does not change."
    )
    has_customer_bills: bool = field(
        "Whether consolidated customer bills are stored, besides those of the own accounts."
    )
    customer_bills_since: DateTime | None = field("Since when; null when they are not.")
    sub_accounts: list[str] = field("The sub-accounts with files of their own; at most 100.")
    available_sub_accounts: list[str] = field("The accounts that can be chosen for that.")
    available_actions: list[AvailableStorageAction] = field(
        "What can be done, and why not: one entry for each action."
    )

    @planned
    def destinations(
        self, first: int = DEFAULT_PAGE, after: Cursor | None = None
    ) -> Connection[StorageDestination]:
        """Every bucket ever chosen, the latest choice first."""
