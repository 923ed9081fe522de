"""Charges as rows of a file: the details view, of any charges."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.adapters.dialects import Dialect
from models.reads.line_statements import Source

CHARGE_ORDER = "c.customer_id NULLS LAST, c.id"


@dataclass(frozen=True, slots=True)
class ChargeRange:
    """Which charges: a condition on `c`, and what it binds as $1, $2 …"""

    condition: str
    values: tuple[Any, ...]


def charge_source(dialect: Dialect, charges: ChargeRange, constants: Mapping[str, str]) -> Source:
    """The details: one row for each charge, with everything that the view has of it."""
    return Source(
        _detail_cells(dialect), charge_tables(charges), CHARGE_ORDER, charges.values, constants
    )


def charge_tables(charges: ChargeRange) -> str:
    """Charges as `c` with their customers as `k`."""
    return (
        "charges c LEFT JOIN customers k ON k.partner_id = c.partner_id AND k.id = c.customer_id"
        f" WHERE {charges.condition}"
    )


def _detail_cells(d: Dialect) -> dict[str, str]:
    amount = d.amount_text("c.amount")
    difference = d.amount_text(d.minus("c.list_amount", "c.amount"))
    instants = {
        "usage_start": "c.usage_start",
        "usage_end": "c.usage_end",
        "transaction_time": "c.posted_at",
    }
    own = ("charge_type", "market", "product", "region", "resource", "billing_mode", "unit")
    return (
        {name: f"c.{name}" for name in own}
        | {name: d.instant_brief(column) for name, column in instants.items()}
        | {
            "charge": "'chg_' || c.id",
            "customer": "k.token",
            "transaction": "c.transaction_ref",
            "original_charge": "c.original_ref",
            "quantity": d.amount_text("c.quantity"),
            "list_amount": d.amount_text("c.list_amount"),
            # Mostly there is none, and subtracting exactly is slow on SQLite.
            "discount": f"CASE WHEN c.list_amount = c.amount THEN '0' ELSE {difference} END",
            "tax": f"CASE WHEN c.charge_type = 'TAX' THEN {amount} END",
            # A tax is part of no settlement (I1): here it adds nothing.
            "settlement_amount": f"CASE WHEN c.charge_type = 'TAX' THEN '0' ELSE {amount} END",
        }
    )
