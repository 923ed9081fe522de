"""Each statement about a partner's data says whose: all that two lives run, one by one.

What cannot know the partner stands below, by function, with the reason: anything else is a defect.
"""

from pathlib import Path

import pytest

from models.adapters.database import Database
from tests.sharding.lives import a_months_partner, live
from tests.sharding.owned import unnamed
from tests.sharding.survey import Seen, surveyed
from tests.stories import test_month
from tests.stories.scene import open_scene
from tests.tenancy.worlds import a_world

# An id is all that a job, a link of the vendor's or a gateway has: one row by its id, or by a key
# that is unique, and from then on the partner is known.
FIRST_LOOKS = {
    "models/actions/artefact_leavings.py:_kept_delivery",
    "models/actions/artefact_leavings.py:_kept_export",
    "models/actions/bills.py:_locked",
    "models/actions/collections.py:_locked",
    "models/actions/collections.py:collect_payment",
    "models/actions/delivery_moves.py:finish_delivery",
    "models/actions/delivery_moves.py:give_up_delivery",
    "models/actions/delivery_moves.py:postpone_delivery",
    "models/actions/delivery_moves.py:start_delivery",
    "models/actions/export_moves.py:_give_up",
    "models/actions/export_moves.py:finish_export",
    "models/actions/export_moves.py:retire_export",
    "models/actions/export_moves.py:start_export",
    "models/actions/gateway_messages.py:take_message",
    "models/actions/invoices.py:finish_invoice",
    "models/actions/invoices.py:start_invoice",
    "models/actions/owners.py:owner_of",
    "models/actions/reversals.py:refund_payment",
    "models/actions/webhook_sending.py:_give_up",
    "models/actions/webhook_sending.py:send_webhook",
}
# What is due is looked for among all partners, through indexes of the few rows that are open.
SCHEDULE = {"models/reads/schedule.py:due_expiries"}


async def test_every_statement_names_the_partner(
    db: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with surveyed(monkeypatch) as seen:
        async with a_world(db, database_url, tmp_path) as world:
            await live(world)
    assert len(seen) > 200
    assert loose_ones(seen) == {}


async def test_every_statement_of_a_month_names_the_partner(
    db: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_scene(db, database_url, tmp_path) as scene:
        partner = await a_months_partner(scene)
        with surveyed(monkeypatch) as seen:
            await test_month.test_month_from_first_charge_to_downloaded_file(scene, partner)
    assert len(seen) > 100
    assert loose_ones(seen) == {}


def loose_ones(seen: Seen) -> dict[str, str]:
    """Statements that do not say whose rows they mean, though they could."""
    loose = {by: sql for by, sql in seen if unnamed(sql)}
    return {by: loose[by] for by in loose.keys() - FIRST_LOOKS - SCHEDULE}


LOOSE_JOIN = (
    "SELECT 1 FROM bills b JOIN bill_versions v ON v.id = b.version_id WHERE b.partner_id = $1"
)
TIED_JOIN = LOOSE_JOIN.replace("v.id =", "v.partner_id = b.partner_id AND v.id =")
LOOSE_HALF = (
    "SELECT 1 FROM product_lines WHERE partner_id = $1"
    " UNION ALL SELECT 1 FROM bill_customers WHERE version_id = $2"
)


@pytest.mark.parametrize(
    ("sql", "missed"),
    [
        ("SELECT * FROM bills WHERE partner_id = $1 AND id = $2", set()),
        ('SELECT "id" FROM "bills" WHERE "id"=$1', {"bills"}),
        ("SELECT b.partner_id FROM bills b WHERE b.id = $1", {"bills"}),
        (LOOSE_JOIN, {"bill_versions"}),
        (TIED_JOIN, set()),
        (LOOSE_HALF, {"product_lines", "bill_customers"}),
        ("INSERT INTO allocations (payment_id, bill_id) VALUES ($1, $2)", {"allocations"}),
        ("UPDATE bills SET paid = $2 WHERE id = $1", {"bills"}),
        ("SELECT 1 FROM jobs WHERE id = $1", set()),
    ],
)
def test_survey_finds_what_is_not_tied(sql: str, missed: set[str]) -> None:
    assert set(unnamed(sql)) == missed
