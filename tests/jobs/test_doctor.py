"""What `doctor` says of an installation in which one thing after another is broken."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from jobs.doctor import examine
from jobs.doctor_findings import Finding
from models.actions.workers import sign_in
from models.adapters.connections import sqlite_path
from models.adapters.database import Database, Tx
from models.adapters.settings import Settings
from models.adapters.sqlite_copies import copy_database
from models.adapters.valkey import valkey_url
from models.reads.migrations import KNOWN
from tests.adapters.test_settings import SAFE
from tests.builders import a_charge, a_partner
from tests.conftest import BACKEND
from tests.hooking import an_endpoint
from tests.illnesses import break_pages, write_garbage
from tests.outages import a_port_of_nobody
from tests.reads.test_metrics import a_delivery, a_job, a_payment, write

HOUR = timedelta(hours=1)


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Clinic:
    """An installation that is well, with one worker."""

    settings: Settings
    now: Callable[[], datetime] = utc_now

    async def findings(self, **changes: Any) -> dict[str, Finding]:
        """Every finding by its name."""
        settings = self.settings.model_copy(update=changes)
        return {each.name: each async for each in examine(settings, self.now)}

    async def ill(self, **changes: Any) -> dict[str, str]:
        """What is ill, and says what to do."""
        found = await self.findings(**changes)
        assert all(each.remedy for each in found.values() if not each.is_well)
        return {name: each.what for name, each in found.items() if not each.is_well}


@pytest.fixture
async def clinic(db: Database, database_url: str, tmp_path: Path) -> Clinic:
    await db.transact(sign_in, "ann", now=utc_now())
    return Clinic(Settings(database_url=database_url, data_dir=tmp_path / "data"))


async def test_nothing_is_ill_where_all_is_well(clinic: Clinic) -> None:
    assert await clinic.ill() == {}


async def test_settings_say_what_production_would_refuse(clinic: Clinic) -> None:
    found = (await clinic.findings())["settings"]
    assert (found.is_well, found.what) == (True, "for trying out")
    for name in ("BILLS_SECRET", "BILLS_OIDC_JWKS_URL", "BILLS_VENDOR_NAME", "BILLS_PUBLIC_URL"):
        assert name in found.remedy


async def test_switches_of_production_are_shown(clinic: Clinic) -> None:
    settings = Settings(
        **SAFE,
        graphiql=True,
        database_url=clinic.settings.database,
        data_dir=clinic.settings.data_dir,
    )
    found = (await Clinic(settings).findings())["settings"]
    assert found.what == "for production, with GraphiQL; /metrics is closed"
    assert "BILLS_METRICS_TOKEN" in found.remedy
    assert (await Clinic(settings).findings())["secret"].what == "your own"


async def test_default_secret_is_ill_as_soon_as_others_reach_it(clinic: Clinic) -> None:
    assert await clinic.ill(public_url="http://localhost:8000") == {}
    assert await clinic.ill(public_url="https://bills.example") == {
        "secret": "the development default"
    }


async def test_folder_that_is_a_file_is_ill(clinic: Clinic, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert {"files"} <= set(await clinic.ill(data_dir=tmp_path / "file"))


async def test_little_room_is_ill(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.doctor_machine.LEAST_FREE_BYTES", 2**60)
    found = await clinic.ill()
    assert list(found) == ["disk"] and found["disk"].endswith("GiB free")


def test_python_without_time_zones_is_ill() -> None:
    code = (
        "import sys; sys.modules['tzdata'] = None\n"
        "from jobs.doctor_machine import zone_data_finding\n"
        "found = zone_data_finding(); print(found.is_well, found.remedy)"
    )
    for path, answer in (("", "False install the package tzdata\n"), (None, "True \n")):
        env = {**os.environ, **({"PYTHONTZPATH": path} if path is not None else {})}
        done = subprocess.run(
            [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
        )
        if path is None and "False" in done.stdout:
            continue  # a system that has no time zones of its own
        assert done.stdout == answer


async def test_queue_that_is_away_is_ill(clinic: Clinic, tmp_path: Path) -> None:
    assert list(await clinic.ill(redis_url=valkey_url(tmp_path))) == ["queue"]


async def test_database_that_is_away_is_ill(clinic: Clinic, tmp_path: Path) -> None:
    if BACKEND == "sqlite":
        url = f"sqlite://{tmp_path / 'nowhere.sqlite3'}"
    else:
        url = f"postgres://bills:secret@127.0.0.1:{a_port_of_nobody()}/bills"
    found = await clinic.ill(database_url=url)
    assert list(found) == ["database"]
    assert "secret" not in str(found)


@pytest.mark.skipif(BACKEND != "postgres", reason="SQLite has one database a file")
async def test_database_that_does_not_exist_is_ill(clinic: Clinic) -> None:
    url = clinic.settings.database.replace("/test_", "/missing_")
    assert list(await clinic.ill(database_url=url)) == ["database"]


@pytest.mark.skipif(BACKEND != "sqlite", reason="a file of the embedded store")
@pytest.mark.parametrize("damage", [write_garbage, break_pages])
async def test_damaged_database_is_one_finding_among_the_others(
    clinic: Clinic, damage: Callable[[Path], None], tmp_path: Path
) -> None:
    copy = tmp_path / "copy.sqlite3"
    copy_database(Path(sqlite_path(clinic.settings.database)), copy)
    damage(copy)
    found = await clinic.findings(database_url=f"sqlite://{copy}")
    assert [each.name for each in found.values() if not each.is_well] == ["database"]
    assert "is damaged" in found["database"].what and "restore" in found["database"].remedy
    assert found["disk"].is_well


async def test_missing_migration_is_ill_and_nothing_else_is_asked(
    clinic: Clinic, db: Database
) -> None:
    async def forget(tx: Tx) -> None:
        await tx.execute("DELETE FROM tortoise_migrations WHERE name = $1", KNOWN[-1])

    await db.transact(forget)
    found = await clinic.ill()
    assert found == {"migrations": f"missing: {KNOWN[-1]}"}
    assert "jobs" not in await clinic.findings()


@pytest.mark.skipif(BACKEND != "postgres", reason="SQLite has this machine's clock")
async def test_clock_that_is_not_the_databases_is_ill(clinic: Clinic) -> None:
    off = Clinic(clinic.settings, lambda: utc_now() - timedelta(seconds=50))
    assert (await off.ill())["clock"].startswith("50.")


async def test_worker_that_is_ahead_of_the_clock_is_ill(clinic: Clinic, db: Database) -> None:
    await db.transact(sign_in, "bob", now=utc_now() + timedelta(seconds=40))
    assert list(await clinic.ill()) == ["clock"]


async def test_partner_of_no_known_time_zone_is_ill(clinic: Clinic, db: Database) -> None:
    await a_partner(db, time_zone="Mars/Olympus")
    assert await clinic.ill() == {"billing zones": "not known: Mars/Olympus"}


async def test_secrets_sealed_under_another_secret_are_ill(clinic: Clinic, db: Database) -> None:
    await an_endpoint(db, await a_partner(db))
    assert await clinic.ill() == {}
    other = SecretStr("another secret of 32 characters.")
    assert list(await clinic.ill(secret=other)) == ["stored secrets"]
    former = [clinic.settings.secret]
    assert await clinic.ill(secret=other, former_secrets=former) == {}


async def test_no_worker_that_lives_is_ill(clinic: Clinic) -> None:
    later = Clinic(clinic.settings, lambda: utc_now() + HOUR)
    found = await later.ill()
    assert found["workers"].startswith("none lives; the last was seen at 20")


async def test_work_that_is_not_done_is_ill(clinic: Clinic, db: Database) -> None:
    partner, now = await a_partner(db), utc_now()
    await a_charge(db, partner, cycle="2024-05")
    await write(
        db,
        a_job("PARKED", "p"),
        a_job("QUEUED", "q", run_at=now - 2 * HOUR),
        a_payment(partner, "UNKNOWN", paid_at=now - 3 * HOUR),
        a_delivery(partner, "FAILED", "d"),
    )
    found = await clinic.ill()
    assert found | {"queued jobs": "", "payments": ""} == {
        "jobs": "1 given up",
        "queued jobs": "",
        "bills": "1 are late and not issued",
        "payments": "",
        "deliveries": "1 have failed",
    }
    assert found["queued jobs"].startswith("one waits for 2:00:")
    assert found["payments"].startswith("1 of unknown outcome, the oldest for 3:00:")


async def test_payment_whose_answer_was_just_lost_is_no_illness(
    clinic: Clinic, db: Database
) -> None:
    await write(db, a_payment(await a_partner(db), "UNKNOWN", paid_at=utc_now() - HOUR))
    assert await clinic.ill() == {}
    assert "unknown" in (await clinic.findings())["payments"].what


def test_command_ends_with_1_where_anything_is_ill(database_url: str, tmp_path: Path) -> None:
    settings = {"BILLS_DATABASE_URL": database_url, "BILLS_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "jobs", "doctor"]
    done = subprocess.run(
        command, env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert "start `worker`" in done.stdout
