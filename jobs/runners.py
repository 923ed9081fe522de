"""Which verb does which kind of job: the effect and its completion in one transaction (rule 3)."""

import secrets
from collections.abc import Mapping
from datetime import date, datetime

import structlog

from jobs.services import Clock, Runner, Services
from models.actions.artefact_leavings import discard_files
from models.actions.bills import issue_bills, reissue_bill
from models.actions.collections import collect_payment
from models.actions.delivering import Dispatch, deliver
from models.actions.delivery_moves import fail_delivery_job
from models.actions.delivery_schedule import Days, schedule_deliveries
from models.actions.estimates import take_estimates
from models.actions.export_moves import fail_export
from models.actions.export_terms import ExportTerms
from models.actions.export_writing import expire_export, write_export
from models.actions.imports import ImportOptions
from models.actions.inbox_endings import fail_inbox_file
from models.actions.inbox_imports import InboxDesk, import_inbox_file
from models.actions.invoice_writing import write_invoice
from models.actions.jobs import ClaimedJob, complete, withdraw
from models.actions.reversals import refund_payment
from models.actions.webhook_sending import fail_delivery, send_webhook
from models.adapters.buckets import open_buckets
from models.adapters.database import Tx
from models.adapters.outgoing import Outgoing
from models.adapters.shelf_places import open_inbox
from models.adapters.vault import Vault
from models.reads.schedule import late_bills
from models.rules.filenames import NONCES
from models.rules.jobs import JobKind

log = structlog.get_logger()


async def _issue_bills(services: Services, job: ClaimedJob, now: Clock) -> None:
    async def verb(tx: Tx, at: datetime) -> list[int]:
        issued = await issue_bills(tx, **job.arguments, now=at)
        await complete(tx, job, now=at)
        return issued

    issued = await services.db.transact(verb, now())
    if issued and (late := await late_bills(services.db, job.arguments["partner_id"], issued)):
        log.warning("bills_issued_late", bills=late, **job.arguments)


async def _reissue_bill(services: Services, job: ClaimedJob, now: Clock) -> None:
    async def verb(tx: Tx, at: datetime) -> None:
        if await reissue_bill(tx, **job.arguments, now=at):
            await complete(tx, job, now=at)
        else:
            # Disputed meanwhile: due again once that is settled.
            await withdraw(tx, job)

    await services.db.transact(verb, now())


async def _take_estimates(services: Services, job: ClaimedJob, now: Clock) -> None:
    partner_id, as_of = job.arguments["partner_id"], date.fromisoformat(job.arguments["as_of"])

    async def verb(tx: Tx, at: datetime) -> None:
        await take_estimates(tx, partner_id=partner_id, as_of=as_of, now=at)
        await complete(tx, job, now=at)

    await services.db.transact(verb, now())


async def _write_export(services: Services, job: ClaimedJob, now: Clock) -> None:
    terms = ExportTerms.of(services.settings)
    await write_export(services.workshop(now), job, terms=terms)


async def _expire_export(services: Services, job: ClaimedJob, now: Clock) -> None:
    await expire_export(services.workshop(now), job)


async def _discard_files(services: Services, job: ClaimedJob, now: Clock) -> None:
    await discard_files(services.db, services.files, job, now=now())


async def _send_webhook(services: Services, job: ClaimedJob, now: Clock) -> None:
    settings = services.settings
    outgoing = Outgoing(allow_private=settings.allow_private_addresses)
    vault = Vault(*settings.vault_secrets)
    await send_webhook(services.db, job, outgoing=outgoing, vault=vault, now=now)


async def _collect_payment(services: Services, job: ClaimedJob, now: Clock) -> None:
    status = await collect_payment(services.db, services.gateway, job, now=now)
    log.info("payment_asked_for", status=status.value, **job.arguments)


async def _refund_payment(services: Services, job: ClaimedJob, now: Clock) -> None:
    await refund_payment(services.db, services.gateway, job, now=now())


async def _write_invoice(services: Services, job: ClaimedJob, now: Clock) -> None:
    seller = services.settings.vendor
    await write_invoice(services.db, services.files, job, seller=seller, now=now)


async def _schedule_deliveries(services: Services, job: ClaimedJob, now: Clock) -> None:
    partner_id, through = job.arguments["partner_id"], date.fromisoformat(job.arguments["through"])
    days = Days(through, services.settings.delivery_lag_days)

    async def verb(tx: Tx, at: datetime) -> bool:
        is_all = await schedule_deliveries(tx, partner_id, days, now=at)
        if is_all:
            await complete(tx, job, now=at)
        return is_all

    while not await services.db.transact(verb, now()):
        pass


async def _deliver(services: Services, job: ClaimedJob, now: Clock) -> None:
    settings = services.settings
    dispatch = Dispatch(
        services.workshop(now),
        open_buckets(settings),
        Vault(*settings.vault_secrets),
        lambda: secrets.randbelow(NONCES),
    )
    await deliver(dispatch, job)


async def _import_file(services: Services, job: ClaimedJob, now: Clock) -> None:
    settings, workshop = services.settings, services.workshop(now)
    options = ImportOptions(
        settings.secret.get_secret_value(),
        creates_missing=settings.inbox_creates_missing,
        skips_bad_rows=settings.inbox_skips_bad_rows,
    )
    desk = InboxDesk(
        services.db,
        open_inbox(settings),
        services.files,
        workshop.folder,
        options,
        settings.inbox_bytes,
    )
    ending = await import_inbox_file(desk, job, now=now)
    if ending:
        log.info("inbox_file", status=ending.status.value, rows=ending.rows, **job.arguments)


RUNNERS: Mapping[JobKind, Runner] = {
    JobKind.ISSUE_BILLS: Runner(_issue_bills),
    JobKind.REISSUE_BILL: Runner(_reissue_bill),
    JobKind.ESTIMATE: Runner(_take_estimates),
    JobKind.EXPORT: Runner(_write_export, on_parked=fail_export),
    JobKind.EXPIRE_EXPORT: Runner(_expire_export),
    JobKind.DISCARD_FILES: Runner(_discard_files),
    JobKind.COLLECT_PAYMENT: Runner(_collect_payment),
    JobKind.REFUND_PAYMENT: Runner(_refund_payment),
    JobKind.WRITE_INVOICE: Runner(_write_invoice),
    JobKind.SEND_WEBHOOK: Runner(_send_webhook, on_parked=fail_delivery),
    JobKind.SCHEDULE_DELIVERIES: Runner(_schedule_deliveries),
    JobKind.IMPORT_FILE: Runner(_import_file, on_parked=fail_inbox_file),
    JobKind.DELIVER: Runner(_deliver, on_parked=fail_delivery_job),
}
