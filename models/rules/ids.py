"""Public ids: what a thing is and which one, as in `prt_12`; never a table or row name."""

import re
from enum import StrEnum

LARGEST_ID = 2**63 - 1

_NUMBER = re.compile(r"[1-9][0-9]{0,18}")


class IdPrefix(StrEnum):
    """The kinds of things that have a public id."""

    PARTNER = "prt"
    BILL = "bil"
    BILL_VERSION = "bvr"
    CUSTOMER = "cus"
    BILL_CUSTOMER = "blc"
    PRODUCT_LINE = "pln"
    CHARGE = "chg"
    ESTIMATE = "est"
    EXPORT = "exp"
    PAYMENT = "pay"
    IMPORT = "imp"
    DERIVED_LINE = "dln"
    DISPUTE = "dsp"
    DISPUTE_MESSAGE = "dsm"
    COUPON = "cpn"
    INVOICE = "inv"
    EVENT = "evt"
    WEBHOOK_ENDPOINT = "whe"
    WEBHOOK_DELIVERY = "whd"
    AUDIT_ENTRY = "aud"
    LEDGER_ENTRY = "led"
    BILL_STORAGE = "bst"
    STORAGE_GRANT = "sgr"
    STORAGE_DESTINATION = "sdn"
    DELIVERY = "dlv"
    INBOX_FILE = "inb"


def public_id(prefix: IdPrefix, number: int) -> str:
    """The public id of row `number`, 1 to 2^63-1; any other number is a bug (ValueError)."""
    if not 1 <= number <= LARGEST_ID:
        raise ValueError(f"{number} is no row number")
    return f"{prefix}_{number}"


def parse_public_id(text: str, prefix: IdPrefix) -> int | None:
    """The row number in an id of this kind, or None when the text is no such id.

    One thing has one spelling: ASCII digits, no sign, no leading zero, at most 2^63-1.
    """
    kind, _, digits = text.partition("_")
    if kind != prefix or not _NUMBER.fullmatch(digits):
        return None
    number = int(digits)
    return number if number <= LARGEST_ID else None
