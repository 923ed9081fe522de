import csv
import gzip
import json
from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from jobs.demo.cast import PARTS
from jobs.demo.focus import COLUMNS
from jobs.demo.generator import write_focus_months, write_registration
from models.rules.money import parse_amount
from models.rules.months import BillingMonth, billing_zone

FIRST = BillingMonth(2025, 11)
Row = dict[str, str]


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    folder = tmp_path_factory.mktemp("focus")
    files = write_focus_months(
        folder, seed=7, first=FIRST, months=8, through=FIRST.plus(7).last_day
    )
    return [row for file in files for row in read(file)]


@pytest.fixture(scope="module")
def partners(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    file = write_registration(tmp_path_factory.mktemp("partners"), seed=7)
    listed: list[dict[str, Any]] = json.loads(file.read_text("utf-8"))["partners"]
    return listed


def read(file: Path) -> list[Row]:
    with gzip.open(file, "rt", encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def one_month(folder: Path, *, seed: int = 7, through: date = FIRST.last_day) -> list[Path]:
    folder.mkdir()
    return write_focus_months(folder, seed=seed, first=FIRST, months=1, through=through)


def test_focus_files_of_same_seed_are_byte_identical(tmp_path: Path) -> None:
    [one], [two] = one_month(tmp_path / "one"), one_month(tmp_path / "two")
    assert one.name == two.name == "focus-2025-11.csv.gz"
    assert one.read_bytes() == two.read_bytes()
    [other] = one_month(tmp_path / "other", seed=8)
    assert one.read_bytes() != other.read_bytes()


def test_focus_files_of_running_month_are_a_part_of_the_complete_month(tmp_path: Path) -> None:
    [whole] = one_month(tmp_path / "whole")
    [begun] = one_month(tmp_path / "begun", through=date(2025, 11, 12))
    complete = [tuple(row.values()) for row in read(whole)]
    known = [tuple(row.values()) for row in read(begun)]
    assert 0 < len(known) < len(complete)
    assert set(known) < set(complete)


def test_focus_files_before_the_first_day_are_not_written(tmp_path: Path) -> None:
    assert one_month(tmp_path / "none", through=date(2025, 10, 31)) == []
    assert list((tmp_path / "none").iterdir()) == []


def test_focus_rows_have_the_columns_of_focus_1_0_and_no_row_twice(rows: list[Row]) -> None:
    assert list(rows[0]) == COLUMNS
    assert len({tuple(row.values()) for row in rows}) == len(rows)


def test_focus_amounts_are_exact_and_have_at_most_18_decimals(rows: list[Row]) -> None:
    for row in rows:
        assert parse_amount(row["BilledCost"]) != 0
        parse_amount(row["ListCost"])
    assert max(len(row["BilledCost"].partition(".")[2]) for row in rows) > 14


def test_focus_charge_periods_lie_in_their_cycle_of_the_partners_zone(rows: list[Row]) -> None:
    zones = {account: billing_zone(part.zone) for part in PARTS for account in part.accounts}
    for row in rows:
        zone = zones[row["BillingAccountId"]]
        cycle = BillingMonth.parse(row["BillingPeriodStart"][:7])
        start, end = cycle.bounds(zone)
        begins = datetime.fromisoformat(row["ChargePeriodStart"])
        assert start <= begins < datetime.fromisoformat(row["ChargePeriodEnd"]) <= end


def test_focus_rows_cover_every_kind_of_charge(rows: list[Row]) -> None:
    def some(**wanted: object) -> bool:
        return any(
            all(
                test(row[name]) if callable(test) else row[name] == test
                for name, test in wanted.items()
            )
            for row in rows
        )

    def negative(text: str) -> bool:
        return text.startswith("-")

    assert some(ChargeCategory="Purchase", ChargeFrequency="Recurring")
    assert some(ChargeCategory="Usage", BilledCost=negative)
    assert some(ChargeCategory="Purchase", BilledCost=negative)
    assert some(ChargeCategory="Adjustment", SubAccountId="")
    assert some(ChargeCategory="Adjustment", BilledCost=lambda text: not negative(text))
    assert some(ChargeCategory="Credit", SubAccountId=bool)
    assert some(ChargeCategory="Tax")
    assert some(ChargeCategory="Usage", RegionId="")
    assert some(ChargeClass="Correction")
    assert {row["PublisherName"] for row in rows} > {row["InvoiceIssuerName"] for row in rows}
    assert {row["BillingCurrency"] for row in rows} == {"CNY", "EUR", "USD", "JPY"}


def test_focus_refunds_never_exceed_what_the_resource_cost(rows: list[Row]) -> None:
    paid: dict[str, Decimal] = defaultdict(Decimal)
    returned: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        amount = Decimal(row["BilledCost"])
        if row["ResourceId"]:
            (paid if amount > 0 else returned)[row["ResourceId"]] += abs(amount)
    assert returned
    assert all(amount <= paid[resource] for resource, amount in returned.items())


def test_one_month_of_one_partner_is_negative(rows: list[Row]) -> None:
    totals: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in rows:
        if row["ChargeCategory"] != "Tax":
            key = row["BillingAccountName"], row["BillingPeriodStart"][:7]
            totals[key] += Decimal(row["BilledCost"])
    below = [key for key, total in totals.items() if total < 0]
    assert below == [("Cedar & Finch Resellers Ltd", "2026-06")]


def test_registration_names_every_account_of_the_files(
    rows: list[Row], partners: list[dict[str, Any]]
) -> None:
    known = {account for partner in partners for account in partner["billingAccounts"]}
    assert {row["BillingAccountId"] for row in rows} == known
    customers = {person["account"] for partner in partners for person in partner["customers"]}
    own = {account for partner in partners for account in partner["ownAccounts"]}
    used = {row["SubAccountId"] for row in rows} - {""}
    assert used == customers | own
    assert not customers & own


def test_registration_is_of_four_partners_of_8_to_40_customers(
    partners: list[dict[str, Any]],
) -> None:
    assert [len(partner["billingAccounts"]) for partner in partners] == [2, 1, 1, 1]
    assert {partner["creditPolicy"] for partner in partners} == {"HELD", "CARRIED"}
    for partner in partners:
        assert 8 <= len(partner["customers"]) <= 40
    people = [person for partner in partners for person in partner["customers"]]
    assert sum(person["association"] == "REFERRAL" for person in people) == 2
    for person in people:
        assert person["email"] is None or person["email"].endswith(("@example.com", "@example.org"))
        assert person["mobile"] is None or person["mobile"].startswith(
            ("+44 7700 900", "+49 30 23125 ")
        )
