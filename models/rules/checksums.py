"""What the checksum of a charge is over, so that any change of what it says is noticed.

All of it is stored with the charge: a checksum can be worked out again at any time. Left out is
what may change later: the cycle and batch of a charge that is moved to a later bill.
"""

from hashlib import blake2b

# Of an imported charge: these columns, in this order.
IMPORTED = (
    *("account", "currency"),
    *("category", "market", "product", "region", "billing_mode"),
    *("usage_start", "usage_end", "charge_type"),
    *("resource", "transaction_ref", "original_ref", "description"),
    *("quantity", "unit", "list_amount", "amount"),
)
# Of one of our own making, each with its length before it (see `digests`); `corrects` is the key of
# the charge that it corrects, in hexadecimal.
OWN = (
    *("kind", "currency", "origin_cycle"),
    *("category", "reason", "description"),
    *("account", "product", "market", "region", "resource"),
    *("transaction_ref", "original_ref", "corrects", "amount"),
)


def text_checksum(text: str) -> int:
    """40 bits over the texts of IMPORTED with NUL between them, absent ones empty.

    Amounts are written as `amount_text` does it, instants as INSTANT_TEXT says. The sum over a bill
    stays below 2^63.
    """
    return int.from_bytes(blake2b(text.encode(), digest_size=5).digest(), "big")
