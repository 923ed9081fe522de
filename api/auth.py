"""Who asks: the token in an `Authorization: Bearer …` header (R1)."""

from api.head import Head, text
from models.rules.errors import Unauthenticated

MAX_HEADER_CHARACTERS = 8_192


def bearer_token(head: Head) -> str:
    """The token in the only Authorization header; raises Unauthenticated."""
    if b"authorization" not in head:
        raise Unauthenticated("Sign in: send a header `Authorization: Bearer <token>`.")
    return token_in(text(head, b"authorization"))


def token_in(header: str) -> str:
    """The token in the value of an Authorization header; raises Unauthenticated."""
    scheme, _, token = header.partition(" ")
    token = token.strip(" ")
    is_one = bool(token) and " " not in token
    if len(header) > MAX_HEADER_CHARACTERS or scheme.lower() != "bearer" or not is_one:
        raise Unauthenticated(
            "Send one Authorization header, of the form `Bearer <token>`, "
            f"with at most {MAX_HEADER_CHARACTERS} characters."
        )
    return token
