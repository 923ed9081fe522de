"""The inbox in a bucket: stores that nobody here wrote."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from jobs.services import Services
from models.adapters.database import Database
from models.rules.buckets import BucketAddress
from models.rules.errors import ErrorCode, NotFound
from tests.actions.importing import a_file, a_registered_partner, count
from tests.jobs.inboxes import inbox, look, run_imports, services_for
from tests.peers.stores import Peer


def _services(db: Database, folder: Path, peer: Peer, place: BucketAddress) -> Services:
    return services_for(
        db,
        folder,
        files_url=peer.files_url(place),
        files_access_key_id=peer.credentials.access_key_id,
        files_secret_access_key=SecretStr(peer.credentials.secret_access_key),
    )


async def test_files_in_a_bucket_are_imported_and_stay(
    db: Database, tmp_path: Path, peer: Peer
) -> None:
    await a_registered_partner(db)
    place = await peer.made("our/files")
    services = _services(db, tmp_path, peer, place)
    good = a_file(tmp_path / "good.csv", [{}]).read_bytes()
    bad = a_file(tmp_path / "bad.csv", [{"BilledCost": "x"}]).read_bytes()
    for name, content in (("a–b.csv", good), ("c.csv", bad), ("copy.csv", good), (".d.csv", good)):
        peer.client.put_object(Bucket=place.bucket, Key=f"our/files/inbox/{name}", Body=content)
    assert [await look(services) for _ in range(2)] == [3, 0]
    await run_imports(services)
    assert sorted(await inbox(db, "object_key, status")) == [
        ("a–b.csv", "IMPORTED"),
        ("c.csv", "REFUSED"),
        ("copy.csv", "KNOWN"),
    ]
    assert await count(db) == 1
    names = peer.names(place.bucket)
    [rejects] = [name for name in names if "rejects" in name]
    assert len([name for name in names if name.startswith("our/files/inbox/")]) == 4
    assert b"BilledCost" in peer.content(place.bucket, rejects)


async def test_file_that_was_replaced_meanwhile_is_not_imported(
    db: Database, tmp_path: Path, moto: Peer
) -> None:
    place = await moto.made("our/files")
    services = _services(db, tmp_path, moto, place)
    key = {"Bucket": place.bucket, "Key": "our/files/inbox/a.csv"}
    moto.client.put_object(**key, Body=b"first")
    await look(services)
    moto.client.put_object(**key, Body=b"second")
    await run_imports(services)
    moto.client.delete_object(**key)
    assert await inbox(db, "status") == [("FAILED",)]


async def test_bucket_that_is_gone_is_no_empty_inbox(
    db: Database, tmp_path: Path, moto: Peer
) -> None:
    services = _services(db, tmp_path, moto, moto.address())
    with pytest.raises(NotFound) as missing:
        await look(services)
    assert missing.value.code is ErrorCode.BUCKET_NOT_FOUND
