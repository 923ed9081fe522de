"""Who of one side asks about the other, and what they ask with: real ids, and ids of nothing."""

from typing import Any

from models.rules.principals import PARTNER_ROLES, Principal, Role
from tests.tenancy.inputs import Input
from tests.tenancy.places import Place
from tests.tenancy.sides import Side


def strangers(side: Side) -> list[Principal]:
    """Everybody who sees this side and not the other one."""
    return [side.person(role) for role in Role if role in PARTNER_ROLES] + [side.manager]


def named_at(sent: Any, way: tuple[str, ...]) -> str:
    """What stands at a place of an input; of a list, in its first row."""
    for step in way:
        sent = sent[0] if step == "*" else sent[step]
    return str(sent)


def put_at(sent: Any, way: tuple[str, ...], value: str) -> Any:
    """The same input with something else at a place.

    A customer goes without the charge beside it, which would do for both.
    """
    if not way:
        return value
    step, rest = way[0], way[1:]
    if step == "*":
        return [put_at(sent[0], rest, value), *sent[1:]]
    alone = {"chargeId": None} if step == "customerId" and "chargeId" in sent else {}
    return {**sent, **alone, step: put_at(sent[step], rest, value)}


def within(place: Place) -> tuple[str, ...]:
    """The way from the input of a mutation to a place."""
    assert place.way[0] == "input"
    return place.way[1:]


def with_ids(sent: Input, places: list[Place], ids: list[str]) -> Input:
    """An input that names other things."""
    for place, name in zip(places, ids, strict=True):
        sent = put_at(sent, within(place), name)
    return sent
