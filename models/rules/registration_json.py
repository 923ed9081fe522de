"""Registrations as they stand in a JSON document: `{"partners": [{"name": …, …}, …]}`.

Unknown keys are refused: a misspelled setting must not be passed over in silence. A key that is
left out says nothing about its setting; null takes a mobile or an e-mail away.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from models.rules.errors import ErrorCode, InvalidInput
from models.rules.registration import (
    UNSAID,
    Association,
    CustomerRegistration,
    PartnerRegistration,
)
from models.rules.states import CreditPolicy

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
Path = tuple[str, ...]

MOST_PARTNERS = 10_000
MOST_CUSTOMERS = 200_000
MOST_ACCOUNTS = 10_000
_REQUIRED: Any = object()
_NAMES = {str: "A text", int: "A whole number", bool: "true or false", list: "A list"}


def read_registrations(document: object) -> tuple[PartnerRegistration, ...]:
    """The partners of a parsed JSON document.

    Raises InvalidInput with the path of what is wrong; a billing account may stand there once.
    """
    fields = _Fields(document, ())
    partners = fields.each("partners", _partner, most=MOST_PARTNERS, default=_REQUIRED)
    fields.end()
    _check_billing_accounts(partners)
    return partners


def path_text(path: Path) -> str:
    """A path as people write it: partners[2].customers[0].email."""
    steps = (f"[{step}]" if step.isdigit() else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def _partner(value: object, path: Path) -> PartnerRegistration:
    fields = _Fields(value, path)
    taken = {
        "name": fields.take("name", str),
        "billing_accounts": fields.each("billingAccounts", _text, MOST_ACCOUNTS, _REQUIRED),
        "time_zone": fields.take("timeZone", str, None),
        "confirmation_required": fields.take("confirmationRequired", bool, None),
        "credit_policy": fields.choice("creditPolicy", CreditPolicy),
        "payment_days": fields.take("paymentDays", int, None),
        "own_accounts": fields.each("ownAccounts", _text, MOST_ACCOUNTS),
        "channel_managers": fields.each("channelManagers", _text, MOST_ACCOUNTS),
        "customers": fields.each("customers", _customer, MOST_CUSTOMERS),
    }
    fields.end()
    return _checked(PartnerRegistration, taken, path)


def _customer(value: object, path: Path) -> CustomerRegistration:
    fields = _Fields(value, path)
    taken = {
        "account": fields.take("account", str),
        "name": fields.take("name", str),
        "association": fields.choice("association", Association),
        "mobile": fields.take("mobile", str, UNSAID, is_nullable=True),
        "email": fields.take("email", str, UNSAID, is_nullable=True),
    }
    fields.end()
    return _checked(CustomerRegistration, taken, path)


def _text(value: object, path: Path) -> str:
    if not isinstance(value, str):
        raise InvalidInput("A text was expected.", path=path)
    return value


def _checked(make: Callable[..., T], taken: dict[str, Any], path: Path) -> T:
    try:
        return make(**taken)
    except InvalidInput as refused:
        raise InvalidInput(refused.message, refused.code, path=(*path, *refused.path)) from refused


def _check_billing_accounts(partners: tuple[PartnerRegistration, ...]) -> None:
    seen: set[str] = set()
    for at, partner in enumerate(partners):
        for place, account in enumerate(partner.billing_accounts):
            if account in seen:
                raise InvalidInput(
                    "This billing account stands at another partner, too.",
                    ErrorCode.ALREADY_EXISTS,
                    path=("partners", str(at), "billingAccounts", str(place)),
                )
            seen.add(account)


class _Fields:
    """The fields of one JSON object, taken one by one; at the end none may be left."""

    def __init__(self, value: object, path: Path) -> None:
        if not isinstance(value, dict):
            raise InvalidInput("An object was expected.", path=path)
        self._left = dict(value)
        self._path = path

    def take(
        self, name: str, kind: type, default: Any = _REQUIRED, *, is_nullable: bool = False
    ) -> Any:
        """The value of a field, of exactly that type or null where it may be; else the default."""
        if name not in self._left:
            if default is _REQUIRED:
                raise InvalidInput("This is missing.", path=(*self._path, name))
            return default
        value = self._left.pop(name)
        # Not isinstance: true is an int in Python, and not in JSON.
        if type(value) is not kind and not (value is None and is_nullable):
            raise InvalidInput(f"{_NAMES[kind]} was expected.", path=(*self._path, name))
        return value

    def choice(self, name: str, choices: type[E]) -> E | None:
        """A field that names a member of an enumeration; None where it is left out."""
        text = self.take(name, str, None)
        if text is None:
            return None
        if text not in choices.__members__:
            names = ", ".join(choices)
            raise InvalidInput(f"One of {names} was expected.", path=(*self._path, name))
        return choices[text]

    def each(
        self, name: str, read: Callable[[object, Path], T], most: int, default: Any = ()
    ) -> tuple[T, ...]:
        """What `read` makes of every item of a list with at most `most` of them."""
        path = (*self._path, name)
        items = self.take(name, list, default)
        if len(items) > most:
            raise InvalidInput(f"At most {most} items are taken, not {len(items)}.", path=path)
        return tuple(read(item, (*path, str(place))) for place, item in enumerate(items))

    def end(self) -> None:
        """Refuse what nobody has taken."""
        for name in self._left:
            raise InvalidInput(
                "There is no such setting; check the spelling.", path=(*self._path, str(name)[:60])
            )
