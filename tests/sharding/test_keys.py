"""The partner leads every key of a partner's tables, but for those that are named here."""

import re
from typing import Any

from tortoise.indexes import Index

from tests.sharding.conftest import STATEMENTS
from tests.sharding.owned import models, owned, partner_field

# Unique whoever the partner is: given by a series, by a gateway.
UNIQUE_FOR_ALL = {("invoices", ("series", "number")), ("payments", ("method", "gateway_ref"))}
# Among all partners' rows, the few that are open: what the schedule and the figures ask for.
OPEN_ROWS = {
    ("billable_cycles", ("is_billed", "cycle")),
    ("bills", ("id",)),
    ("deliveries", ("status",)),
    ("export_jobs", ("status",)),
    ("payments", ("status", "paid_at")),
}


def columns(names: Any) -> tuple[str, ...]:
    return tuple("partner_id" if name == "partner" else name for name in names)


def fields_of(index: Any) -> list[str]:
    return list(index.fields if isinstance(index, Index) else index)


def test_partner_leads_every_unique_key_and_index() -> None:
    unique, indexes = set(), set()
    for table in owned():
        meta = models()[table]._meta
        unique |= {(table, columns(key)) for key in meta.unique_together}
        indexes |= {(table, columns(fields_of(i))) for i in meta.indexes}
    assert len(unique) > 15
    assert {key for key in unique if key[1][0] != "partner_id"} == UNIQUE_FOR_ALL
    assert {key for key in indexes if key[1][0] != "partner_id"} == OPEN_ROWS


def test_operators_statements_name_every_table() -> None:
    keys = (STATEMENTS / "keys.sql").read_text()
    citus = (STATEMENTS / "citus.sql").read_text()
    told = (STATEMENTS.parents[1] / "docs" / "sharding.md").read_text()
    assert set(re.findall(r"ALTER TABLE (\w+) DROP CONSTRAINT \w+_pkey", keys)) == owned()
    spread = set(re.findall(r"create_distributed_table\('(\w+)', 'partner_id'", citus))
    assert spread == owned()
    row = next(line for line in told.splitlines() if line.startswith("| of a partner, split"))
    assert set(re.findall(r"`(\w+)`", row)) - {"partner_id"} == owned()


def test_no_partners_row_is_without_one() -> None:
    nullable = {table for table in owned() if partner_field(models()[table]).null}
    assert nullable == {"audit_entries"}  # of releases before; keys.sql gives them partner 0
