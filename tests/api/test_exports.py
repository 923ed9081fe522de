"""Exports through the real application: asked for, cancelled, fetched as a zip, given up."""

import io
import zipfile
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from models.actions.export_writing import write_export
from models.adapters.database import Database
from models.adapters.files import LocalFiles
from models.rules.manifest_parsing import parse_manifest
from models.rules.principals import PARTNER_ROLES, Role
from models.tables.jobs import Job
from models.tables.partners import ChannelAssignment
from tests.api.client import NOW, Client
from tests.api.month import Month, a_month
from tests.exporting import TERMS, RequestedExport, a_workshop, claimed

EXPORT = """mutation Export($input: ExportBillsInput!) { exportBills(input: $input) {
    exportJob { id status format columns partCount controlSums { amount } downloadUrl }
    userErrors { code message path } } }"""
CANCEL = """mutation Cancel($id: ID!) { cancelExport(input: { exportId: $id }) {
    exportJob { id status finishedAt } userErrors { code path } } }"""
REMOVE = """mutation Remove($id: ID!) { removeExportFile(input: { exportId: $id }) {
    exportJob { id status downloadUrl sizeBytes } userErrors { code path } } }"""
SHOW = """query Show($id: ID!) { node(id: $id) { ... on ExportJob {
    status fileName partCount rowsDone controlSums { amount currency } downloadUrl } } }"""


@pytest.fixture
async def month(api: Client, db: Database) -> Month:
    made = await a_month(db)
    api.sign_in(Role.PARTNER_FINANCE, made.partner)
    return made


async def do(api: Client, query: str, **variables: Any) -> Any:
    (payload,) = (await api.ask(query, variables)).values()
    return payload


def an_input(**changes: Any) -> dict[str, Any]:
    """The details of one month."""
    values = {"fromCycle": "2026-10", "toCycle": "2026-10", "idempotencyKey": "k"}
    return values | changes


async def written(db: Database, folder: Path) -> None:
    """The worker does what was asked for, five rows a part."""
    [job] = await Job.filter(kind="EXPORT")
    workshop = a_workshop(db, LocalFiles(folder), rows_per_part=5, now=lambda: NOW)
    asked = RequestedExport(job.arguments["export_id"], job.id)
    await write_export(workshop, await claimed(db, asked, at=NOW), terms=TERMS)


async def test_export_says_which_columns_it_has(api: Client, month: Month) -> None:
    chosen = await do(api, EXPORT, input=an_input(columns=["product", "charge"]))
    assert chosen["userErrors"] == []
    assert chosen["exportJob"]["columns"] == ["product", "charge"]
    of_all = await do(api, EXPORT, input=an_input(idempotencyKey="l", view="BY_CUSTOMER"))
    assert of_all["exportJob"]["columns"] == [
        *("cycle", "kind", "currency", "bill", "version", "customer"),
        *("expenditures", "refunds", "adjustments", "total"),
    ]
    assert (of_all["exportJob"]["partCount"], of_all["exportJob"]["controlSums"]) == (None, [])


@pytest.mark.parametrize("file_format", ["CSV", "JSON_LINES", "XLSX", "PARQUET", "FOCUS_CSV"])
async def test_file_of_many_parts_is_fetched_as_a_zip(
    api: Client, month: Month, db: Database, tmp_path: Path, file_format: str
) -> None:
    made = await do(api, EXPORT, input=an_input(format=file_format))
    folder = tmp_path / "data" / "files"
    await written(db, folder)
    shown = await do(api, SHOW, id=made["exportJob"]["id"])
    assert (shown["status"], shown["fileName"][-4:]) == ("SUCCEEDED", ".zip")
    answer = await api.http.get(shown["downloadUrl"])
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        manifest = parse_manifest(archive.read("manifest.json").decode())
        assert len(archive.namelist()) == shown["partCount"] + 1 > 2
    said = {each["currency"]: Decimal(each["amount"]) for each in shown["controlSums"]}
    assert said == manifest.sums
    assert (manifest.rows, manifest.format) == (shown["rowsDone"], file_format)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"toCycle": "2027-10"}, "RANGE_TOO_LONG"),
        ({"columns": ["name"]}, "INVALID_COLUMN"),
        ({"columns": []}, "INVALID_COLUMN"),
        ({"columns": ["=HYPERLINK(1)"]}, "INVALID_COLUMN"),
        ({"format": "FOCUS_CSV", "view": "BY_PRODUCT"}, "INVALID_INPUT"),
    ],
)
async def test_export_that_cannot_be_is_refused_at_once(
    api: Client, month: Month, changes: dict[str, Any], code: str
) -> None:
    refused = await do(api, EXPORT, input=an_input(**changes))
    assert [error["code"] for error in refused["userErrors"]] == [code]
    assert refused["exportJob"] is None
    assert await Job.filter(kind="EXPORT").count() == 0


async def test_export_is_cancelled_once(api: Client, month: Month) -> None:
    made = (await do(api, EXPORT, input=an_input()))["exportJob"]
    first = await do(api, CANCEL, id=made["id"])
    assert (first["userErrors"], first["exportJob"]["status"]) == ([], "CANCELLED")
    api.now += timedelta(minutes=5)
    assert await do(api, CANCEL, id=made["id"]) == first


async def test_file_that_is_given_up_has_no_link_any_more(
    api: Client, month: Month, db: Database, tmp_path: Path
) -> None:
    made = (await do(api, EXPORT, input=an_input()))["exportJob"]
    await written(db, tmp_path / "data" / "files")
    link = (await do(api, SHOW, id=made["id"]))["downloadUrl"]
    assert (await api.http.get(link)).status_code == 200
    removed = await do(api, REMOVE, id=made["id"])
    assert removed["userErrors"] == []
    assert (removed["exportJob"]["status"], removed["exportJob"]["downloadUrl"]) == (
        "EXPIRED",
        None,
    )
    assert removed["exportJob"]["sizeBytes"] > 0
    assert (await api.http.get(link)).status_code == 410
    assert (await do(api, REMOVE, id=made["id"])) == removed
    assert (await do(api, CANCEL, id=made["id"]))["userErrors"] == [
        {"code": "INVALID_STATE", "path": ["exportId"]}
    ]


@pytest.mark.parametrize("role", list(Role))
async def test_file_is_fetched_by_who_may_export_it_and_by_auditors(
    api: Client, month: Month, db: Database, tmp_path: Path, role: Role
) -> None:
    made = (await do(api, EXPORT, input=an_input()))["exportJob"]
    await written(db, tmp_path / "data" / "files")
    await ChannelAssignment.create(partner_id=month.partner, subject="ann")
    api.sign_in(role, month.partner if role in PARTNER_ROLES else None)
    shown = await do(api, SHOW, id=made["id"])
    assert shown["status"] == "SUCCEEDED"
    may = {Role.PARTNER_FINANCE, Role.PARTNER_ADMIN, Role.AUDITOR}
    assert (shown["downloadUrl"] is not None) is (role in may)


@pytest.mark.parametrize("query", [CANCEL, REMOVE])
async def test_export_of_another_partner_is_answered_like_none(
    api: Client, month: Month, db: Database, query: str
) -> None:
    made = (await do(api, EXPORT, input=an_input()))["exportJob"]
    other = await a_month(db)
    api.sign_in(Role.PARTNER_FINANCE, other.partner)
    theirs, nothing = await do(api, query, id=made["id"]), await do(api, query, id="exp_999")
    assert theirs == nothing
    assert theirs["userErrors"] == [{"code": "NOT_FOUND", "path": ["exportId"]}]
    assert theirs["exportJob"] is None
    assert (await do(api, query, id="bil_1"))["userErrors"][0]["code"] == "INVALID_ID"


@pytest.mark.parametrize("query", [CANCEL, REMOVE])
async def test_viewers_end_no_exports(api: Client, month: Month, query: str) -> None:
    made = (await do(api, EXPORT, input=an_input()))["exportJob"]
    api.sign_in(Role.PARTNER_VIEWER, month.partner)
    refused = await do(api, query, id=made["id"])
    assert [error["code"] for error in refused["userErrors"]] == ["FORBIDDEN"]
    assert refused["exportJob"]["status"] == "QUEUED"
