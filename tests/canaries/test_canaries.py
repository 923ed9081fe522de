"""Nothing personal and nothing secret leaves where it belongs: a month full of marks, searched.

API, worker and commands run as processes of their own, with a real Valkey, a bucket, a receiver of
webhooks and a small Stripe; much of it goes wrong on purpose. What they say, send and keep is
searched for marks afterwards. Where one may stand is written down here: anywhere else it is a leak.
"""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from models.adapters.database import Database
from models.rules.principals import PARTNER_ROLES
from tests.canaries import mishaps, months
from tests.canaries.houses import House
from tests.canaries.marks import Mark, found
from tests.canaries.stages import a_house
from tests.peers.stores import Peer

# Columns in which something stands in clear, and what: no secret in any of them.
IN_CLEAR = {
    "customers.name": {"customer name", "other name"},
    "customers.mobile": {"mobile"},
    "customers.email": {"e-mail"},
    # What stands in files of charges, and what the vendor writes on lines of its own.
    "charges.resource": {"customer name", "other name", "mobile", "e-mail"},
    "charges.description": {"customer name", "other name", "mobile", "e-mail"},
    "bill_versions.note": {"customer name"},
    "dispute_messages.text": {"question", "reply"},
    # Who a partner is on its invoices.
    "billing_addresses.legal_name": {"legal name"},
    "billing_addresses.street": {"street"},
    "billing_addresses.tax_number": {"tax number"},
    "invoices.content": {"legal name", "street", "tax number"},
    # Where to call, which paths may keep to themselves; by what to pay, which is of no use to
    # anyone without the key to the gateway.
    "webhook_endpoints.url": {"webhook path"},
    "payments.method_ref": {"means of payment", "refused means"},
    # Put there by these tests, so that the product stumbles over it.
    "export_jobs.view": {"customer name"},
    "events.event_type": {"e-mail"},
}
ON_INVOICES = {"legal name", "street", "tax number"}
# Files that others have put there, or that are meant for whoever is on them.
WITH_NAMES = {"data/files/inbox/good.csv", "data/files/inbox/bad.csv"}


async def test_month_full_of_marks_leaks_none(
    db: Database, database_url: str, tmp_path: Path, moto: Peer
) -> None:
    async with a_house(db, database_url, tmp_path, moto) as (house, heard):
        await live(house)
    marks = house.cast.everything
    assert_mishaps_happened(house)
    assert leaks({"log": house.place.log.read_bytes(), "Valkey": heard.getvalue()}, marks) == {}
    assert leaks(enumerate(house.errors), marks) == {}
    assert leaks(enumerate(house.files), marks) == {}
    assert [found(each, marks) for each in house.invoices] == [ON_INVOICES]
    assert_receiver_was_told_none(house)
    assert_answers_hold_none(house)
    assert await columns_in_clear(db, marks) == IN_CLEAR
    assert leaks(on_disk(tmp_path), marks) == {}
    assert leaks(database_files(tmp_path), house.cast.secret) == {}


async def live(house: House) -> None:
    """The month."""
    await months.register(house)
    await months.listen(house)
    bucket = await months.store(house)
    await months.charge(house)
    await months.quarrel(house)
    house.moto.client.delete_bucket(Bucket=bucket)
    await mishaps.send_nonsense(house)
    await months.confirm_and_pay(house)
    await months.export(house)
    await months.deliver(house, bucket)
    await mishaps.knock(house)
    await mishaps.break_rows(house)
    for command in ("jobs", "doctor", "verify"):
        await house.command(command)


def leaks(data: dict[str, bytes] | Iterable[tuple[object, bytes]], marks: list[Mark]) -> object:
    """What was found, and the beginning of where."""
    pieces = data.items() if isinstance(data, dict) else data
    hits = {(name, piece[:300]): found(piece, marks) for name, piece in pieces}
    return {place: each for place, each in hits.items() if each}


def assert_mishaps_happened(house: House) -> None:
    """Or nothing could have been said about them."""
    log = house.place.log.read_text()
    for event in ("request_failed", "job_broke", "job_failed", "PARKED", "bad.csv", "inb_1"):
        assert event in log
    assert log.count("request_failed") == 2
    assert len(house.errors) > 25
    assert len(house.files) == len(months.FORMATS) + 3 + 4 + 2


def assert_receiver_was_told_none(house: House) -> None:
    """Every message came to the address that was named, and held nothing of it or of anybody."""
    assert house.receiver.requests
    for request, body in zip(house.receiver.requests, house.receiver.bodies, strict=True):
        assert house.cast.path.core in request.url.path
        headers = str(request.headers.raw).encode()
        assert leaks({"body": body.encode(), "headers": headers}, house.cast.everything) == {}


def assert_answers_hold_none(house: House) -> None:
    """Secrets are answered once, when they are made; names to the partner, and when revealed."""
    given = {"createWebhookEndpoint": "webhook secret", "rotateWebhookSecret": "webhook secret"}
    cast = house.cast
    for role, asked, body in house.answers:
        secrets = found(body, cast.secret)
        allowed = {what for verb, what in given.items() if f"{{ {verb}(" in asked}
        allowed |= {"signature of a link"} if "downloadUrl" in asked else set()
        assert secrets <= allowed, asked
        if "downloadUrl" in asked:
            assert found(body, [*cast.personal, *cast.confidential]) == set()
        if role not in PARTNER_ROLES and "revealCustomer" not in asked:
            assert found(body, [*cast.personal, *cast.confidential]) == set(), asked


async def columns_in_clear(db: Database, marks: list[Mark]) -> dict[str, set[str]]:
    """What of the marks is found in which column of which table."""
    catalogue = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
        "postgres": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
    }
    hits: dict[str, set[str]] = defaultdict(set)
    for (table,) in await db.fetch(catalogue[db.dialect.name]):
        for row in await db.fetch(f'SELECT * FROM "{table}"'):
            for column in row.keys():  # noqa: SIM118 - a row is a sequence of values
                hits[f"{table}.{column}"] |= found(str(row[column]).encode(), marks)
    return {column: each for column, each in hits.items() if each}


def database_files(folder: Path) -> dict[str, bytes]:
    """The files of SQLite, where what was overwritten is still to be found; else none."""
    return {path.name: path.read_bytes() for path in folder.glob("bills.sqlite3*")}


def on_disk(folder: Path) -> dict[str, bytes]:
    """Every file that is left, but for the database, what was put in the inbox, and invoices."""
    paths = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    return {
        name: path.read_bytes()
        for name, path in paths.items()
        if not name.startswith("bills.sqlite3")
        and name not in WITH_NAMES
        and "/invoices/" not in name
    }
