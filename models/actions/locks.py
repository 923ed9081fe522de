"""Taking turns: verbs that move one partner's money or charges run one after another."""

from models.adapters.database import Tx
from models.rules.errors import NotFound


async def lock_partner(tx: Tx, partner_id: int) -> None:
    """Hold the partner's row until the transaction ends; raises NotFound.

    An UPDATE, as SELECT … FOR UPDATE does nothing on SQLite. It must be the first statement.
    """
    changed = await tx.execute(
        "UPDATE partners SET revision = revision + 1 WHERE id = $1", partner_id
    )
    if not changed:
        raise NotFound("There is no such partner.")
