"""Billing addresses."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.billing_addresses import COUNTRIES, Party, require_address
from models.rules.errors import ErrorCode, InvalidInput
from tests.documents import BUYER


def test_address_that_is_complete_is_taken_as_it_is() -> None:
    assert require_address(BUYER) is BUYER


def test_postcode_and_tax_number_may_be_missing() -> None:
    address = replace(BUYER, postcode="", tax_number=None)
    assert require_address(address) is address


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"legal_name": " "}, "legalName"),
        ({"street": ""}, "street"),
        ({"city": "x" * 201}, "city"),
        ({"postcode": "1" * 21}, "postcode"),
        ({"country": ""}, "country"),
        ({"country": "cn"}, "country"),
        ({"country": "ZZ"}, "country"),
        ({"country": "CHN"}, "country"),
        ({"tax_number": ""}, "taxNumber"),
        ({"tax_number": "t" * 41}, "taxNumber"),
        ({"legal_name": "a\x00b"}, "legalName"),
        ({"street": "a\nb"}, "street"),
        ({"city": "\ud800"}, "city"),
    ],
)
def test_address_is_refused_with_its_field(changes: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        require_address(replace(BUYER, **changes))
    assert (refused.value.code, refused.value.path) == (ErrorCode.INVALID_INPUT, (field,))


@given(st.text(max_size=3))
def test_country_is_one_of_iso_3166(country: str) -> None:
    try:
        require_address(replace(BUYER, country=country))
    except InvalidInput:
        assert country not in COUNTRIES
    else:
        assert country in COUNTRIES


def test_there_are_249_countries_and_kosovo_is_not_yet_one() -> None:
    assert len(COUNTRIES) == 249
    assert {"CN", "HK", "TW", "DE", "KW"} < COUNTRIES


def test_party_without_a_country_has_no_address() -> None:
    assert BUYER.has_address
    assert not Party("Northwind").has_address
