"""Under which billing account a partner's own accounts were first seen (I15)."""

from pathlib import Path

from models.adapters.database import Database
from models.tables.partners import OwnAccount
from tests.actions.importing import a_file, a_registered_partner, take


def line(billing: str, sub: str, **changes: str) -> dict[str, str]:
    return {"BillingAccountId": billing, "SubAccountId": sub, **changes}


async def places() -> dict[str, str | None]:
    return {row.account: row.billing_account for row in await OwnAccount.all()}


async def test_own_account_belongs_where_it_was_seen_first(db: Database, tmp_path: Path) -> None:
    await a_registered_partner(db, "1000", "2000", own_accounts=("a", "b", "c"))
    assert await places() == {"a": None, "b": None, "c": None}
    rows = [line("2000", "a"), line("1000", "b"), line("1000", "a"), line("2000", "customer")]
    await take(db, a_file(tmp_path / "first.csv", rows))
    assert await places() == {"a": "2000", "b": "1000", "c": None}
    later = [
        line("1000", "a", BilledCost="9"),
        line("2000", "b", BilledCost="9"),
        line("2000", "c"),
    ]
    await take(db, a_file(tmp_path / "later.csv", later))
    assert await places() == {"a": "2000", "b": "1000", "c": "2000"}


async def test_another_partners_account_of_that_name_is_left_alone(
    db: Database, tmp_path: Path
) -> None:
    await a_registered_partner(db, "1000", own_accounts=("a",))
    await a_registered_partner(db, "3000", own_accounts=("a",))
    await take(db, a_file(tmp_path / "first.csv", [line("3000", "a")]))
    rows = await OwnAccount.all().order_by("partner_id")
    assert [row.billing_account for row in rows] == [None, "3000"]
