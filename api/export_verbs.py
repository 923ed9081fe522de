"""Mutations on exports."""

import strawberry

from api.context import Info
from api.enums import ExportFormat, ExportView
from api.errors import UserError
from api.exports import ExportJob
from api.scalars import Month
from api.verbs import attempt, read_back, row_id
from models.actions.export_endings import cancel_export, remove_export_file
from models.actions.export_terms import ExportTerms
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
    columns: list[str] | None = strawberry.field(
        description="Names of columns, in the order of the file; null for all, as FOCUS has.",
        default=None,
    )
    idempotency_key: str = strawberry.field(
        description="1 to 255 characters; the same key and input make one export."
    )


@strawberry.input(description="Which export to cancel.")
class CancelExportInput:
    """Input of cancelExport."""

    export_id: strawberry.ID = strawberry.field(description="The export.")


@strawberry.input(description="Which file is not needed any more.")
class RemoveExportFileInput:
    """Input of removeExportFile."""

    export_id: strawberry.ID = strawberry.field(description="The export.")


@strawberry.type
class _ExportPayload:
    export_id: strawberry.Private[str | None] = None
    user_errors: list[UserError] = strawberry.field(
        description="Why nothing was done; empty when it was.", default_factory=list
    )

    @strawberry.field(
        description="The export as it is now; null if there is none that the viewer may see."
    )
    async def export_job(self, info: Info) -> ExportJob | None:
        """Read the export back."""
        return await read_back(info, self.export_id)  # type: ignore[no-any-return]


@strawberry.type(description="The export after the attempt.")
class ExportBillsPayload(_ExportPayload):
    """Payload of exportBills."""


@strawberry.type(description="The export after the attempt.")
class CancelExportPayload(_ExportPayload):
    """Payload of cancelExport."""


@strawberry.type(description="The export after the attempt.")
class RemoveExportFilePayload(_ExportPayload):
    """Payload of removeExportFile."""


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
                columns=None if input.columns is None else tuple(input.columns),
            )
            terms = ExportTerms.of(context.settings)
            made = await context.db.transact(
                request_export, context.principal, order=order, terms=terms, now=context.now
            )
            payload.export_id = public_id(IdPrefix.EXPORT, made.export_id)
            await context.ring(made.job_id)

        return await attempt(payload, verb)

    @strawberry.mutation(
        description="Cancel an export that is queued or running; nothing is kept of its file. To do"
        " it again changes nothing."
    )
    async def cancel_export(
        self, info: Info, input: CancelExportInput
    ) -> CancelExportPayload | None:
        """Cancel."""
        context, payload = info.context, CancelExportPayload(export_id=input.export_id)

        async def verb() -> None:
            export_id = row_id(input.export_id, IdPrefix.EXPORT, "exportId")
            job_id = await context.db.transact(
                cancel_export, context.principal, export_id=export_id, now=context.now
            )
            await context.ring(job_id)

        return await attempt(payload, verb)

    @strawberry.mutation(
        description="Give up a finished file before its time: its links end at once, and the export"
        " is EXPIRED. To do it again changes nothing."
    )
    async def remove_export_file(
        self, info: Info, input: RemoveExportFileInput
    ) -> RemoveExportFilePayload | None:
        """Remove."""
        context, payload = info.context, RemoveExportFilePayload(export_id=input.export_id)

        async def verb() -> None:
            export_id = row_id(input.export_id, IdPrefix.EXPORT, "exportId")
            job_id = await context.db.transact(
                remove_export_file, context.principal, export_id=export_id, now=context.now
            )
            if job_id is not None:
                await context.ring(job_id)

        return await attempt(payload, verb)
