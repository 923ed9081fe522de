"""Writes the demo's input: FOCUS files month by month, and the file that registers the partners."""

import csv
import gzip
import io
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from jobs.demo.cast import CHANNEL_MANAGER, PARTS, Customer, Part, customers_of
from jobs.demo.charges import Charge, Period
from jobs.demo.focus import COLUMNS, row_of
from jobs.demo.story import Profile, customer_charges, partner_charges, profile_of
from models.rules.months import BillingMonth, billing_zone


def write_focus_months(
    folder: Path, *, seed: int, first: BillingMonth, months: int, through: date
) -> list[Path]:
    """Write one gzip CSV file a month, all partners in it; a month without a row has no file.

    Nothing posted after the local day `through` is written. The same arguments give the same
    bytes (R70).
    """
    stages = [_Stage(part, seed) for part in PARTS]
    written = []
    for index in range(months):
        month = first.plus(index)
        text = _month_text(stages, month, index, through)
        if text:
            path = folder / f"focus-{month}.csv.gz"
            path.write_bytes(gzip.compress(text.encode(), compresslevel=1, mtime=0))
            written.append(path)
    return written


def write_registration(folder: Path, *, seed: int) -> Path:
    """Write the file that registers the partners and customers of the FOCUS files."""
    path = folder / "partners.json"
    partners = [_registered(part, customers_of(part, seed=seed)) for part in PARTS]
    path.write_text(json.dumps({"partners": partners}, ensure_ascii=False, indent=1), "utf-8")
    return path


class _Stage:
    """One partner with its customers and what each of them uses."""

    def __init__(self, part: Part, seed: int) -> None:
        self.part, self.seed, self.zone = part, seed, billing_zone(part.zone)
        self.customers = customers_of(part, seed=seed)
        self.profiles: list[tuple[Customer, Profile]] = [
            (customer, profile_of(customer, seed=seed)) for customer in self.customers
        ]

    def charges(self, month: BillingMonth, index: int) -> Iterator[Charge]:
        period = Period(month, index, self.zone)
        for customer, profile in self.profiles:
            yield from customer_charges(customer, profile, period, seed=self.seed)
        clients = [customer for customer in self.customers if not customer.is_own]
        yield from partner_charges(self.part, clients, period, seed=self.seed)


def _month_text(stages: list[_Stage], month: BillingMonth, index: int, through: date) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    rows = [
        row_of(charge, month, stage.part.name)
        for stage in stages
        for charge in stage.charges(month, index)
        if charge.posted <= through
    ]
    if not rows:
        return ""
    table.writerow(COLUMNS)
    table.writerows(rows)
    return text.getvalue()


def _registered(part: Part, customers: list[Customer]) -> dict[str, Any]:
    return {
        "name": part.name,
        "timeZone": part.zone,
        "confirmationRequired": part.confirmation_required,
        "creditPolicy": part.credit_policy,
        "billingAccounts": list(part.accounts),
        "ownAccounts": list(part.own_accounts),
        "channelManagers": [CHANNEL_MANAGER, part.manager],
        "customers": [
            {
                "account": customer.account,
                "name": customer.name,
                "association": customer.association,
                "mobile": customer.mobile,
                "email": customer.email,
            }
            for customer in customers
            if not customer.is_own
        ],
    }
