"""What stands for a customer where no name may stand (R37)."""

import base64
import hmac

TOKEN_PREFIX = "cust-"  # noqa: S105
TOKEN_BYTES = 10


def customer_token(secret: str, *, partner_id: int, account: str) -> str:
    """`cust-` and 16 characters [a-z2-7]: HMAC-SHA256 of "partner|account" under `secret`.

    The same customer of a partner always has the same token, so that rows of exported files can
    still be joined (R37); two partners' tokens for one account differ. Another secret changes all.
    """
    digest = hmac.digest(secret.encode(), f"{partner_id}|{account}".encode(), "sha256")
    return TOKEN_PREFIX + base64.b32encode(digest[:TOKEN_BYTES]).decode().lower()
