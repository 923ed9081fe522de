"""Downloads: whoever holds the link gets the file, whole or in part, and nobody else."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from api.downloads import download_routes
from models.adapters.database import Database
from models.adapters.files import LocalFiles
from models.adapters.production import DEVELOPMENT_SECRET
from models.adapters.settings import Settings
from models.rules.links import download_path
from models.tables.exports import ExportJob
from tests.builders import a_partner
from tests.exporting import NOW, Exported, a_billed_partner, asked, exported

HOUR = timedelta(hours=1)


@dataclass
class Shop:
    """A finished export of partner 1, and a browser without any token; `now` may be moved."""

    http: httpx2.AsyncClient = field(init=False)
    file: Exported = field(init=False)
    folder: Path = field(init=False)
    now: datetime = NOW

    def link(
        self, export_id: int = 1, *, partner: int = 1, secret: str = DEVELOPMENT_SECRET
    ) -> str:
        return download_path(partner, f"exp_{export_id}", secret=secret, expires=NOW + HOUR)

    async def get(self, link: str | None = None, **headers: str) -> httpx2.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.get(link or self.link(), headers=named)


@pytest.fixture
async def shop(db: Database, tmp_path: Path) -> AsyncIterator[Shop]:
    shop = Shop()
    shop.folder = tmp_path / "files"
    routes = download_routes(db, LocalFiles(shop.folder), Settings(), lambda: shop.now)
    shop.file = await exported(db, shop.folder, await a_billed_partner(db))
    transport = httpx2.ASGITransport(app=Starlette(routes=routes), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://bills.test") as http:
        shop.http = http
        yield shop


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    [error] = answer.json()["errors"]
    assert error["message"]
    assert answer.headers["cache-control"] == "private, no-store"
    return answer.status_code, error["extensions"]["code"]


async def test_link_gives_the_whole_file(shop: Shop) -> None:
    answer = await shop.get()
    assert (answer.status_code, answer.content) == (200, shop.file.content)
    wanted = {
        "content-type": "text/csv; charset=utf-8",
        "content-length": str(len(shop.file.content)),
        "content-disposition":
            'attachment; filename="bills-2026-01-to-2026-02-details-exp_1.csv"',
        "etag": f'"{shop.file.job.sha256}"',
        "accept-ranges": "bytes",
        "cache-control": "private, no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }  # fmt: skip
    assert dict(answer.headers) == wanted


async def test_head_says_the_same_without_the_file(shop: Shop) -> None:
    whole, head = await shop.get(), await shop.http.head(shop.link())
    assert (head.status_code, head.content) == (200, b"")
    assert dict(head.headers) == dict(whole.headers)


@pytest.mark.parametrize(
    ("asked_for", "start", "stop"),
    [("bytes=0-9", 0, 10), ("bytes=-5", -5, None), ("bytes=7-", 7, None)],
)
async def test_part_of_the_file_can_be_fetched(
    shop: Shop, asked_for: str, start: int, stop: int | None
) -> None:
    answer = await shop.get(range=asked_for)
    part, size = shop.file.content[start:stop], len(shop.file.content)
    assert (answer.status_code, answer.content) == (206, part)
    first = start % size
    assert answer.headers["content-range"] == f"bytes {first}-{first + len(part) - 1}/{size}"
    assert answer.headers["content-length"] == str(len(part))


async def test_part_outside_the_file_is_refused(shop: Shop) -> None:
    answer = await shop.get(range="bytes=999999-")
    assert refusal(answer) == (416, "BAD_REQUEST")
    assert answer.headers["content-range"] == f"bytes */{len(shop.file.content)}"


async def test_part_of_a_file_that_has_changed_is_sent_whole(shop: Shop) -> None:
    same = await shop.get(range="bytes=0-9", if_range=f'"{shop.file.job.sha256}"')
    other = await shop.get(range="bytes=0-9", if_range='"another"')
    assert (same.status_code, other.status_code) == (206, 200)


async def test_link_that_has_expired_says_so_and_a_new_one_works(shop: Shop) -> None:
    shop.now = NOW + HOUR
    assert refusal(await shop.get()) == (410, "LINK_EXPIRED")
    path = download_path(1, "exp_1", secret=DEVELOPMENT_SECRET, expires=shop.now + HOUR)
    assert (await shop.get(path)).content == shop.file.content


async def test_file_whose_time_is_over_is_gone(shop: Shop) -> None:
    shop.now = NOW + timedelta(days=30)
    path = download_path(1, "exp_1", secret=DEVELOPMENT_SECRET, expires=shop.now + HOUR)
    assert refusal(await shop.get(path)) == (410, "LINK_EXPIRED")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("exp_1?", "exp_2?"),
        ("exp_1?", "exp_01?"),
        ("exp_1?", "bil_1?"),
        ("exp_1?", "..%2Fexp_1?"),
        ("exp_1?", "%2Fetc%2Fpasswd?"),
        ("exp_1?", f"exp_{2**63}?"),
        ("prt_1", "prt_2"),
        ("prt_1", "1"),
        ("expires=1", "expires=2"),
        ("expires=1", "expires=01"),
        ("expires=1", "expires="),
        ("expires=1", "expires=99999999999999999999"),
        ("signature=", "signature=A"),
        ("signature=", "signature=%00"),
        ("&signature=", "&x="),
        ("partner=prt_1&", ""),
    ],
)
async def test_link_that_was_tampered_with_is_refused(shop: Shop, old: str, new: str) -> None:
    tampered = shop.link().replace(old, new, 1)
    assert tampered != shop.link()
    assert refusal(await shop.get(tampered)) == (403, "LINK_INVALID")


async def test_link_signed_with_another_secret_is_refused(shop: Shop) -> None:
    assert refusal(await shop.get(shop.link(secret="another"))) == (403, "LINK_INVALID")


class LinkedFiles(LocalFiles):
    """A file store that has links of its own."""

    def link(self, key: str, lifetime: timedelta) -> str:
        return f"https://store.test/{key}?seconds={lifetime.total_seconds():.0f}"


async def test_store_with_links_is_led_to_once_the_link_was_checked(
    shop: Shop, db: Database
) -> None:
    routes = download_routes(db, LinkedFiles(shop.folder), Settings(), lambda: shop.now)
    transport = httpx2.ASGITransport(app=Starlette(routes=routes))
    async with httpx2.AsyncClient(transport=transport, base_url="http://bills.test") as http:
        answer = await http.get(shop.link())
        assert (answer.status_code, answer.content) == (302, b"")
        key = shop.file.job.object_key
        assert answer.headers["location"] == f"https://store.test/{key}?seconds=300"
        assert answer.headers["cache-control"] == "private, no-store"
        head = await http.head(shop.link())
        assert (head.status_code, head.headers["etag"]) == (200, f'"{shop.file.job.sha256}"')
        for refused in (shop.link(secret="x"), shop.link(2), shop.link(partner=2)):
            assert "location" not in (await http.get(refused)).headers


async def test_export_of_another_partner_is_not_there(shop: Shop, db: Database) -> None:
    other = await a_partner(db, name="Other")
    not_theirs = await shop.get(shop.link(1, partner=other))
    not_there = await shop.get(shop.link(9))
    assert refusal(not_theirs) == refusal(not_there) == (404, "NOT_FOUND")
    assert not_theirs.json() == not_there.json()


@pytest.mark.parametrize("status", ["QUEUED", "RUNNING", "FAILED", "CANCELLED"])
async def test_export_without_a_file_is_not_ready(shop: Shop, db: Database, status: str) -> None:
    await asked(db, 1)
    await ExportJob.filter(id=2).update(status=status)
    assert refusal(await shop.get(shop.link(2))) == (409, "EXPORT_NOT_READY")


async def test_file_that_is_missing_is_not_found(shop: Shop) -> None:
    (shop.folder / str(shop.file.job.object_key)).unlink()
    assert refusal(await shop.get()) == (404, "NOT_FOUND")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_other_methods_are_refused(shop: Shop, method: str) -> None:
    answer = await shop.http.request(method, shop.link())
    assert refusal(answer) == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "GET, HEAD"


async def test_unexpected_failure_is_masked(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise PermissionError("/secret/place")

    monkeypatch.setattr(LocalFiles, "read", broken)
    answer = await shop.get()
    assert refusal(answer) == (500, "INTERNAL")
    assert "secret" not in answer.text
