"""Exports asked for, finished, given up: who may, once, and what is written down."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from models.actions.artefacts import WrittenArtefact
from models.actions.export_moves import fail_export, finish_export, start_export
from models.actions.exports import request_export
from models.actions.jobs import Superseded
from models.adapters.database import Database
from models.adapters.files import StoredFile
from models.rules.errors import BillingError, ErrorCode
from models.rules.exports import ExportStatus
from models.rules.manifests import ManifestPart
from models.rules.principals import Principal, Role
from models.tables.audit import AuditEntry
from models.tables.bills import Bill
from models.tables.exports import ExportJob
from models.tables.jobs import Job
from tests.builders import a_charge, a_partner
from tests.exporting import NOW, TERMS, a_billed_partner, an_order, asked, claimed, finance
from tests.manifests import a_manifest

FILE = StoredFile(1234, "ab" * 32)
FILE_SAID = (FILE.size, FILE.sha256)
WRITTEN = WrittenArtefact(
    object_key="exports/exp_1/run-1-part-1.csv",
    file=FILE,
    file_name="bills-2026-01-to-2026-02-details-exp_1.csv",
    manifest=a_manifest(
        parts=(ManifestPart("part", 16, *FILE_SAID, {"JPY": Decimal(6), "USD": Decimal("12.5")}),)
    ),
)


async def refusal(db: Database, who: Principal, **changes: Any) -> ErrorCode:
    with pytest.raises(BillingError) as refused:
        await db.transact(request_export, who, order=an_order(**changes), terms=TERMS, now=NOW)
    assert await ExportJob.all().count() == await Job.filter(kind="EXPORT").count() == 0
    return refused.value.code


async def test_request_queues_the_current_versions_of_the_range(db: Database) -> None:
    partner = await a_billed_partner(db)
    made = await asked(db, partner, first="2026-02", last="2026-04")
    export = await ExportJob.get(id=made.export_id)
    february = await Bill.filter(cycle="2026-02").order_by("kind", "currency")
    assert export.version_ids == [bill.version_id for bill in february]
    assert (export.first_cycle, export.last_cycle) == ("2026-02", "2026-04")
    assert (export.view, export.format, export.status) == ("DETAILS", "CSV", "QUEUED")
    assert (export.requested_by, export.requested_at) == ("ann", NOW)
    assert (export.rows_total, export.rows_done, export.expires_at) == (None, 0, None)
    job = await Job.get(id=made.job_id)
    assert (job.kind, job.key, job.status) == ("EXPORT", f"export:{export.id}", "QUEUED")
    assert (job.arguments, job.run_at) == ({"export_id": export.id}, NOW)
    [entry] = await AuditEntry.filter(action="REQUEST_EXPORT")
    assert (entry.subject, entry.partner_id, entry.object_id) == ("ann", partner, "exp_1")
    assert entry.details == {"cycles": "2026-02 to 2026-04", "view": "DETAILS", "format": "CSV"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"first": "2025-02", "last": "2026-02"}, ErrorCode.RANGE_TOO_LONG),
        ({"first": "2026-02", "last": "2026-01"}, ErrorCode.INVALID_RANGE),
        ({"first": "2026-03", "last": "2027-02"}, ErrorCode.NOTHING_TO_EXPORT),
        ({"idempotency_key": ""}, ErrorCode.INVALID_INPUT),
    ],
)
async def test_request_that_cannot_be_met_queues_nothing(
    db: Database, changes: dict[str, Any], code: ErrorCode
) -> None:
    partner = await a_billed_partner(db)
    assert await refusal(db, finance(partner), **changes) is code


async def test_month_with_charges_and_no_bill_is_nothing_to_export(db: Database) -> None:
    partner = await a_partner(db)
    await a_charge(db, partner)
    assert await refusal(db, finance(partner)) is ErrorCode.NOTHING_TO_EXPORT


async def test_bills_of_another_partner_are_nothing_to_export(db: Database) -> None:
    await a_billed_partner(db)
    other = await a_partner(db, name="Other")
    assert await refusal(db, finance(other)) is ErrorCode.NOTHING_TO_EXPORT


@pytest.mark.parametrize("role", [r for r in Role if r not in {"PARTNER_FINANCE", "PARTNER_ADMIN"}])
async def test_other_roles_may_not_export(db: Database, role: Role) -> None:
    partner = await a_billed_partner(db)
    who = Principal("bob", role, partner if role is Role.PARTNER_VIEWER else None)
    assert await refusal(db, who) is ErrorCode.FORBIDDEN


async def test_same_key_and_order_make_one_export(db: Database) -> None:
    partner = await a_billed_partner(db)
    first = await asked(db, partner, idempotency_key="k")
    assert await asked(db, partner, idempotency_key="k") == first
    assert await asked(db, partner, idempotency_key="other") != first
    assert await asked(db, partner) != await asked(db, partner)
    assert await ExportJob.all().count() == 4


async def test_same_key_with_another_order_is_a_conflict(db: Database) -> None:
    partner = await a_billed_partner(db)
    await asked(db, partner, idempotency_key="k")
    with pytest.raises(BillingError) as refused:
        await asked(db, partner, idempotency_key="k", last="2026-01")
    assert refused.value.code is ErrorCode.IDEMPOTENCY_CONFLICT
    assert await ExportJob.all().count() == 1


async def test_finish_offers_the_file_for_its_time(db: Database) -> None:
    made = await asked(db, await a_billed_partner(db))
    job = await claimed(db, made)
    assert await db.transact(start_export, job) is not None
    assert await db.transact(finish_export, job, WRITTEN, terms=TERMS, now=NOW)
    export = await ExportJob.get(id=made.export_id)
    assert (export.status, export.finished_at, export.error) == ("SUCCEEDED", NOW, None)
    assert (export.size_bytes, export.sha256) == (FILE.size, FILE.sha256)
    assert (export.rows_done, export.rows_total) == (16, 16)
    assert export.file_name == "bills-2026-01-to-2026-02-details-exp_1.csv"
    assert (export.object_key, export.part_count) == (WRITTEN.object_key, 1)
    assert export.control_sums == {"JPY": "6", "USD": "12.5"}
    assert export.expires_at == NOW + timedelta(days=30)
    assert (await Job.get(id=made.job_id)).status == "DONE"
    assert await AuditEntry.filter(action="FINISH_EXPORT", subject="system").count() == 1


async def test_finish_by_a_worker_that_lost_the_job_changes_nothing(db: Database) -> None:
    made = await asked(db, await a_billed_partner(db))
    job = await claimed(db, made)
    await db.transact(start_export, job)
    await Job.all().update(run=2, owner="other")
    with pytest.raises(Superseded):
        await db.transact(finish_export, job, WRITTEN, terms=TERMS, now=NOW)
    assert (await ExportJob.get(id=made.export_id)).status == "RUNNING"
    assert await AuditEntry.filter(action="FINISH_EXPORT").count() == 0


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("Unavailable: The file store is full; …", "The file store is full; …"),
        ("LookupError (job-7-1)", "The file could not be written (LookupError (job-7-1))."),
        ("Conflict: " + "x" * 999, "x" * 400),
    ],
)
async def test_export_that_is_given_up_says_why(db: Database, reason: str, told: str) -> None:
    made = await asked(db, await a_billed_partner(db))
    job = await claimed(db, made)
    await db.transact(fail_export, job, reason, NOW)
    export = await ExportJob.get(id=made.export_id)
    assert (export.status, export.error, export.finished_at) == ("FAILED", told, NOW)
    assert (export.object_key, export.expires_at) == (None, None)
    [entry] = await AuditEntry.filter(action="FAIL_EXPORT")
    assert entry.details == {"reason": told}


async def test_failed_export_can_be_started_again(db: Database) -> None:
    made = await asked(db, await a_billed_partner(db))
    job = await claimed(db, made)
    await db.transact(fail_export, job, "X: y", NOW)
    export = await db.transact(start_export, job)
    assert export is not None
    assert (export.status, export.error, export.finished_at) == ("RUNNING", None, None)


@pytest.mark.parametrize("status", ["SUCCEEDED", "CANCELLED", "EXPIRED"])
async def test_export_that_is_over_is_not_started_again(db: Database, status: ExportStatus) -> None:
    made = await asked(db, await a_billed_partner(db))
    job = await claimed(db, made)
    await ExportJob.all().update(status=status)
    assert await db.transact(start_export, job) is None
    assert (await ExportJob.get(id=made.export_id)).status == status


async def test_requests_at_once_with_one_key_make_one_export(db: Database) -> None:
    partner = await a_billed_partner(db)
    order = an_order(idempotency_key="k")
    calls = (
        db.transact(request_export, finance(partner), order=order, terms=TERMS, now=NOW)
        for _ in range(20)
    )
    made = await asyncio.gather(*calls)
    assert len(set(made)) == await ExportJob.all().count() == 1
