"""Invoices through the real application: seen by whom, fetched by whom, addressed to whom."""

from pathlib import Path
from typing import Any

import pytest

from models.actions import jobs
from models.actions.invoice_writing import write_invoice
from models.actions.jobs import Claimant
from models.adapters.database import Database
from models.adapters.files import LocalFiles
from models.adapters.settings import Settings
from models.rules.jobs import JobKind
from models.rules.links import download_path
from models.rules.principals import Role
from models.tables.audit import AuditEntry
from tests.actions.desk import NOW, Desk
from tests.api.client import Client
from tests.builders import a_partner

INVOICE = "number documentType issuedAt amount { amount currency } sizeBytes sha256 downloadUrl"
OF_BILL = f"query ($id: ID!) {{ bill(id: $id) {{ invoice {{ id bill {{ id }} {INVOICE} }} }} }}"
OF_PARTNER = f"""query ($id: ID!) {{ partner(id: $id) {{
    invoices {{ totalCount nodes {{ {INVOICE} }} }} }} }}"""
NODE = f"query ($id: ID!) {{ node(id: $id) {{ id ... on Invoice {{ {INVOICE} }} }} }}"
SET = """mutation ($input: SetBillingAddressInput!) { setBillingAddress(input: $input) {
    userErrors { code path }
    partner { billingAddress { legalName street city postcode country taxNumber } } } }"""
ADDRESS = {
    "legalName": "北京云合科技有限公司",
    "street": "中关村大街 27 号",
    "city": "北京",
    "postcode": "100080",
    "country": "CN",
    "taxNumber": "91110108MA0BUYER01",
}


@pytest.fixture
async def desk(api: Client, db: Database) -> Desk:
    desk = Desk(db, await a_partner(db))
    api.now = NOW
    api.sign_in(Role.PARTNER_VIEWER, desk.partner)
    return desk


async def written(desk: Desk, folder: Path) -> None:
    """Let a worker write what is due, into the application's own store."""
    ann = Claimant("ann", Settings().lease, frozenset({JobKind.WRITE_INVOICE}))
    files, seller = LocalFiles(folder / "data" / "files"), Settings().vendor
    for job in await desk.db.transact(jobs.claim, ann, limit=9, now=NOW):
        await write_invoice(desk.db, files, job, seller=seller, now=lambda: NOW)


async def invoice_of(api: Client, bill: int) -> Any:
    return (await api.ask(OF_BILL, {"id": f"bil_{bill}"}))["bill"]["invoice"]


async def test_bill_has_no_invoice_before_it_is_confirmed(api: Client, desk: Desk) -> None:
    assert await invoice_of(api, await desk.bill()) is None


async def test_invoice_is_numbered_at_once_and_its_file_follows(
    api: Client, desk: Desk, tmp_path: Path
) -> None:
    bill = await desk.payable("12.345")
    invoice = await invoice_of(api, bill)
    assert invoice == {
        "id": "inv_1",
        "bill": {"id": f"bil_{bill}"},
        "number": "INV-2026-000001",
        "documentType": "INVOICE",
        "issuedAt": "2026-06-05T01:02:03.456789Z",
        "amount": {"amount": "12.35", "currency": "USD"},
        "sizeBytes": None,
        "sha256": None,
        "downloadUrl": None,
    }
    await written(desk, tmp_path)
    invoice = await invoice_of(api, bill)
    answer = await api.http.get(invoice["downloadUrl"])
    assert answer.status_code == 200 and answer.content.startswith(b"%PDF-1.7")
    assert len(answer.content) == int(invoice["sizeBytes"])
    assert answer.headers["content-type"] == "application/pdf"
    disposition = answer.headers["content-disposition"]
    assert disposition == 'attachment; filename="INV-2026-000001.pdf"'
    assert answer.headers["etag"] == f'"{invoice["sha256"]}"'


async def test_credit_note_stands_for_a_negative_bill(api: Client, desk: Desk) -> None:
    invoice = await invoice_of(api, await desk.payable("-5", charge_type="REFUND"))
    assert (invoice["number"], invoice["documentType"]) == ("CN-2026-000001", "CREDIT_NOTE")
    assert invoice["amount"] == {"amount": "-5", "currency": "USD"}


async def test_partner_has_all_its_documents_newest_first(api: Client, desk: Desk) -> None:
    await desk.payable("1", cycle="2026-01")
    await desk.payable("2", cycle="2026-02")
    answer = await api.ask(OF_PARTNER, {"id": f"prt_{desk.partner}"})
    invoices = answer["partner"]["invoices"]
    assert invoices["totalCount"] == 2
    assert [node["number"] for node in invoices["nodes"]] == ["INV-2026-000002", "INV-2026-000001"]


async def test_invoice_of_another_partner_is_like_none(
    api: Client, desk: Desk, db: Database, tmp_path: Path
) -> None:
    await desk.payable()
    await written(desk, tmp_path)
    mine = (await api.ask(NODE, {"id": "inv_1"}))["node"]
    assert mine["number"] == "INV-2026-000001"
    api.sign_in(Role.PARTNER_ADMIN, await a_partner(db))
    assert (await api.ask(NODE, {"id": "inv_1"}))["node"] is None
    link = mine["downloadUrl"].replace(f"prt_{desk.partner}", f"prt_{desk.partner + 1}")
    assert (await api.http.get(link)).status_code == 403


async def test_link_of_ours_to_another_partners_invoice_leads_nowhere(
    api: Client, desk: Desk, db: Database, tmp_path: Path
) -> None:
    await desk.payable()
    await written(desk, tmp_path)
    secret = Settings().secret.get_secret_value()
    expires = NOW + Settings().link_lifetime
    other = await a_partner(db)
    answer = await api.http.get(download_path(other, "inv_1", secret=secret, expires=expires))
    assert answer.status_code == 404


async def test_file_that_is_not_written_yet_is_said_to_be_so(api: Client, desk: Desk) -> None:
    await desk.payable()
    secret = Settings().secret.get_secret_value()
    expires = NOW + Settings().link_lifetime
    path = download_path(desk.partner, "inv_1", secret=secret, expires=expires)
    answer = await api.http.get(path)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (
        409,
        "INVALID_STATE",
    )


@pytest.mark.parametrize("role", [Role.SALES_OPS, Role.AUDITOR, Role.PARTNER_FINANCE])
async def test_every_role_that_reads_may_fetch_it(
    api: Client, desk: Desk, tmp_path: Path, role: Role
) -> None:
    bill = await desk.payable()
    await written(desk, tmp_path)
    api.sign_in(role, desk.partner if role is Role.PARTNER_FINANCE else None)
    assert (await invoice_of(api, bill))["downloadUrl"] is not None


async def test_link_to_an_invoice_is_none_to_the_export_of_that_number(
    api: Client, desk: Desk, tmp_path: Path
) -> None:
    bill = await desk.payable()
    await written(desk, tmp_path)
    link = (await invoice_of(api, bill))["downloadUrl"]
    answer = await api.http.get(link.replace("inv_1", "exp_1"))
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (
        403,
        "LINK_INVALID",
    )


async def set_address(api: Client, desk: Desk, **changes: Any) -> Any:
    sent = {"partnerId": f"prt_{desk.partner}", **ADDRESS, **changes}
    return (await api.ask(SET, {"input": sent}))["setBillingAddress"]


async def test_sales_sets_the_address(api: Client, desk: Desk) -> None:
    api.sign_in(Role.SALES_OPS)
    answer = await set_address(api, desk)
    assert answer == {"userErrors": [], "partner": {"billingAddress": ADDRESS}}


async def test_partner_does_not_set_its_address(api: Client, desk: Desk) -> None:
    answer = await set_address(api, desk)
    assert [error["code"] for error in answer["userErrors"]] == ["FORBIDDEN"]
    assert answer["partner"]["billingAddress"] is None
    assert await AuditEntry.all().count() == 0


async def test_bad_address_is_refused_with_its_field(api: Client, desk: Desk) -> None:
    api.sign_in(Role.SALES_OPS)
    answer = await set_address(api, desk, country="China")
    assert answer["userErrors"] == [{"code": "INVALID_INPUT", "path": ["country"]}]
    answer = await set_address(api, desk, partnerId="bil_1")
    assert [error["code"] for error in answer["userErrors"]] == ["INVALID_ID"]
    assert await AuditEntry.all().count() == 0
