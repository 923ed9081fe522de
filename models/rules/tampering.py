"""What verification finds: the first thing that is not what everything else says it is."""

from decimal import Decimal

from models.rules.money import amount_text


class Tampered(Exception):
    """Something stored was changed, added or taken away behind the back of the product.

    `where` names it by its public id, `what` says of which of its values; both values are as people
    read them, and hold no personal data.
    """

    def __init__(self, where: str, what: str, expected: object, found: object) -> None:
        super().__init__(f"{where}: {what}: {_said(expected)} expected, {_said(found)} found.")
        self.where = where
        self.what = what


def require_equal(where: str, what: str, *, expected: object, found: object) -> None:
    """Raise Tampered unless both are equal; amounts by value."""
    if expected != found:
        raise Tampered(where, what, expected, found)


def _said(value: object) -> str:
    if isinstance(value, Decimal):
        return amount_text(value)
    return "nothing" if value is None or value == "" else str(value)
