"""What every verb of bill storage answers: the storage as it is now, or why nothing was done."""

from typing import Any

import strawberry
from graphql import GraphQLResolveInfo

from api.context import Context, Info
from api.errors import UserError
from api.storage import BillStorage
from api.trees import read_node


@strawberry.type
class StoragePayload:
    """The storage after the attempt."""

    storage_id: strawberry.Private[str | None] = None
    user_errors: list[UserError] = strawberry.field(
        description="Why nothing was done; empty when it was.", default_factory=list
    )

    @strawberry.field(
        description="The bill storage as it is now; null if there is none that the viewer may see."
    )
    async def bill_storage(self, info: Info) -> BillStorage | None:
        """Read the storage back, of this moment: trying a bucket took its time."""
        raw: GraphQLResolveInfo[Context] = info._raw_info
        present = raw._replace(context=raw.context.at_present())
        answer: Any = await read_node(present, self.storage_id)
        return answer  # type: ignore[no-any-return]


@strawberry.type(description="The bill storage after the attempt.")
class EnableBillStoragePayload(StoragePayload):
    """Payload of enableBillStorage."""


@strawberry.type(description="The bill storage after the attempt.")
class ChangeBillStorageBucketPayload(StoragePayload):
    """Payload of changeBillStorageBucket."""


@strawberry.type(description="The bill storage, untouched; without errors the bucket would do.")
class ProbeBillStorageBucketPayload(StoragePayload):
    """Payload of probeBillStorageBucket."""


@strawberry.type(description="The bill storage after the attempt.")
class UpdateBillStoragePayload(StoragePayload):
    """Payload of updateBillStorage."""


@strawberry.type(description="The bill storage after the attempt.")
class DisableBillStoragePayload(StoragePayload):
    """Payload of disableBillStorage."""
