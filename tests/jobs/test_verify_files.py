"""The command `verify-files`: a folder, a file or a bucket, and nothing else."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.delivered import a_delivery, an_export
from tests.peers.stores import Peer


def _run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    settings = {"BILLS_DATABASE_URL": "postgres://nobody@192.0.2.1/none"}
    return subprocess.run(
        [sys.executable, "-m", "jobs", "verify-files", *map(str, arguments)],
        env={**os.environ, **settings, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_folder_that_is_well(tmp_path: Path) -> None:
    a_delivery(tmp_path)
    done = _run(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("1 files, 3 parts, 8 rows, ")
    assert done.stdout.endswith("rows/s: all is as it should be.\n")


def test_single_download_and_nothing_beside_it(tmp_path: Path) -> None:
    written = an_export(tmp_path)
    (tmp_path / "photo.jpg").write_bytes(b"x")
    assert _run(written.path).returncode == 0
    assert _run(tmp_path).returncode == 1


def test_damage_is_told_and_ends_in_1(tmp_path: Path) -> None:
    a_delivery(tmp_path).path.write_bytes(b"PK")
    done = _run(tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("bills.zip: It has 2 bytes, but the manifest says ")
    assert done.stdout.endswith(": 2 things are wrong.\n")


def test_answer_for_machines(tmp_path: Path) -> None:
    a_delivery(tmp_path).beside.unlink()
    done = _run(tmp_path, "--json")
    assert (done.returncode, done.stderr) == (1, "")
    said = json.loads(done.stdout)
    assert {**said, "bytes": 0} == {
        **{"isWell": False, "files": 1, "parts": 3, "rows": 8, "bytes": 0},
        "findings": [
            {
                "code": "MANIFEST_MISSING",
                "isWrong": True,
                "place": "bills.zip",
                "message": "It was delivered, but has no manifest beside it: unfinished, or that"
                " was removed.",
            }
        ],
    }


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("/nowhere/\x1b[2J", r"NOT_FOUND: /nowhere/\x1b[2J: there is no such folder or file."),
        ("ftp://host/x", "INVALID_BUCKET: "),
        ("minio://key:hidden@host/bucket", "INVALID_BUCKET: "),
        ("minio://host/bucket", "INVALID_BUCKET: "),
    ],
)
def test_place_that_is_none_is_told(place: str, message: str) -> None:
    done = _run(place, BILLS_FILES_ACCESS_KEY_ID="", BILLS_FILES_SECRET_ACCESS_KEY="")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(message)
    assert "Traceback" not in done.stderr
    assert "hidden" not in done.stderr


async def test_bucket_by_variables_of_any_name(tmp_path: Path, peer: Peer) -> None:
    written = a_delivery(tmp_path)
    place = await peer.made("bills")
    for path in (written.path, written.beside):
        key = f"bills/2026/{path.name}"
        peer.client.put_object(Bucket=place.bucket, Key=key, Body=path.read_bytes())
    keys = {"KEY": peer.credentials.access_key_id, "WORD": peer.credentials.secret_access_key}
    named = (peer.files_url(place), "--key-id", "KEY", "--secret", "WORD")
    assert _run(*named, **keys).returncode == 0
    peer.client.put_object(Bucket=place.bucket, Key=f"bills/2026/{written.path.name}", Body=b"PK")
    done = _run(*named, **keys)
    assert done.returncode == 1
    assert done.stderr.startswith("2026/bills.zip: It has 2 bytes")
    assert keys["WORD"] not in done.stderr + done.stdout
