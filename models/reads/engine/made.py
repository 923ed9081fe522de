"""Objects that Python makes: of what the database tells, and cut to what was asked.

The statement sends ingredients; a function makes whole objects of them, with every field of their
type, at the cost of a few; what was asked for is then picked from those.
"""

from collections.abc import Mapping
from typing import Any

from models.adapters.currencies import minor_digits
from models.reads.engine.picks import Argument, Pick
from models.reads.engine.plans import Finish, Make, Recipe, Request
from models.reads.engine.shapes import Made, One, Root, Shape, Taken, argument_recipe
from models.rules.money import Money, amount_text, round_half_up

MONEY = "Money"


def money_json(money: Money) -> dict[str, str]:
    """An amount as the fields of the type `Money`."""
    shown = round_half_up(money.amount, minor_digits(money.currency))
    return {
        "amount": amount_text(money.amount),
        "currency": money.currency,
        "display": format(shown, "f"),
    }


def taken(source: Made | One | Root, pick: Pick) -> dict[str, Recipe]:
    """How the value of each argument that the source takes is found; None when it is not given."""
    return {name: _recipe(name, rule, pick) for name, rule in source.takes.items()}


def _recipe(name: str, rule: Taken, pick: Pick) -> Recipe:
    if not rule.of:
        return _given(pick.argument(name), rule.recipe)
    values = [_given(pick.argument(one), lambda value: value) for one in rule.of]
    return lambda request: rule.recipe(*(value(request) for value in values))


def _given(argument: Argument | None, convert: Any) -> Recipe:
    return (lambda _request: None) if argument is None else argument_recipe(argument, convert)


def finish_made(
    make: Make, of_type: str, shapes: Mapping[str, Shape], pick: Pick, recipes: Mapping[str, Recipe]
) -> Finish:
    """The function that makes the objects of one field and picks what was asked."""

    def finish(request: Request, ingredients: Any) -> Any:
        arguments = {name: recipe(request) for name, recipe in recipes.items()}
        return _cut(make(request, ingredients, arguments), of_type, shapes, pick.picks)

    return finish


def _cut(value: Any, type_name: str, shapes: Mapping[str, Shape], picks: tuple[Pick, ...]) -> Any:
    if isinstance(value, list):
        return [_cut(item, type_name, shapes, picks) for item in value]
    if not isinstance(value, dict):
        return value
    return {pick.key: _member(value, type_name, shapes, pick) for pick in picks}


def _member(value: dict[str, Any], type_name: str, shapes: Mapping[str, Shape], pick: Pick) -> Any:
    if pick.name == "__typename":
        return type_name
    below = "" if type_name == MONEY else getattr(shapes[type_name].fields[pick.name], "shape", "")
    return _cut(value[pick.name], below, shapes, pick.picks)
