"""Bill storage through the real application: from the allow-list to a bucket, and out again."""

import itertools
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from models.adapters.database import Database
from models.rules.months import INSTANT_TEXT
from models.rules.principals import Role
from models.tables.audit import AuditEntry
from models.tables.storage import BillStorage, StorageDestination
from tests.api.client import NOW, Client, open_client
from tests.api.storage_queries import STORAGE, do, of_peer
from tests.peers.hostile import KEYS, Answer, a_store, hangs_up, refuses
from tests.peers.stores import Peer
from tests.storing import allowed, enabled, granted

MIDNIGHT = "2026-11-21T16:00:00.000000Z"


@pytest.fixture
async def api(database_url: str, tmp_path: Path) -> AsyncIterator[Client]:
    """The application, allowed to call this machine."""
    async with open_client(database_url, tmp_path, allow_private_addresses=True) as client:
        yield client


async def storage(api: Client, partner: int) -> Any:
    return (await api.ask(STORAGE, {"id": f"prt_{partner}"}))["partner"]["billStorage"]


async def test_storage_from_the_allow_list_to_a_bucket_and_out_again(
    api: Client, db: Database, swift: Peer
) -> None:
    partner = await allowed(db, own=("uin-1", "uin-2"))
    name = f"bst_{partner}"
    api.sign_in(Role.PARTNER_ADMIN, partner, "ada")
    asked = await do(api, "requestStorageGrant", storageId=name)
    assert asked["billStorage"]["grant"]["status"] == "REQUESTED"
    agreed = await do(api, "agreeToStorageGrant", grantId=asked["billStorage"]["grant"]["id"])
    grant = agreed["billStorage"]["grant"]
    assert (grant["status"], grant["scope"]) == ("AGREED", "WRITE_BILLS")
    assert (grant["requestedBy"], grant["agreedBy"], grant["withdrawnBy"]) == ("ada", "ada", None)

    wish = of_peer(name, swift, await swift.made())
    probed = await do(api, "probeBillStorageBucket", **wish)
    assert probed["userErrors"] == []
    assert probed["billStorage"]["isEnabled"] is False
    made = await do(
        api, "enableBillStorage", **wish, storesCustomerBills=True, subAccounts=["uin-2"]
    )
    assert made["userErrors"] == []
    shown = made["billStorage"]
    assert (shown["isEnabled"], shown["hasCustomerBills"]) == (True, True)
    assert (shown["subAccounts"], shown["availableSubAccounts"]) == (["uin-2"], ["uin-1", "uin-2"])
    assert shown["destination"]["bucket"] == wish["bucket"]
    assert shown["destination"]["accessKeyHint"] == "…er"  # of test:tester
    assert shown["destination"]["validUntil"] is shown["nextDestination"] is None
    assert swift.names(wish["bucket"]) == []

    api.now += timedelta(hours=1)
    other = of_peer(name, swift, swift.address())
    changed = await do(api, "changeBillStorageBucket", **other, createsBucket=True)
    shown = changed["billStorage"]
    assert shown["destination"]["bucket"] == wish["bucket"]
    assert shown["destination"]["validUntil"] == MIDNIGHT
    assert shown["nextDestination"]["bucket"] == other["bucket"]
    assert shown["nextDestination"]["validFrom"] == MIDNIGHT
    api.now = datetime.fromisoformat(MIDNIGHT)
    shown = await storage(api, partner)
    assert (shown["destination"]["bucket"], shown["nextDestination"]) == (other["bucket"], None)
    assert [node["bucket"] for node in shown["destinations"]["nodes"]] == [
        other["bucket"], wish["bucket"]
    ]  # fmt: skip

    ended = (await do(api, "disableBillStorage", storageId=name))["billStorage"]
    assert (ended["isEnabled"], ended["destination"], ended["subAccounts"]) == (False, None, [])
    assert (ended["hasCustomerBills"], ended["customerBillsSince"]) == (False, None)
    assert ended["destinations"]["totalCount"] == 2


async def test_update_changes_what_is_stored_and_with_which_credentials(
    api: Client, db: Database, swift: Peer
) -> None:
    partner = await granted(db, own=("uin-1",))
    name = f"bst_{partner}"
    api.sign_in(Role.PARTNER_ADMIN, partner, "ada")
    wish = of_peer(name, swift, await swift.made())
    await do(api, "enableBillStorage", **wish)
    sealed = (await StorageDestination.get()).sealed_credentials
    wrong = {"accessKeyId": "test:tester", "secretAccessKey": "wrong"}
    refused = await do(
        api, "updateBillStorage", storageId=name, credentials=wrong, storesCustomerBills=True
    )
    assert refused["userErrors"] == [{"code": "BUCKET_REFUSED", "path": []}]
    assert refused["billStorage"]["hasCustomerBills"] is False
    assert (await StorageDestination.get()).sealed_credentials == sealed
    again = await do(
        api, "updateBillStorage", storageId=name, credentials=wish["credentials"],
        destinationId="sdn_1", storesCustomerBills=True, subAccounts=["uin-1"],
    )  # fmt: skip
    assert again["userErrors"] == []
    shown = again["billStorage"]
    assert (shown["hasCustomerBills"], shown["subAccounts"]) == (True, ["uin-1"])
    assert (await StorageDestination.get()).sealed_credentials not in {sealed, None}
    assert shown["destinations"]["totalCount"] == 1


async def test_time_that_a_bucket_takes_counts(
    api: Client, db: Database, moto: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is answered is of the end of the verb, and so is what is kept."""
    partner = await granted(db)
    api.sign_in(Role.PARTNER_ADMIN, partner)
    ticks = itertools.count()
    monkeypatch.setattr(Client, "now", property(lambda _: NOW + timedelta(seconds=next(ticks))))
    wish = of_peer(f"bst_{partner}", moto, await moto.made())
    made = (await do(api, "enableBillStorage", **wish))["billStorage"]
    assert made["nextDestination"] is None
    assert made["destination"]["validFrom"] == made["destination"]["chosenAt"]
    assert made["destination"]["validFrom"] > made["destination"]["probedAt"]
    assert made["destination"]["probedAt"] > NOW.strftime(INSTANT_TEXT)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (refuses(403, "AccessDenied"), "BUCKET_REFUSED"),
        (refuses(404, "NoSuchBucket"), "BUCKET_NOT_FOUND"),
        (refuses(500, "InternalError"), "BUCKET_UNAVAILABLE"),
        (hangs_up, "BUCKET_UNAVAILABLE"),
    ],
)
async def test_bucket_that_does_not_do_is_an_answer_and_nothing_is_kept(
    api: Client, db: Database, answer: Answer, code: str
) -> None:
    ready, running = await granted(db), await enabled(db)
    before = [await StorageDestination.all().values(), await AuditEntry.all().values()]
    async with a_store(answer) as store:
        for partner, verb in (
            (ready, "enableBillStorage"),
            (ready, "probeBillStorageBucket"),
            (running, "changeBillStorageBucket"),
        ):
            api.sign_in(Role.PARTNER_ADMIN, partner)
            wish = {
                "storageId": f"bst_{partner}", "provider": "S3_COMPATIBLE", "endpoint": store.url,
                "bucket": "some-bucket", "credentials": {
                    "accessKeyId": KEYS.access_key_id, "secretAccessKey": KEYS.secret_access_key
                },
            }  # fmt: skip
            refused = await do(api, verb, **wish)
            assert [error["code"] for error in refused["userErrors"]] == [code]
            assert refused["billStorage"]["id"] == f"bst_{partner}"
        assert len(store.asked) >= 3
    after = [await StorageDestination.all().values(), await AuditEntry.all().values()]
    assert after == before
    assert not (await BillStorage.get(partner_id=ready)).is_enabled


async def test_nobody_is_called_for_those_who_may_not(api: Client, db: Database) -> None:
    ready, running, eligible = await granted(db), await enabled(db), await allowed(db)
    admin = Role.PARTNER_ADMIN
    async with a_store(hangs_up) as store:
        place = {
            "provider": "S3_COMPATIBLE", "endpoint": store.url, "bucket": "some-bucket",
            "credentials": {"accessKeyId": "someone", "secretAccessKey": "x"},
        }  # fmt: skip
        verbs = ["enableBillStorage", "probeBillStorageBucket", "changeBillStorageBucket"]
        cases = [
            (admin, eligible, eligible, ["GRANT_MISSING"] * 2 + ["STORAGE_NOT_ENABLED"]),
            (admin, ready, running, ["NOT_FOUND"] * 3),
            (admin, ready, 99, ["NOT_FOUND"] * 3),
            *((role, running, running, ["FORBIDDEN"] * 3) for role in set(Role) - {admin}),
        ]  # fmt: skip
        for role, own, named, codes in cases:
            is_vendors = role in {Role.CHANNEL_MANAGER, Role.SALES_OPS, Role.AUDITOR}
            api.sign_in(role, None if is_vendors else own)
            for verb, code in zip(verbs, codes, strict=True):
                refused = await do(api, verb, storageId=f"bst_{named}", **place)
                assert [error["code"] for error in refused["userErrors"]] == [code]
            keys = place["credentials"]
            refused = await do(api, "updateBillStorage", storageId=f"bst_{named}", credentials=keys)
            assert refused["userErrors"][0]["code"] == codes[2]
        assert store.asked == []


@pytest.mark.parametrize(
    ("verb", "named"),
    [
        ("allowBillStorage", "partnerId"),
        ("revokeBillStorage", "partnerId"),
        ("requestStorageGrant", "storageId"),
        ("agreeToStorageGrant", "grantId"),
        ("withdrawStorageGrant", "grantId"),
        ("enableBillStorage", "storageId"),
        ("changeBillStorageBucket", "storageId"),
        ("probeBillStorageBucket", "storageId"),
        ("updateBillStorage", "storageId"),
        ("disableBillStorage", "storageId"),
    ],
)
async def test_id_of_another_kind_is_refused(
    api: Client, db: Database, verb: str, named: str
) -> None:
    api.sign_in(Role.PARTNER_ADMIN, await granted(db))
    has_bucket = "Bucket" in verb or verb == "enableBillStorage"
    place = {"provider": "LOCAL_FOLDER", "bucket": "bills"} if has_bucket else {}
    refused = await do(api, verb, **{named: "whe_1"}, **place)
    assert refused["userErrors"] == [{"code": "INVALID_ID", "path": [named]}]
