"""The sub-accounts of a partner's own that have files of their own, and since when (R46)."""

from collections.abc import Collection
from datetime import datetime

from models.actions.rows import save_changes
from models.adapters.database import Tx
from models.reads.accounts import sub_accounts_of
from models.rules.errors import InvalidInput
from models.tables.storage import StorageAccount

MOST_SUB_ACCOUNTS = 100


async def require_sub_accounts(tx: Tx, partner_id: int, accounts: Collection[str]) -> None:
    """Raise InvalidInput unless these are at most 100 sub-accounts of the partner's own."""
    if len(accounts) > MOST_SUB_ACCOUNTS:
        raise InvalidInput(
            f"Choose at most {MOST_SUB_ACCOUNTS} sub-accounts.", path=("subAccounts",)
        )
    own = await sub_accounts_of(tx, partner_id)
    for place, account in enumerate(accounts):
        if account not in own:
            raise InvalidInput(
                "This is no sub-account of the partner's own; take one of availableSubAccounts.",
                path=("subAccounts", str(place)),
            )


async def choose_sub_accounts(
    tx: Tx, partner_id: int, accounts: Collection[str], *, now: datetime
) -> bool:
    """Let these have files of their own, and no others, from now on; whether anything changed.

    What an account had before stays as it is: chosen again, it begins a term of its own.
    """
    latest = await _latest(tx, partner_id)
    chosen = {account for account, row in latest.items() if row.valid_until is None}
    wanted = set(accounts)
    for account in chosen - wanted:
        row = latest[account]
        row.valid_until = max(now, row.valid_from)
        await save_changes(tx, row, ["valid_until"])
    for account in sorted(wanted - chosen):
        former = latest[account].valid_until if account in latest else None
        start = max(now, former) if former else now
        await StorageAccount.create(
            using_db=tx.client, partner_id=partner_id, account=account, valid_from=start
        )
    return wanted != chosen


async def _latest(tx: Tx, partner_id: int) -> dict[str, StorageAccount]:
    rows = StorageAccount.filter(partner_id=partner_id).using_db(tx.client).order_by("id")
    return {row.account: row async for row in rows}
