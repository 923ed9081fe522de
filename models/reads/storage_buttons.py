"""The buttons of bill storage, for whoever asks: facts from one row, and the verbs' own guards."""

from collections.abc import Mapping
from typing import Any

from models.reads.engine.ingredients import members, word
from models.reads.engine.plans import Request
from models.reads.engine.shapes import Item, Made, Shape
from models.rules.storage_actions import available_storage_actions
from models.rules.storage_guards import StorageFacts
from models.rules.storage_states import GrantStatus

# Of a partner's row, beside which that of its storage stands once there is one.
LATEST_GRANT = "(SELECT max(g.id) FROM storage_grants g WHERE g.partner_id = {t}.id)"
IS_ELIGIBLE = "coalesce({t}s.is_eligible, FALSE)"
IS_ENABLED = "coalesce({t}s.is_enabled, FALSE)"


def _truth(condition: str) -> str:
    return f"CASE WHEN {condition} THEN 'true' ELSE 'false' END"


_FACTS = members(
    {
        "isEligible": _truth(IS_ELIGIBLE),
        "isEnabled": _truth(IS_ENABLED),
        "grant": f"coalesce((SELECT {word('s.status')} FROM storage_grants s"
        f" WHERE s.partner_id = {{t}}.id AND s.id = {LATEST_GRANT}), 'null')",
    }
)


def _actions(request: Request, facts: Any, _taken: Mapping[str, Any]) -> list[dict[str, Any]]:
    grant = None if facts["grant"] is None else GrantStatus(facts["grant"])
    storage = StorageFacts(facts["isEligible"], grant, facts["isEnabled"])
    return [
        {
            "action": each.action.value,
            "allowed": each.refusal is None,
            "reasonCode": each.refusal.code.value if each.refusal else None,
            "reason": each.refusal.message if each.refusal else None,
        }
        for each in available_storage_actions(request.principal, storage)
    ]


AVAILABLE_STORAGE_ACTION = Shape(
    "AvailableStorageAction",
    "",
    {"action": Item(), "allowed": Item(), "reasonCode": Item(), "reason": Item()},
)

OF_STORAGE = Made(_FACTS, _actions, "AvailableStorageAction")
