"""Who stands on an invoice, and what a billing address must look like (R18)."""

import re
from dataclasses import dataclass
from typing import NoReturn

from models.rules.errors import InvalidInput

# Longest text of each field, in characters.
LONGEST = {
    "legalName": 400,
    "street": 400,
    "city": 200,
    "postcode": 20,
    "taxNumber": 40,
}
# ISO 3166-1, as EN 16931 takes it.
_CODES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE
EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM
HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC
LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
COUNTRIES = frozenset(_CODES.split())
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Party:
    """Seller or buyer; of a buyer without a registered address only the name is known."""

    legal_name: str
    street: str = ""
    city: str = ""
    postcode: str = ""
    country: str = ""
    tax_number: str | None = None

    @property
    def has_address(self) -> bool:
        """Whether there is an address, and not only a name."""
        return bool(self.country)


def require_address(party: Party) -> Party:
    """Return a party with a complete address; only the postcode may be empty, as in Hong Kong.

    Raises InvalidInput with the field, as it is spelled in JSON, as its path.
    """
    texts = {
        "legalName": party.legal_name,
        "street": party.street,
        "city": party.city,
        "postcode": party.postcode,
        "taxNumber": party.tax_number,
    }
    for field, text in texts.items():
        if text is not None:
            _check(field, text)
    if party.country not in COUNTRIES:
        _refuse("country", "A country is two capital letters of ISO 3166-1, such as CN.")
    return party


def _check(field: str, text: str) -> None:
    if not text.strip() and field != "postcode":
        _refuse(field, "This must not be empty.")
    if len(text) > LONGEST[field]:
        _refuse(field, f"This is longer than {LONGEST[field]} characters.")
    if _CONTROL.search(text):
        _refuse(field, "This must not contain control characters.")


def _refuse(field: str, message: str) -> NoReturn:
    raise InvalidInput(message, path=(field,))
