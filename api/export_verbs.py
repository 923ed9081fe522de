"""Mutations on exports."""

import strawberry

from api.context import Info
from api.enums import ExportFormat, ExportView
from api.errors import UserError
from api.exports import ExportJob
from api.scalars import Month
from api.verbs import attempt, read_back
from models.actions.exports import request_export
from models.rules.exports import ExportOrder
from models.rules.ids import IdPrefix, public_id
from models.rules.months import BillingMonth


@strawberry.input(description="Which bills to export, and how.")
class ExportBillsInput:
    """Input of exportBills."""

    from_cycle: Month = strawberry.field(description="The first cycle.")
    to_cycle: Month = strawberry.field(description="The last cycle, at most 12 in all.")
    view: ExportView = strawberry.field(
        description="What the rows are.", default=ExportView.DETAILS
    )
    format: ExportFormat = strawberry.field(
        description="How the file is written.", default=ExportFormat.CSV
    )
    idempotency_key: str = strawberry.field(
        description="1 to 255 characters; the same key and input make one export."
    )


@strawberry.type(description="The export after the attempt.")
class ExportBillsPayload:
    """Payload of exportBills."""

    export_id: strawberry.Private[str | None] = None
    user_errors: list[UserError] = strawberry.field(
        description="Why nothing was queued; empty when it was.", default_factory=list
    )

    @strawberry.field(description="The queued export; null when nothing was queued.")
    async def export_job(self, info: Info) -> ExportJob | None:
        """Read the export back."""
        return await read_back(info, self.export_id)  # type: ignore[no-any-return]


@strawberry.type
class ExportMutation:
    """What can be done about files."""

    @strawberry.mutation(
        description="Export bills of 1 to 12 cycles to a file, personal data anonymised. Returns at"
        " once; follow `exportJob` until it has a `downloadUrl`."
    )
    async def export_bills(
        self,
        info: Info,
        input: ExportBillsInput,
    ) -> ExportBillsPayload | None:
        """Export."""
        context, payload = info.context, ExportBillsPayload()

        async def verb() -> None:
            order = ExportOrder(
                first=BillingMonth.parse(input.from_cycle),
                last=BillingMonth.parse(input.to_cycle),
                view=input.view,
                format=input.format,
                idempotency_key=input.idempotency_key,
            )
            made = await context.db.transact(
                request_export, context.principal, order=order, now=context.now
            )
            payload.export_id = public_id(IdPrefix.EXPORT, made.export_id)
            await context.ring(made.job_id)

        return await attempt(payload, verb)
