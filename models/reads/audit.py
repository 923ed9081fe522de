"""The audit trail, as those may read it who may (R60)."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import orjson

from models.reads.engine.plans import Request
from models.reads.engine.shapes import (
    Connection,
    Filter,
    Instant,
    Item,
    Key,
    Made,
    Shape,
    Text,
    Word,
    text_filter,
)
from models.rules.principals import Action


def _details(_request: Request, details: Any, _taken: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Facts by name, in the order of their names, which both databases can keep."""
    return [{"name": name, "value": value} for name, value in sorted(_facts(details))]


def _facts(details: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """What stands in nested objects and lists, under names such as `bills.bil_7`."""
    items = enumerate(details) if isinstance(details, list) else details.items()
    for key, value in items:
        name = f"{path}{key}"
        if isinstance(value, (dict, list)):
            yield from _facts(value, f"{name}.")
        elif value is not None:
            yield name, value if isinstance(value, str) else orjson.dumps(value).decode()


AUDIT_DETAIL = Shape("AuditDetail", "", {"name": Item(), "value": Item()})

AUDIT_ENTRY = Shape(
    "AuditEntry",
    "audit_entries {t}",
    {
        "id": Word("'aud_' || {t}.id"),
        "at": Instant("{t}.at"),
        "subject": Text("{t}.subject"),
        "role": Word("CASE WHEN {t}.role = 'system' THEN NULL ELSE {t}.role END", is_nullable=True),
        "action": Text("{t}.action"),
        "objectId": Text("{t}.object_id"),
        "details": Made("CAST({t}.details AS TEXT)", _details, "AuditDetail"),
    },
)


def _trail(where: str) -> Connection:
    return Connection(
        "AuditEntry",
        where,
        (Key("{c}.at", "instant"), Key("{c}.id")),
        is_descending=True,
        filters={
            "action": Filter("{c}.action = {v}", recipe=text_filter),
            "objectId": Filter("{c}.object_id = {v}", recipe=text_filter),
            "from": Filter("{c}.at >= {v}", recipe=datetime.fromisoformat),
            "to": Filter("{c}.at < {v}", recipe=datetime.fromisoformat),
        },
        needs=Action.READ_AUDIT_TRAIL,
    )


OF_PARTNER = _trail("{c}.partner_id = {t}.id")

# A bill's own entries, and those of its adjustments, disputes, payments and documents.
OF_BILL = _trail(
    "{c}.partner_id = {t}.partner_id AND {c}.object_id IN (SELECT 'bil_' || {t}.id"
    " UNION ALL SELECT 'chg_' || g.id FROM charges g WHERE g.import_id IS NULL"
    " AND g.partner_id = {t}.partner_id AND g.origin_cycle = {t}.cycle AND g.kind = {t}.kind"
    " AND g.currency = {t}.currency"
    " UNION ALL SELECT 'dsp_' || d.id FROM disputes d"
    " WHERE d.partner_id = {t}.partner_id AND d.bill_id = {t}.id"
    " UNION ALL SELECT 'pay_' || a.payment_id FROM allocations a"
    " WHERE a.partner_id = {t}.partner_id AND a.bill_id = {t}.id"
    " UNION ALL SELECT 'inv_' || i.id FROM invoices i"
    " WHERE i.partner_id = {t}.partner_id AND i.bill_id = {t}.id)"
)
