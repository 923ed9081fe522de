"""How many exports a partner may have at once, and how many bytes of files."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from models.actions.artefact_leavings import discard_files
from models.actions.export_terms import ExportTerms
from models.actions.export_writing import write_export
from models.actions.jobs import Claimant, claim
from models.adapters import sheets
from models.adapters.database import Database
from models.adapters.files import LocalFiles
from models.adapters.settings import Settings
from models.rules.errors import BillingError, ErrorCode
from models.rules.exports import ExportFormat, ExportView
from models.rules.jobs import JobKind
from models.tables.artefacts import ArtefactPart
from models.tables.audit import AuditEntry
from models.tables.exports import ExportJob
from models.tables.jobs import Job
from tests.exporting import (
    LEASE,
    NOW,
    TERMS,
    a_billed_partner,
    a_workshop,
    asked,
    claimed,
    exported,
    left_in,
)


async def refusal(db: Database, partner: int, terms: ExportTerms = TERMS, **changes: object) -> str:
    """Why an export is refused at once; nothing is queued then."""
    before = await ExportJob.all().count()
    with pytest.raises(BillingError) as refused:
        await asked(db, partner, terms=terms, **changes)
    assert await ExportJob.all().count() == await Job.filter(kind="EXPORT").count() == before
    return refused.value.code.value


def test_terms_are_what_the_settings_say() -> None:
    settings = Settings(export_days=3, export_bytes=5, exports_per_partner=7, vendor_name="V")
    assert ExportTerms.of(settings) == ExportTerms(timedelta(days=3), 5, 7, "V")


async def test_only_so_many_exports_are_unfinished_at_once(db: Database) -> None:
    partner = await a_billed_partner(db)
    two = replace(TERMS, unfinished=2)
    first = await asked(db, partner, terms=two, idempotency_key="k")
    await asked(db, partner, terms=two)
    assert await refusal(db, partner, two) == "TOO_MANY_EXPORTS"
    assert await asked(db, partner, terms=two, idempotency_key="k") == first
    await ExportJob.filter(id=1).update(status="FAILED")
    await asked(db, partner, terms=two)


async def test_full_shelf_refuses_an_export_until_a_file_is_gone(
    db: Database, tmp_path: Path
) -> None:
    partner = await a_billed_partner(db)
    file = await exported(db, tmp_path / "files", partner)
    full = replace(TERMS, size=len(file.content))
    assert await refusal(db, partner, full) == "EXPORT_QUOTA_EXCEEDED"
    await ExportJob.all().update(expires_at=NOW)
    await asked(db, partner, terms=full)


@pytest.mark.parametrize("rows_per_part", [5, 100])
async def test_file_for_which_there_is_no_room_fails_and_says_what_to_do(
    db: Database, tmp_path: Path, rows_per_part: int
) -> None:
    folder = tmp_path / "files"
    partner = await a_billed_partner(db)
    kept = await exported(db, folder, partner)
    small = replace(TERMS, size=2 * len(kept.content) - 1)
    made = await asked(db, partner, terms=small)
    workshop = a_workshop(db, LocalFiles(folder), rows_per_part=rows_per_part)
    await write_export(workshop, await claimed(db, made), terms=small)
    export = await ExportJob.get(id=made.export_id)
    assert (export.status, export.object_key, export.expires_at) == ("FAILED", None, None)
    assert "remove files that are not needed any more" in str(export.error)
    assert (await Job.get(id=made.job_id)).status == "DONE"
    assert await AuditEntry.filter(action="FAIL_EXPORT", object_id="exp_2").count() == 1
    cleaner = Claimant("cleaner", LEASE, frozenset({JobKind.DISCARD_FILES}))
    [job] = await db.transact(claim, cleaner, limit=9, now=NOW)
    await discard_files(db, workshop.files, job, now=NOW)
    assert left_in(folder) == [kept.job.object_key]
    assert await ArtefactPart.all().count() == 0


async def test_export_stops_at_the_part_with_which_there_is_no_room_any_more(
    db: Database, tmp_path: Path
) -> None:
    partner = await a_billed_partner(db)
    one_part = replace(TERMS, size=900)
    made = await asked(db, partner, terms=one_part)
    workshop = a_workshop(db, LocalFiles(tmp_path / "files"), rows_per_part=2)
    await write_export(workshop, await claimed(db, made), terms=one_part)
    export = await ExportJob.get(id=1)
    assert export.status == "FAILED"
    assert 0 < export.rows_done < 16


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ((), "INVALID_COLUMN"),
        (("charge", "charge"), "INVALID_COLUMN"),
        (("charge", "; DROP TABLE bills"), "INVALID_COLUMN"),
        (("expenditures",), "INVALID_COLUMN"),
    ],
)
async def test_choice_of_columns_that_cannot_be_met_is_refused(
    db: Database, columns: tuple[str, ...], code: str
) -> None:
    assert await refusal(db, await a_billed_partner(db), columns=columns) == code


async def test_focus_file_is_of_details_and_has_all_columns(db: Database) -> None:
    partner = await a_billed_partner(db)
    focus = {"format": ExportFormat.FOCUS_CSV}
    assert await refusal(db, partner, **focus, columns=("BilledCost",)) == "INVALID_COLUMN"
    assert await refusal(db, partner, **focus, view=ExportView.BY_PRODUCT) == "INVALID_INPUT"


async def test_format_that_is_not_installed_is_refused_at_once(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "find_spec", lambda _name: None)
    partner = await a_billed_partner(db)
    assert await refusal(db, partner, format=ExportFormat.PARQUET) == "FORMAT_UNAVAILABLE"


async def test_same_key_with_other_columns_is_a_conflict(db: Database) -> None:
    partner = await a_billed_partner(db)
    made = await asked(db, partner, idempotency_key="k", columns=("charge", "product"))
    assert await asked(db, partner, idempotency_key="k", columns=("charge", "product")) == made
    for columns in (None, ("product", "charge"), ("charge",)):
        with pytest.raises(BillingError) as refused:
            await asked(db, partner, idempotency_key="k", columns=columns)
        assert refused.value.code is ErrorCode.IDEMPOTENCY_CONFLICT
