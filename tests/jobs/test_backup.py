"""What a backup holds, what is refused, and what is left alone when it is."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

import jobs.backup
from jobs.backup import back_up
from jobs.restore import restore
from models.adapters.database import Database, Tx, open_database
from models.adapters.settings import Settings
from models.rules.backups import Backup, read_backup
from models.rules.errors import BillingError, Conflict, InvalidInput, NotFound, Unavailable
from models.rules.inbox import rejects_key
from tests.api.client import NOW
from tests.builders import a_partner
from tests.conftest import BACKEND
from tests.exporting import a_billed_partner, exported
from tests.illnesses import write_garbage

embedded = pytest.mark.skipif(BACKEND != "sqlite", reason="the embedded store is SQLite")


@dataclass(frozen=True)
class Store:
    """An installation with a finished export, a waiting file of the inbox and a list of rejects."""

    settings: Settings
    place: Path
    folder: Path
    export: str

    async def back_up(self) -> Backup:
        """A backup in `place`."""
        return await back_up(self.settings, self.place, now=NOW)

    @property
    def elsewhere(self) -> Settings:
        """An installation where there is nothing yet."""
        return Settings(data_dir=self.folder / "elsewhere")


@pytest.fixture
async def store(db: Database, database_url: str, tmp_path: Path) -> Store:
    settings = Settings(database_url=database_url, data_dir=tmp_path / "data")
    files = tmp_path / "data" / "files"
    made = await exported(db, files, await a_billed_partner(db))
    rejects = files / rejects_key(2)
    for path, text in ((files / "inbox" / "Mai 北.CSV", "waits"), (rejects, "refused")):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    async def note(tx: Tx) -> None:
        for id_, name, status, rejected in (
            (1, "Mai 北.CSV", "SEEN", None),
            (2, "bad.csv", "REFUSED", 3),
            (3, "done.csv", "IMPORTED", 0),
        ):
            await tx.execute(
                "INSERT INTO inbox_files (id, object_key, tag, size_bytes, status, rejected,"
                " seen_at) VALUES ($1, $2, 't', 5, $3, $4, $5)",
                *(id_, name, status, rejected, NOW),
            )

    await db.transact(note)
    return Store(settings, tmp_path / "backup", tmp_path, str(made.job.object_key))


def below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@embedded
async def test_backup_holds_what_the_database_names_and_comes_back(store: Store) -> None:
    (store.settings.data_dir / "files" / "nobody-names-it").write_text("x")
    named = {store.export, "inbox/Mai 北.CSV", rejects_key(2)}
    made = await store.back_up()
    assert (made.gone, made.unsound) == ((), ())
    wanted = {"bills.sqlite3", "manifest.json", *(f"files/{name}" for name in named)}
    assert below(store.place) == wanted
    assert read_backup((store.place / "manifest.json").read_text()) == made
    assert store.place.stat().st_mode & 0o777 == 0o700
    there = store.elsewhere
    assert await restore(there, store.place, replaces=False) == made
    assert below(there.data_dir / "files") == named
    assert (there.data_dir / "files/inbox/Mai 北.CSV").read_text() == "waits"
    async with open_database(there.database) as db:
        [row] = await db.fetch("SELECT status FROM export_jobs")
        assert row["status"] == "SUCCEEDED"


@embedded
async def test_file_with_a_backslash_in_its_name_comes_back(store: Store, db: Database) -> None:
    await _wait_in_inbox(store, db, "may\\focus.csv")
    made = await store.back_up()
    there = store.elsewhere
    assert await restore(there, store.place, replaces=False) == made
    assert (there.data_dir / "files" / "inbox" / "may\\focus.csv").read_text() == "waits"


@embedded
async def test_backup_that_could_not_be_restored_is_none(store: Store, db: Database) -> None:
    await _wait_in_inbox(store, db, "../../focus.csv")
    with pytest.raises(InvalidInput, match="within the backup"):
        await store.back_up()
    assert "manifest.json" not in below(store.place)


async def _wait_in_inbox(store: Store, db: Database, name: str) -> None:
    (store.settings.data_dir / "files" / "inbox" / name).write_text("waits")

    async def note(tx: Tx) -> None:
        await tx.execute("UPDATE inbox_files SET object_key = $1 WHERE id = 1", name)

    await db.transact(note)


@embedded
async def test_file_that_is_missing_or_changed_is_named_and_the_rest_is_kept(store: Store) -> None:
    files = store.settings.data_dir / "files"
    (files / store.export).write_bytes(b"changed")
    (files / rejects_key(2)).unlink()
    made = await store.back_up()
    assert set(made.unsound) == {store.export, rejects_key(2)}
    assert {file.name for file in made.files} == {f"files/{store.export}", "files/inbox/Mai 北.CSV"}


@embedded
async def test_file_removed_since_the_database_was_copied_is_nothing_wrong(
    store: Store, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def expire(tx: Tx) -> None:
        await tx.execute("UPDATE export_jobs SET status = 'EXPIRED'")

    take = jobs.backup._take

    async def expire_then_take(*args: Any) -> Any:
        await db.transact(expire)
        (store.settings.data_dir / "files" / store.export).unlink()
        return await take(*args)

    monkeypatch.setattr("jobs.backup._take", expire_then_take)
    made = await store.back_up()
    assert (made.gone, made.unsound) == ((store.export,), ())


@embedded
async def test_backup_is_not_made_over_anything(store: Store) -> None:
    store.place.mkdir()
    (store.place / "mine").write_text("x")
    with pytest.raises(Conflict, match="not empty"):
        await store.back_up()
    assert below(store.place) == {"mine"}


@embedded
async def test_restore_leaves_a_store_alone_unless_told_otherwise(
    store: Store, db: Database
) -> None:
    await store.back_up()
    for settings, says in (
        (store.settings, "There is a database already"),
        (
            Settings(
                database_url=f"sqlite://{store.folder / 'new.sqlite3'}",
                data_dir=store.settings.data_dir,
            ),
            "There are files already",
        ),
    ):
        with pytest.raises(Conflict, match=says):
            await restore(settings, store.place, replaces=False)
    assert not (store.folder / "new.sqlite3").exists()
    with pytest.raises(Conflict, match="in use"):
        await restore(store.settings, store.place, replaces=True)


@embedded
async def test_restore_replaces_a_store_that_nobody_uses(
    store: Store, db: Database, tmp_path: Path
) -> None:
    await store.back_up()
    other = Settings(data_dir=tmp_path / "other")
    other.data_dir.mkdir()
    shutil.copy(store.place / "bills.sqlite3", other.data_dir)
    async with open_database(other.database) as there:
        await a_partner(there, name="Made after the backup")
        count = "SELECT count(*) FROM partners"
        after = (await there.fetch(count))[0][0]
    await restore(other, store.place, replaces=True)
    async with open_database(other.database) as there:
        assert (await there.fetch(count))[0][0] == after - 1


@embedded
async def test_damaged_store_is_not_backed_up_and_a_backup_replaces_it(store: Store) -> None:
    made = await store.back_up()
    there = store.elsewhere
    there.data_dir.mkdir()
    write_garbage(there.data_dir / "bills.sqlite3")
    with pytest.raises(Unavailable, match="is damaged; restore"):
        await back_up(there, store.folder / "another", now=NOW)
    assert await restore(there, store.place, replaces=True) == made


def _cut_database(place: Path) -> None:
    with (place / "bills.sqlite3").open("r+b") as file:
        file.truncate(5000)


def _change_file(place: Path) -> None:
    next((place / "files" / "inbox").iterdir()).write_text("wAits")


def _lose_file(place: Path) -> None:
    next((place / "files" / "inbox").iterdir()).unlink()


def _lose_manifest(place: Path) -> None:
    (place / "manifest.json").unlink()


def _rewrite(place: Path, **changes: object) -> None:
    manifest = place / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | changes))


def _lead_out(place: Path) -> None:
    _rewrite(place, files=[{"name": "files/../../x", "size": 0, "sha256": "0" * 64}])


def _come_from_later(place: Path) -> None:
    _rewrite(place, migration="9999_later")


@embedded
@pytest.mark.parametrize(
    ("damage", "error", "says"),
    [
        (_cut_database, InvalidInput, "bills.sqlite3 is not what the manifest says"),
        (_change_file, InvalidInput, "is not what the manifest says"),
        (_lose_file, InvalidInput, "is missing"),
        (_lose_manifest, NotFound, "not finished"),
        (_lead_out, InvalidInput, "within the backup"),
        (_come_from_later, InvalidInput, "later release"),
    ],
)
async def test_unsound_backup_changes_nothing(
    store: Store, damage: Any, error: type[BillingError], says: str
) -> None:
    await store.back_up()
    damage(store.place)
    with pytest.raises(error, match=says):
        await restore(store.elsewhere, store.place, replaces=False)
    assert not store.elsewhere.data_dir.exists()


@embedded
async def test_files_in_a_bucket_stay_there(store: Store) -> None:
    far = Settings(
        database_url=store.settings.database_url,
        files_url="minio://127.0.0.1:9/bucket?tls=no",
        files_access_key_id="k",
        files_secret_access_key=SecretStr("s"),
    )
    assert (await back_up(far, store.place, now=NOW)).files == ()


@pytest.mark.skipif(BACKEND != "postgres", reason="of the other database")
async def test_on_postgresql_it_says_what_to_do_instead(database_url: str, tmp_path: Path) -> None:
    settings = Settings(database_url=database_url, data_dir=tmp_path)
    with pytest.raises(InvalidInput, match=r"pg_dump.*after.*bucket") as refused:
        await back_up(settings, tmp_path / "backup", now=NOW)
    assert "pg_restore" in refused.value.message
    with pytest.raises(InvalidInput, match="pg_restore"):
        await restore(settings, tmp_path / "backup", replaces=False)
    assert not (tmp_path / "backup").exists()
