"""Registrations as they stand in a JSON document: `{"partners": [{"name": …, …}, …]}`.

Unknown keys are refused, and keys that stand twice in one object: a misspelled or doubled setting
must not be passed over in silence. A key that is left out says nothing about its setting; null
takes a mobile or an e-mail away.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from models.rules.errors import ErrorCode, InvalidInput
from models.rules.json_objects import JsonObject, parse_object
from models.rules.registration import (
    UNSAID,
    Association,
    CustomerRegistration,
    PartnerRegistration,
)
from models.rules.states import CreditPolicy

T = TypeVar("T")

LONGEST = 256 << 20
MOST_PARTNERS = 10_000
MOST_CUSTOMERS = 200_000
MOST_ACCOUNTS = 10_000


def read_registrations(text: str) -> tuple[PartnerRegistration, ...]:
    """The partners of a JSON document; a billing account may stand there once.

    Raises InvalidInput, whose message begins with the place of what is wrong.
    """
    said = parse_object(text, LONGEST)
    partners = said.each("partners", _partner, MOST_PARTNERS)
    said.end()
    _check_billing_accounts(partners)
    return partners


def path_text(path: tuple[str, ...]) -> str:
    """A path as people write it: partners[2].customers[0].email."""
    steps = (f"[{step}]" if step.isdigit() else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def _partner(said: JsonObject) -> PartnerRegistration:
    text, flag = partial(said.take, kind=str), partial(said.take, kind=bool)
    accounts = partial(said.texts, most=MOST_ACCOUNTS)
    policy = partial(said.choice, choices=CreditPolicy)
    customers = partial(said.each, read=_customer, most=MOST_CUSTOMERS)
    return _checked(
        PartnerRegistration,
        said,
        name=text("name"),
        billing_accounts=accounts("billingAccounts"),
        time_zone=said.where_given("timeZone", text, None),
        confirmation_required=said.where_given("confirmationRequired", flag, None),
        credit_policy=said.where_given("creditPolicy", policy, None),
        payment_days=said.where_given("paymentDays", partial(said.take, kind=int), None),
        own_accounts=said.where_given("ownAccounts", accounts, ()),
        channel_managers=said.where_given("channelManagers", accounts, ()),
        customers=said.where_given("customers", customers, ()),
    )


def _customer(said: JsonObject) -> CustomerRegistration:
    text = partial(said.take, kind=str)
    text_or_null = partial(said.optional, read=text)
    association = partial(said.choice, choices=Association)
    return _checked(
        CustomerRegistration,
        said,
        account=text("account"),
        name=text("name"),
        association=said.where_given("association", association, None),
        mobile=said.where_given("mobile", text_or_null, UNSAID),
        email=said.where_given("email", text_or_null, UNSAID),
    )


def _checked(make: Callable[..., T], said: JsonObject, **taken: Any) -> T:
    said.end()
    try:
        return make(**taken)
    except InvalidInput as refused:
        place = said.at(path_text(refused.path))
        raise InvalidInput(f"{place}: {refused.message}", refused.code) from refused


def _check_billing_accounts(partners: tuple[PartnerRegistration, ...]) -> None:
    seen: set[str] = set()
    for at, partner in enumerate(partners):
        for place, account in enumerate(partner.billing_accounts):
            if account in seen:
                raise InvalidInput(
                    f"partners[{at}].billingAccounts[{place}]: This billing account stands at"
                    " another partner, too.",
                    ErrorCode.ALREADY_EXISTS,
                )
            seen.add(account)
