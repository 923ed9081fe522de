"""Which verb does which kind of job: the effect and its completion in one transaction (rule 3)."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import structlog

from jobs.services import Clock, Runner, Services
from models.actions.bills import issue_bills, reissue_bill
from models.actions.collections import collect_payment
from models.actions.estimates import take_estimates
from models.actions.export_writing import expire_export, write_export
from models.actions.exports import fail_export
from models.actions.invoice_writing import write_invoice
from models.actions.jobs import ClaimedJob, complete, withdraw
from models.actions.reversals import refund_payment
from models.actions.webhook_sending import fail_delivery, send_webhook
from models.adapters.database import Tx
from models.adapters.outgoing import Outgoing
from models.adapters.vault import Vault
from models.reads.schedule import late_bills
from models.rules.jobs import JobKind

log = structlog.get_logger()


async def _issue_bills(services: Services, job: ClaimedJob, now: Clock) -> None:
    async def verb(tx: Tx, at: datetime) -> list[int]:
        issued = await issue_bills(tx, **job.arguments, now=at)
        await complete(tx, job, now=at)
        return issued

    issued = await services.db.transact(verb, now())
    if issued and (late := await late_bills(services.db, issued)):
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
    kept = timedelta(days=services.settings.export_days)
    await write_export(services.db, services.files, job, now=now, kept=kept)


async def _expire_export(services: Services, job: ClaimedJob, now: Clock) -> None:
    await expire_export(services.db, services.files, job, now=now)


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


RUNNERS: Mapping[JobKind, Runner] = {
    JobKind.ISSUE_BILLS: Runner(_issue_bills),
    JobKind.REISSUE_BILL: Runner(_reissue_bill),
    JobKind.ESTIMATE: Runner(_take_estimates),
    JobKind.EXPORT: Runner(_write_export, on_parked=fail_export),
    JobKind.EXPIRE_EXPORT: Runner(_expire_export),
    JobKind.COLLECT_PAYMENT: Runner(_collect_payment),
    JobKind.REFUND_PAYMENT: Runner(_refund_payment),
    JobKind.WRITE_INVOICE: Runner(_write_invoice),
    JobKind.SEND_WEBHOOK: Runner(_send_webhook, on_parked=fail_delivery),
}
