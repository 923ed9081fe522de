"""The tables that a dataset fills, in the text format of COPY."""

from datetime import UTC, datetime, timedelta

NULL = "\\N"
_ISSUED = datetime(2026, 1, 5, 1, tzinfo=UTC)
_OF_VERSION = "id version_id partner_id customer_id currency"
_SUMS = "expenditures refunds adjustments total"
_SUMS_OF_BILL = (
    "expenditures refunds adjustments settlement coupons rounding tax bill_amount amount_due credit"
)

# By table: the columns that differ from row to row, and the values of those that do not.
_TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "partners": (
        "id name time_zone confirmation_required credit_policy payment_days last_posting",
        {"revision": "0", "created_at": _ISSUED.isoformat()},
    ),
    "billing_accounts": ("id partner_id account", {}),
    "customers": ("id partner_id account name association token", {}),
    "bills": (
        """id partner_id cycle kind currency status version version_id booked issued_at due_at
        confirmed_at confirmed_by""",
        {"paid": "0", "is_late": "f"},
    ),
    "bill_versions": (
        f"""id bill_id partner_id currency charge_count customer_count {_SUMS_OF_BILL} digest
        created_at""",
        {"number": "1", "reason": "ISSUED", "through_posting": "1", "previous_digest": ""},
    ),
    "bill_customers": (
        f"{_OF_VERSION} rank charge_count {_SUMS}",
        {},
    ),
    "derived_lines": (
        "id version_id partner_id currency position line_type name amount",
        {},
    ),
    "product_lines": (
        f"{_OF_VERSION} rank product region charge_count checksum {_SUMS}",
        {"market": "CLOUD", "tax": "0"},
    ),
    "ledger_entries": (
        "id partner_id currency account event transaction_ref amount posted_at",
        {},
    ),
    "billable_cycles": ("id partner_id cycle kind currency last_posting is_billed", {}),
    "charges": (
        """id partner_id cycle customer_id product region charge_type amount origin_cycle account
        key checksum""",
        {
            **{"kind": "RESELLER", "currency": "USD", "posting": "1", "category": "Usage"},
            **{"market": "CLOUD", "billing_mode": "PAY_PER_USE", "occurrence": "0"},
            "posted_at": _ISSUED.isoformat(),
        },
    ),
}
COLUMNS = {table: [*varying.split(), *constants] for table, (varying, constants) in _TABLES.items()}
_ENDS = {
    table: "".join(f"\t{value}" for value in constants.values())
    for table, (_, constants) in _TABLES.items()
}


def line(table: str, *values: object) -> str:
    """One row, from the values that differ from row to row."""
    return "\t".join(map(str, values)) + _ENDS[table]


def amount(millionths: int) -> str:
    """A whole number of the sixth decimal, as an amount."""
    whole, decimals = divmod(abs(millionths), 10**6)
    return f"{'-' if millionths < 0 else ''}{whole}.{decimals:06}"


def instant(days: int) -> str:
    """So many days after the bills were issued."""
    return (_ISSUED + timedelta(days=days)).isoformat()
