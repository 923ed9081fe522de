"""What a registration must look like, and how a refusal names the place."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.errors import ErrorCode, InvalidInput
from models.rules.registration import (
    UNSAID,
    Association,
    CustomerRegistration,
    PartnerRegistration,
    Settings,
)
from models.rules.registration_json import read_registrations
from models.rules.states import CreditPolicy

CUSTOMER: dict[str, Any] = {"account": "c1", "name": "Atlas Nimbus"}
PARTNER: dict[str, Any] = {"name": "Sun Bird", "billingAccounts": ["1000"]}


def _document(**changes: Any) -> dict[str, Any]:
    return {"partners": [{**PARTNER, **changes}]}


def _customers(*changes: dict[str, Any]) -> dict[str, Any]:
    return _document(customers=[{**CUSTOMER, **change} for change in changes])


def read(document: object) -> tuple[PartnerRegistration, ...]:
    """What is made of the document once it is written."""
    return read_registrations(json.dumps(document))


def place_of(refused: InvalidInput) -> str:
    """Where it says that something is wrong."""
    return refused.message.rpartition(": ")[0]


def test_registration_says_nothing_of_what_is_left_out() -> None:
    assert read(_customers({})) == (
        PartnerRegistration(
            name="Sun Bird",
            billing_accounts=("1000",),
            time_zone=None,
            confirmation_required=None,
            credit_policy=None,
            payment_days=None,
            own_accounts=(),
            channel_managers=(),
            customers=(CustomerRegistration("c1", "Atlas Nimbus", None, UNSAID, UNSAID),),
        ),
    )


def test_new_partner_has_defaults_and_a_known_one_what_it_had() -> None:
    [partner] = read(_document(paymentDays=0))
    assert partner.settings() == Settings("Sun Bird", "Asia/Shanghai", True, CreditPolicy.HELD, 0)
    known = Settings("Moon Bird", "Europe/Berlin", False, CreditPolicy.CARRIED, 14)
    after = partner.settings(known)
    assert after == Settings("Sun Bird", "Europe/Berlin", False, CreditPolicy.CARRIED, 0)
    assert known.changes(after) == {
        "name": {"from": "Moon Bird", "to": "Sun Bird"},
        "paymentDays": {"from": 14, "to": 0},
    }


def test_null_takes_a_mobile_and_an_email_away_and_is_not_like_nothing() -> None:
    [partner] = read(_customers({"mobile": None, "email": None}))
    [customer] = partner.customers
    assert customer.said == {"name": "Atlas Nimbus", "mobile": None, "email": None}


def test_registration_takes_every_setting() -> None:
    [partner] = read(
        _document(
            timeZone="Europe/Berlin",
            confirmationRequired=False,
            creditPolicy="CARRIED",
            paymentDays=0,
            ownAccounts=["own"],
            channelManagers=["lin.yue"],
            customers=[
                {
                    **CUSTOMER,
                    "association": "REFERRAL",
                    "mobile": "+44 7700 900123",
                    "email": "ap@example.com",
                }
            ],
        )
    )
    assert (partner.time_zone, partner.confirmation_required) == ("Europe/Berlin", False)
    assert (partner.credit_policy, partner.payment_days) == (CreditPolicy.CARRIED, 0)
    assert (partner.own_accounts, partner.channel_managers) == (("own",), ("lin.yue",))
    assert partner.customers[0].association is Association.REFERRAL


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ([], ""),
        ({}, "partners"),
        ({"partners": {}}, "partners"),
        ({"partners": [1]}, "partners[0]"),
        ({"partners": [], "version": 2}, "version"),
        (_document(name=""), "partners[0].name"),
        (_document(name="x" * 401), "partners[0].name"),
        (_document(name="a\nb"), "partners[0].name"),
        (_document(name=None), "partners[0].name"),
        (_document(name="\ud800"), "partners[0].name"),
        (_document(timezone="Asia/Shanghai"), "partners[0].timezone"),
        (_document(timeZone="Mars/Olympus"), "partners[0].timeZone"),
        (_document(timeZone=None), "partners[0].timeZone"),
        (_document(paymentDays=None), "partners[0].paymentDays"),
        (_document(creditPolicy=None), "partners[0].creditPolicy"),
        (_customers({"association": None}), "partners[0].customers[0].association"),
        (_document(timeZone="../etc/passwd"), "partners[0].timeZone"),
        (_document(confirmationRequired=1), "partners[0].confirmationRequired"),
        (_document(creditPolicy="held"), "partners[0].creditPolicy"),
        (_document(paymentDays=True), "partners[0].paymentDays"),
        (_document(paymentDays=-1), "partners[0].paymentDays"),
        (_document(paymentDays=366), "partners[0].paymentDays"),
        (_document(billingAccounts=[]), "partners[0].billingAccounts"),
        (_document(billingAccounts="1000"), "partners[0].billingAccounts"),
        (_document(billingAccounts=["1", "1"]), "partners[0].billingAccounts[1]"),
        (_document(billingAccounts=[7]), "partners[0].billingAccounts[0]"),
        (_document(billingAccounts=["x" * 1025]), "partners[0].billingAccounts[0]"),
        (_document(ownAccounts=["own", "own"]), "partners[0].ownAccounts[1]"),
        (_document(channelManagers=["x" * 201]), "partners[0].channelManagers[0]"),
        (_customers({}, {"account": 7}), "partners[0].customers[1].account"),
        (_customers({}, {}), "partners[0].customers[1].account"),
        (_customers({"name": ""}), "partners[0].customers[0].name"),
        (_customers({"association": "FRIEND"}), "partners[0].customers[0].association"),
        (_customers({"mobile": "call me"}), "partners[0].customers[0].mobile"),
        (_customers({"mobile": 123456}), "partners[0].customers[0].mobile"),
        (_customers({"email": "no address"}), "partners[0].customers[0].email"),
        (_customers({"email": "a@b@example.com"}), "partners[0].customers[0].email"),
        (_customers({"email": "a@example"}), "partners[0].customers[0].email"),
        (_customers({"email": "a" * 400 + "@example.com"}), "partners[0].customers[0].email"),
        (_customers({"phone": "1"}), "partners[0].customers[0].phone"),
        (
            {"partners": [PARTNER, {**PARTNER, "name": "Other"}]},
            "partners[1].billingAccounts[0]",
        ),
    ],
)
def test_registration_that_is_wrong_is_refused_with_its_place(document: object, path: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(document)
    assert place_of(refused.value) == path


@pytest.mark.parametrize(
    "text",
    [
        '{"partners": [], "partners": []}',
        '{"partners": [{"name": "A", "billingAccounts": ["1"], "name": "B"}]}',
    ],
)
def test_registration_with_a_key_twice_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="A field stands twice in one object"):
        read_registrations(text)


def test_registration_of_a_customer_under_an_own_account_is_refused() -> None:
    document = _document(ownAccounts=["c1"], customers=[CUSTOMER])
    with pytest.raises(InvalidInput, match="own accounts") as refused:
        read(document)
    assert place_of(refused.value) == "partners[0].customers[0].account"


def test_registration_with_a_wrong_time_zone_has_a_code_of_its_own() -> None:
    with pytest.raises(InvalidInput) as refused:
        read(_document(timeZone="Mars/Olympus"))
    assert refused.value.code is ErrorCode.INVALID_TIME_ZONE


@pytest.mark.parametrize("field", ["mobile", "email", "name", "account"])
def test_registration_refusals_quote_nothing_personal(field: str) -> None:
    personal = "Zaphod\x00Beeblebrox"
    with pytest.raises(InvalidInput) as refused:
        read(_customers({field: personal}))
    assert "Zaphod" not in str(refused.value)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["partners", "name", "billingAccounts", "customers", "account", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(_JSON)
def test_registration_of_anything_is_taken_or_refused(document: object) -> None:
    try:
        partners = read(document)
    except InvalidInput as refused:
        assert refused.message
    else:
        assert all(isinstance(partner, PartnerRegistration) for partner in partners)
