"""Which file store the settings ask for."""

from contextlib import closing
from pathlib import Path

from models.adapters.file_places import open_files
from models.adapters.files import FileStore
from models.adapters.settings import Settings
from tests.peers.places import open_place
from tests.peers.stores import Peer

KEY = "exports/exp_1/a.csv"


def put(files: FileStore) -> None:
    with closing(files.create(KEY)) as file:
        file.write(b"x")
        file.commit()


def test_files_are_in_the_data_folder_by_default(tmp_path: Path) -> None:
    put(open_files(Settings(data_dir=tmp_path)))
    assert (tmp_path / "files" / KEY).read_bytes() == b"x"


def test_files_are_in_another_folder_when_asked(tmp_path: Path) -> None:
    put(open_files(Settings(files_url=f"file://{tmp_path}/else%20where")))
    assert (tmp_path / "else where" / KEY).read_bytes() == b"x"


async def test_files_are_in_a_bucket_when_asked(peer: Peer) -> None:
    address = await peer.made("ours")
    put(open_place(peer.files_url(address), peer.credentials))
    assert peer.names(address.bucket) == [f"ours/{KEY}"]
