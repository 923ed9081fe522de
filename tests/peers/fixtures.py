"""S3 stores that nobody here wrote, started when first needed and once for a process of tests.

moto keeps to `If-None-Match`, and checks no signature. OpenStack Swift checks every signature and
its expiry.
"""

import tempfile
from collections.abc import Iterator

import pytest

from models.rules.buckets import Credentials
from tests.peers.processes import started
from tests.peers.stores import Peer


@pytest.fixture(scope="session")
def moto() -> Iterator[Peer]:
    """A moto server."""
    with started("moto_process") as url:
        yield Peer(url, "us-east-1", Credentials("anyone", "any-secret"))


@pytest.fixture(scope="session")
def swift() -> Iterator[Peer]:
    """OpenStack Swift with its S3 API."""
    with (
        tempfile.TemporaryDirectory(prefix="bills-swift-", ignore_cleanup_errors=True) as folder,
        started("swift_process", folder) as url,
    ):
        yield Peer(url, "eu-north-7", Credentials("test:tester", "testing-secret"))


@pytest.fixture(params=["moto", "swift"])
def peer(request: pytest.FixtureRequest) -> Peer:
    """Each of them in turn."""
    found: Peer = request.getfixturevalue(request.param)
    return found
