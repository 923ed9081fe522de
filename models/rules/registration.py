"""What a registration of partners and customers must look like.

What a registration leaves out stays as it is, or is by default where there is nothing yet. The
values below are always valid: whoever holds one need not check it again. Refusals are InvalidInput
with the path of what is wrong; they never quote a name, a number or an address.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from enum import Enum, StrEnum
from typing import Any, NoReturn

from models.rules.errors import InvalidInput
from models.rules.months import billing_zone
from models.rules.principals import LONGEST_SUBJECT
from models.rules.states import CreditPolicy

LONGEST_NAME = 400
LONGEST_ID = 1024
# In UTF-8: what an index of either database holds.
LONGEST_ID_BYTES = 2048
LONGEST_EMAIL = 320
MOST_PAYMENT_DAYS = 365
DEFAULT_ZONE = "Asia/Shanghai"

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")
_MOBILE = re.compile(r"\+?[0-9][0-9 ()./-]{2,37}[0-9]")


class Association(StrEnum):
    """How a customer belongs to a partner: only RESELLER customers are on its bills (R21)."""

    RESELLER = "RESELLER"
    REFERRAL = "REFERRAL"


class Unsaid(Enum):
    """Stands where nothing is said about what could also be null."""

    UNSAID = "UNSAID"


UNSAID = Unsaid.UNSAID
# What a new customer is where its registration does not say.
NEW_CUSTOMER = {"association": Association.RESELLER.value, "mobile": None, "email": None}


@dataclass(frozen=True, slots=True)
class CustomerRegistration:
    """An end customer: `account` is its FOCUS SubAccountId.

    An association of None is left out; a mobile or e-mail of None is taken away. Raises
    InvalidInput with the field, as it is spelled in JSON, as its path.
    """

    account: str
    name: str
    association: Association | None = None
    mobile: str | Unsaid | None = UNSAID
    email: str | Unsaid | None = UNSAID

    def __post_init__(self) -> None:
        _check_text(self.account, LONGEST_ID, "account")
        _check_text(self.name, LONGEST_NAME, "name")
        if isinstance(self.mobile, str) and not _MOBILE.fullmatch(self.mobile):
            _refuse("A phone number, such as +86 10 5555 0100, was expected.", "mobile")
        if isinstance(self.email, str):
            _check_text(self.email, LONGEST_EMAIL, "email")
            if not _EMAIL.fullmatch(self.email):
                _refuse("An e-mail address, such as ap@example.com, was expected.", "email")

    @property
    def said(self) -> dict[str, Any]:
        """What it says of the customer, by the fields that it is kept in."""
        association = UNSAID if self.association is None else self.association.value
        all_fields = {
            "name": self.name,
            "association": association,
            "mobile": self.mobile,
            "email": self.email,
        }
        return {name: value for name, value in all_fields.items() if value is not UNSAID}


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of a partner, with what they are by default."""

    name: str
    time_zone: str = DEFAULT_ZONE
    confirmation_required: bool = True
    credit_policy: CreditPolicy = CreditPolicy.HELD
    payment_days: int = 30

    def changes(self, after: "Settings") -> dict[str, dict[str, Any]]:
        """What is different `after`, by the name that it has in JSON: from what to what."""
        pairs = ((f.name, getattr(self, f.name), getattr(after, f.name)) for f in fields(self))
        return {
            _JSON_NAMES.get(name, name): {"from": old, "to": new}
            for name, old, new in pairs
            if old != new
        }


_JSON_NAMES = {
    "time_zone": "timeZone",
    "confirmation_required": "confirmationRequired",
    "credit_policy": "creditPolicy",
    "payment_days": "paymentDays",
}


@dataclass(frozen=True, slots=True)
class PartnerRegistration:
    """A partner with its settings, the accounts that are its own, and its customers.

    A setting of None is left out. `payment_days` (0 to 365) run from the issue of a bill;
    `channel_managers` are token subjects. Raises InvalidInput (also INVALID_TIME_ZONE) with the
    path of the field, spelled as in JSON.
    """

    name: str
    billing_accounts: tuple[str, ...]
    time_zone: str | None = None
    confirmation_required: bool | None = None
    credit_policy: CreditPolicy | None = None
    payment_days: int | None = None
    own_accounts: tuple[str, ...] = ()
    channel_managers: tuple[str, ...] = ()
    customers: tuple[CustomerRegistration, ...] = ()

    def __post_init__(self) -> None:
        _check_text(self.name, LONGEST_NAME, "name")
        if self.time_zone is not None:
            _check_zone(self.time_zone)
        if self.payment_days is not None and not 0 <= self.payment_days <= MOST_PAYMENT_DAYS:
            _refuse(f"0 to {MOST_PAYMENT_DAYS} days were expected.", "paymentDays")
        if not self.billing_accounts:
            _refuse("A partner has at least one billing account.", "billingAccounts")
        _check_ids(self.billing_accounts, LONGEST_ID, "billingAccounts")
        _check_ids(self.own_accounts, LONGEST_ID, "ownAccounts")
        _check_ids(self.channel_managers, LONGEST_SUBJECT, "channelManagers")
        check_accounts(self.customers, own=frozenset(self.own_accounts))

    def settings(self, before: Settings | None = None) -> Settings:
        """The partner's settings as they are now; `before` is None for a new one."""
        said = {f.name: getattr(self, f.name) for f in fields(Settings)}
        given = {name: value for name, value in said.items() if value is not None}
        return replace(before or Settings(self.name), **given)


def check_accounts(
    customers: tuple[CustomerRegistration, ...], *, own: frozenset[str] = frozenset()
) -> None:
    """Check that no account is there twice, or is one of the partner's `own`.

    Raises InvalidInput with the path customers[i].account.
    """
    seen: set[str] = set()
    for place, customer in enumerate(customers):
        path = ("customers", str(place), "account")
        if customer.account in own:
            _refuse("This is one of the partner's own accounts.", *path)
        if customer.account in seen:
            _refuse("This account is there twice.", *path)
        seen.add(customer.account)


def check_own_accounts(accounts: tuple[str, ...], *, customers: Collection[str]) -> None:
    """Check that none of them is a customer's account; raises InvalidInput with ownAccounts[i]."""
    for place, account in enumerate(accounts):
        if account in customers:
            _refuse(
                "This is the account of a customer, and an account stays what it is: take it out of"
                " ownAccounts.",
                *("ownAccounts", str(place)),
            )


def _check_ids(ids: tuple[str, ...], longest: int, field: str) -> None:
    seen: set[str] = set()
    for place, text in enumerate(ids):
        _check_text(text, longest, field, str(place))
        if text in seen:
            _refuse("This is there twice.", field, str(place))
        seen.add(text)


def _check_text(text: str, longest: int, *path: str) -> None:
    if not 1 <= len(text) <= longest:
        _refuse(f"1 to {longest} characters were expected, not {len(text)}.", *path)
    if _CONTROL.search(text):
        _refuse("Control characters are not allowed.", *path)
    if len(text.encode()) > LONGEST_ID_BYTES:
        _refuse(f"More than {LONGEST_ID_BYTES} bytes in UTF-8.", *path)


def _check_zone(name: str) -> None:
    try:
        billing_zone(name)
    except InvalidInput as unknown:
        raise InvalidInput(unknown.message, unknown.code, path=("timeZone",)) from unknown


def _refuse(reason: str, *path: str) -> NoReturn:
    raise InvalidInput(reason, path=path)
