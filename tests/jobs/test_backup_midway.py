"""A backup taken in the middle of an export: what is in the making is made anew."""

from pathlib import Path

import pytest

from jobs.backup import back_up
from jobs.restore import restore
from models.adapters.database import Database, open_database
from models.adapters.files import LocalFiles
from models.adapters.settings import Settings
from models.tables.artefacts import ArtefactPart
from models.tables.exports import ExportJob
from tests.actions.test_export_resumption import (
    ROWS_PER_PART,
    DyingFiles,
    Killed,
    a_finished_export,
    lost,
)
from tests.conftest import BACKEND
from tests.exporting import NOW, claimed, run


@pytest.mark.skipif(BACKEND != "sqlite", reason="the embedded store is SQLite")
async def test_export_in_the_making_comes_to_the_same_bytes_elsewhere(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    here = Settings(database_url=database_url, data_dir=tmp_path / "here")
    folder, place = here.data_dir / "files", tmp_path / "backup"
    made, sha256 = await a_finished_export(db, folder)
    dying = DyingFiles(folder, "create", 3)
    with pytest.raises(Killed):
        await run(db, dying, await claimed(db, made), rows_per_part=ROWS_PER_PART)
    assert await ArtefactPart.all().count() > 0
    assert (await back_up(here, place, now=NOW)).files == ()
    there = Settings(data_dir=tmp_path / "there")
    await restore(there, place, replaces=False)
    async with open_database(there.database) as db_there:
        assert await ArtefactPart.all().count() == 0
        await lost(made)
        job = await claimed(db_there, made, "another")
        files = LocalFiles(there.data_dir / "files")
        await run(db_there, files, job, rows_per_part=ROWS_PER_PART)
        export = await ExportJob.get(id=made.export_id)
        assert (export.status, export.sha256) == ("SUCCEEDED", sha256)
