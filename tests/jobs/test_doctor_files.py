"""What `doctor` says of the file store."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from jobs.doctor import examine
from jobs.doctor_findings import Finding
from models.adapters.settings import Settings
from tests.peers.stores import Peer


async def finding(settings: Settings) -> Finding:
    [found] = [each async for each in examine(settings) if each.name == "file store"]
    return found


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def remote(peer: Peer, url: str, secret: str = "") -> Settings:
    keys = peer.credentials
    return Settings(
        files_url=url,
        files_access_key_id=keys.access_key_id,
        files_secret_access_key=SecretStr(secret or keys.secret_access_key),
    )


@pytest.fixture(autouse=True)
def away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is looked for in the working folder."""
    monkeypatch.setenv("BILLS_DATA_DIR", str(tmp_path / "data"))


async def test_folder_that_can_be_written_is_well_and_left_clean(tmp_path: Path) -> None:
    found = await finding(Settings(data_dir=tmp_path))
    assert (found.is_well, found.what) == (True, "keeps what it is given")
    assert files_below(tmp_path) == []


async def test_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("")
    found = await finding(Settings(data_dir=tmp_path))
    assert not found.is_well
    assert "BILLS_FILES_URL" in found.remedy


async def test_bucket_is_tried_and_left_clean(peer: Peer) -> None:
    address = await peer.made()
    found = await finding(remote(peer, peer.files_url(address)))
    assert found.is_well
    assert peer.names(address.bucket) == []


async def test_bucket_that_refuses_is_told_without_the_secret(swift: Peer) -> None:
    address = await swift.made()
    found = await finding(remote(swift, swift.files_url(address), "another-secret"))
    assert not found.is_well
    assert "does not accept the access key and its secret" in found.what
    assert "another-secret" not in found.what + found.remedy


async def test_bucket_that_is_not_there_is_told(peer: Peer) -> None:
    found = await finding(remote(peer, peer.files_url(peer.address())))
    assert (found.is_well, "it is not there" in found.what) == (False, True)
