"""What a registration of partners and customers must look like.

The values below are always valid: whoever holds one need not check it again. Refusals are
InvalidInput with the path of what is wrong; they never quote a name, a number or an address.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn

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


@dataclass(frozen=True, slots=True)
class CustomerRegistration:
    """An end customer: `account` is its FOCUS SubAccountId; mobile and e-mail may be missing.

    Raises InvalidInput with the field, as it is spelled in JSON, as its path.
    """

    account: str
    name: str
    association: Association = Association.RESELLER
    mobile: str | None = None
    email: str | None = None

    def __post_init__(self) -> None:
        _check_text(self.account, LONGEST_ID, "account")
        _check_text(self.name, LONGEST_NAME, "name")
        if self.mobile is not None and not _MOBILE.fullmatch(self.mobile):
            _refuse("A phone number, such as +86 10 5555 0100, was expected.", "mobile")
        if self.email is not None:
            _check_text(self.email, LONGEST_EMAIL, "email")
            if not _EMAIL.fullmatch(self.email):
                _refuse("An e-mail address, such as ap@example.com, was expected.", "email")


@dataclass(frozen=True, slots=True)
class PartnerRegistration:
    """A partner with its settings, the accounts that are its own, and its customers.

    `payment_days` (0 to 365) run from the issue of a bill; `channel_managers` are token subjects.
    Raises InvalidInput (also INVALID_TIME_ZONE) with the path of the field, spelled as in JSON.
    """

    name: str
    billing_accounts: tuple[str, ...]
    time_zone: str = DEFAULT_ZONE
    confirmation_required: bool = True
    credit_policy: CreditPolicy = CreditPolicy.HELD
    payment_days: int = 30
    own_accounts: tuple[str, ...] = ()
    channel_managers: tuple[str, ...] = ()
    customers: tuple[CustomerRegistration, ...] = ()

    def __post_init__(self) -> None:
        _check_text(self.name, LONGEST_NAME, "name")
        _check_zone(self.time_zone)
        if not 0 <= self.payment_days <= MOST_PAYMENT_DAYS:
            _refuse(f"0 to {MOST_PAYMENT_DAYS} days were expected.", "paymentDays")
        if not self.billing_accounts:
            _refuse("A partner has at least one billing account.", "billingAccounts")
        _check_ids(self.billing_accounts, LONGEST_ID, "billingAccounts")
        _check_ids(self.own_accounts, LONGEST_ID, "ownAccounts")
        _check_ids(self.channel_managers, LONGEST_SUBJECT, "channelManagers")
        check_accounts(self.customers, own=frozenset(self.own_accounts))


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
