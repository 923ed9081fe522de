"""Whoever may see a partner sees the same of it, but for what is listed here (R72).

All that there is of one partner is asked for as everybody in turn, and held against what its
administrator is shown: what differs is found by looking, not by knowing where.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from models.rules.principals import Role
from models.tables.audit import AuditEntry
from tests.tenancy.asking import ask, mutation
from tests.tenancy.documents import fields_of, node_types, of_node
from tests.tenancy.inputs import INPUTS
from tests.tenancy.worlds import World

ADMIN, FINANCE, VIEWER = Role.PARTNER_ADMIN, Role.PARTNER_FINANCE, Role.PARTNER_VIEWER
MANAGER, SALES, AUDITOR = Role.CHANNEL_MANAGER, Role.SALES_OPS, Role.AUDITOR
VENDOR = {MANAGER, SALES, AUDITOR}


def is_masked(shown: Any) -> bool:
    """Whether only the first letter is left."""
    return re.fullmatch(r".\*\*\*", str(shown)) is not None


def is_hidden(shown: Any) -> bool:
    """Whether nothing is shown at all."""
    return shown is None


def is_without_path(shown: Any) -> bool:
    """Whether only the server is told."""
    return str(shown) == "http://127.0.0.1:9/…"


def is_their_own(_shown: Any) -> bool:
    """A button is one's own; what it says is held against the verbs elsewhere."""
    return True


# What shows something else than to the administrator: to whom, and what.
OTHERWISE: dict[str, tuple[set[Role], Callable[[Any], bool]]] = {
    "Customer.name": (VENDOR, is_masked),
    "Customer.mobile": (VENDOR, is_masked),
    "Customer.email": (VENDOR, is_masked),
    "WebhookEndpoint.url": ({VIEWER, FINANCE, *VENDOR}, is_without_path),
    "Partner.auditTrail": ({VIEWER}, is_hidden),
    "Bill.auditTrail": ({VIEWER}, is_hidden),
    "ExportJob.downloadUrl": ({VIEWER, MANAGER, SALES}, is_hidden),
    "AvailableAction.allowed": ({VIEWER, *VENDOR}, is_their_own),
    "AvailableAction.reason": ({VIEWER, FINANCE, *VENDOR}, is_their_own),
    "AvailableAction.reasonCode": ({VIEWER, *VENDOR}, is_their_own),
    "AvailableStorageAction.allowed": ({VIEWER, FINANCE, *VENDOR}, is_their_own),
    "AvailableStorageAction.reason": ({VIEWER, FINANCE, *VENDOR}, is_their_own),
    "AvailableStorageAction.reasonCode": ({VIEWER, FINANCE, *VENDOR}, is_their_own),
}


async def test_roles_see_the_same_but_for_what_is_listed(world: World) -> None:
    found: dict[str, set[Role]] = defaultdict(set)
    for node in node_types():
        for query in [of_node(node, inner) for inner in fields_of(node)]:
            for name in await world.nodes(world.alpha, node):
                shown = {
                    role: (await ask(world.api, world.alpha.person(role), query, id=name)).data
                    for role in Role
                }
                for role in Role:
                    for field, value in differences(shown[ADMIN], shown[role]):
                        assert OTHERWISE[field][1](value), (field, role, value)
                        found[field].add(role)
    assert found == {field: roles for field, (roles, _) in OTHERWISE.items()}


def differences(one: Any, other: Any) -> Iterator[tuple[str, Any]]:
    """The fields in which two answers to one question differ, and what the other one shows."""
    if isinstance(one, list) and isinstance(other, list):
        for left, right in zip(one, other, strict=True):
            yield from differences(left, right)
    elif isinstance(one, dict) and isinstance(other, dict):
        for name, value in one.items():
            if value != other[name]:
                nested = list(differences(value, other[name]))
                yield from nested or [(f"{one['__typename']}.{name}", other[name])]


async def test_what_is_masked_is_revealed_with_a_reason_that_is_kept(world: World) -> None:
    side, verb = world.alpha, "revealCustomer"
    sent = await INPUTS[verb](side) | {"reason": "Alpha Customer 1 has called about a line"}
    for role in (MANAGER, SALES):
        answer = await ask(world.api, side.person(role), mutation(verb), input=sent)
        person = answer.data[verb]
        assert (person["name"], person["mobile"]) == ("Alpha Customer 1", "+86 Alpha 1")
        assert is_masked(person["customer"]["name"])
        entry = (await AuditEntry.filter(action="REVEAL_CUSTOMER").order_by("-id"))[0]
        assert (entry.subject, entry.role) == (side.person(role).subject, role)
        assert (entry.partner_id, entry.object_id) == (side.partner, sent["customerId"])
        assert entry.details["reason"].endswith("has called about a line")
        assert "Customer 1" not in str(entry.details)
