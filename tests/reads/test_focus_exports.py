"""Bills as FOCUS files: what they add up to, what a row says, and that they are read back."""

from decimal import Decimal
from pathlib import Path

from models.adapters.database import Database
from models.tables.bills import BillVersion
from tests.actions.importing import a_registered_partner, charges, take
from tests.focus_bills import VENDOR, a_billed_partner, a_focus_file, rows_of

ABSENT = ""


async def found(db: Database, folder: Path) -> list[dict[str, str]]:
    return rows_of(await a_focus_file(db, folder, await a_billed_partner(db)))


async def test_billed_costs_add_up_to_each_bill(db: Database, tmp_path: Path) -> None:
    sums: dict[str, Decimal] = {}
    for row in await found(db, tmp_path):
        bill = row["x_BillId"]
        sums[bill] = sums.get(bill, Decimal(0)) + Decimal(row["BilledCost"])
    versions = await BillVersion.all()
    assert sums == {f"bil_{version.bill_id}": version.bill_amount for version in versions}
    assert len(sums) == 3


async def test_every_charge_and_derived_line_is_a_row(db: Database, tmp_path: Path) -> None:
    rows = await found(db, tmp_path)
    assert [
        (row["ChargeCategory"], row["ChargeDescription"], row["BilledCost"])
        for row in rows
        if row["BillingCurrency"] == "USD" and row["x_BillKind"] == "RESELLER"
    ] == [
        ("Usage", "", "100.123456789012345678"),
        ("Usage", "", "0.5"),
        ("Usage", "", "-30.25"),
        ("Purchase", "", "9"),
        ("Credit", "", "-1.5"),
        ("Adjustment", "", "2.5"),
        ("Usage", "", "1"),
        ("Credit", "Welcome", "-50.125"),
        ("Adjustment", "Rounding", "0.001543210987654322"),
        ("Tax", "VAT", "1.87"),
        ("Tax", "Imported tax", "0.06"),
    ]


async def test_row_says_what_focus_asks_of_it(db: Database, tmp_path: Path) -> None:
    _, first, counted, refund, purchase, *_ = await found(db, tmp_path)
    assert first == {
        **dict.fromkeys(first, ABSENT),
        "BillingAccountId": "prt_1",
        "BillingAccountName": "'=Northwind, Cloud",
        "InvoiceIssuerName": VENDOR,
        "ProviderName": VENDOR,
        "PublisherName": VENDOR,
        "BillingCurrency": "USD",
        "BillingPeriodStart": "2026-02-01T00:00:00Z",
        "BillingPeriodEnd": "2026-03-01T00:00:00Z",
        "x_BillId": "bil_2",
        "x_BillVersion": "1",
        "x_BillKind": "RESELLER",
        "x_ChargeId": "chg_1",
        "SubAccountId": "token-acme",
        "SubAccountName": "token-acme",
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based",
        "ServiceCategory": "Other",
        "ServiceName": "Elastic Cloud Server",
        "RegionId": "cn-north-4",
        "RegionName": "cn-north-4",
        "ChargePeriodStart": "2026-01-31T16:00:00Z",
        "ChargePeriodEnd": "2026-03-06T12:00:00Z",
        "PricingCategory": "Standard",
        "ListCost": "125.5",
        "ContractedCost": "100.123456789012345678",
        "EffectiveCost": "100.123456789012345678",
        "BilledCost": "100.123456789012345678",
    }
    quantities = ("ConsumedQuantity", "ConsumedUnit", "PricingQuantity", "PricingUnit", "ListCost")
    assert [counted[name] for name in quantities] == ["1000", "GB", "1000", "GB", "0.5"]
    assert refund["x_OriginalChargeId"] == "ord,1"
    assert purchase["ChargeFrequency"] == "Recurring"


async def test_what_belongs_to_an_earlier_month_is_a_correction(
    db: Database, tmp_path: Path
) -> None:
    rows = await found(db, tmp_path)
    corrections = [row["BilledCost"] for row in rows if row["ChargeClass"] == "Correction"]
    assert corrections == ["2.5", "1"]


async def test_marketplace_is_told_by_its_publisher(db: Database, tmp_path: Path) -> None:
    rows = await found(db, tmp_path)
    others = [row["BillingCurrency"] for row in rows if row["PublisherName"] != VENDOR]
    assert others == ["JPY"]


async def test_nothing_personal_is_in_it_and_no_formula(db: Database, tmp_path: Path) -> None:
    path = await a_focus_file(db, tmp_path, await a_billed_partner(db))
    content = path.read_text().casefold()
    assert [word for word in ("acme trading", "acme-trading", "acme.test") if word in content] == []
    own = next(row for row in rows_of(path) if row["x_BillKind"] == "SELF_USE")
    assert own["ChargeDescription"] == "'=token-acme\ntoken-acme"
    assert own["SubAccountId"] == own["SubAccountName"] == ABSENT
    assert not any(
        cell[:1] in {"=", "+", "@"} for row in rows_of(path) for cell in row.values() if cell
    )


async def test_file_is_read_back_by_our_own_import(db: Database, tmp_path: Path) -> None:
    path = await a_focus_file(db, tmp_path, await a_billed_partner(db))
    rows = rows_of(path)
    before = len(await charges(db))
    reader = await a_registered_partner(db, "prt_1")
    result = await take(db, path)
    assert (result.rows, result.added, result.rejected) == (len(rows), len(rows), 0)
    columns = "partner_id, cycle, amount, market, category, currency"
    read = (await charges(db, columns))[before:]
    assert {row[0] for row in read} == {reader}
    assert sorted((row[1], Decimal(row[2]), *row[3:]) for row in read) == sorted(
        (
            row["BillingPeriodStart"][:7],
            Decimal(row["BilledCost"]),
            "CLOUD" if row["PublisherName"] == VENDOR else "MARKETPLACE",
            row["ChargeCategory"],
            row["BillingCurrency"],
        )
        for row in rows
    )
