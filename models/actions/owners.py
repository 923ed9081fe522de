"""Whose a thing is, where the principal may see it: the tenant filter of the verbs (R1)."""

from typing import Literal, TypeAlias

from models.reads.accounts import Source
from models.reads.scope import partner_scope
from models.rules.errors import NotFound
from models.rules.principals import Principal

Owned: TypeAlias = Literal["bill", "charge", "delivery", "dispute", "export", "payment"]

_TABLES: dict[Owned, str] = {
    "bill": "bills",
    "charge": "charges",
    "delivery": "deliveries",
    "dispute": "disputes",
    "export": "export_jobs",
    "payment": "payments",
}


async def owner_of(source: Source, principal: Principal, thing: Owned, number: int) -> int:
    """The partner of the thing with this number.

    Raises NotFound, with the thing's id as the path, when there is none or it is not theirs to see.
    """
    scope = partner_scope(principal, "partner_id", 2)
    rows = await source.fetch(
        f"SELECT partner_id FROM {_TABLES[thing]} WHERE id = $1 AND {scope.condition}",
        *(number, *scope.values),
    )
    if not rows:
        raise NotFound(f"There is no such {thing}.", path=(f"{thing}Id",))
    return int(rows[0]["partner_id"])
