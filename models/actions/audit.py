"""The append-only trail of who did what (R60)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models.adapters.database import Tx
from models.rules.principals import Principal
from models.tables.audit import AuditEntry

SYSTEM = "system"
# Whose an act is that is about no partner: so every row of the trail has one to be found by.
INSTALLATION = 0


@dataclass(frozen=True, slots=True)
class Act:
    """What was done to what; `details` hold facts and reasons, never personal data."""

    action: str
    object_id: str
    partner_id: int | None = None
    details: dict[str, Any] = field(default_factory=dict)


async def record(tx: Tx, who: Principal | None, act: Act, *, now: datetime) -> None:
    """Write one audit row in the verb's own transaction; `who` is None for the system."""
    await AuditEntry.create(
        using_db=tx.client,
        at=now,
        subject=who.subject if who else SYSTEM,
        role=who.role.value if who else SYSTEM,
        partner_id=INSTALLATION if act.partner_id is None else act.partner_id,
        action=act.action,
        object_id=act.object_id,
        details=act.details,
    )
