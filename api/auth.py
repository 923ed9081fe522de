"""Who asks: the principal behind an `Authorization: Bearer …` header (R1)."""

from datetime import datetime

from starlette.requests import HTTPConnection

from models.adapters.tokens import TokenVerifier
from models.rules.errors import Unauthenticated
from models.rules.principals import Principal

MAX_HEADER_CHARACTERS = 8_192


async def authenticate(
    connection: HTTPConnection, verifier: TokenVerifier, *, now: datetime
) -> Principal:
    """The principal that a request or WebSocket handshake names.

    Raises Unauthenticated (UNAUTHENTICATED, TOKEN_EXPIRED) and what `verifier` raises.
    """
    return await verifier.verify(bearer_token(connection), now=now)


def bearer_token(connection: HTTPConnection) -> str:
    """The token in the only Authorization header; raises Unauthenticated."""
    headers = connection.headers.getlist("authorization")
    if not headers:
        raise Unauthenticated("Sign in: send a header `Authorization: Bearer <token>`.")
    if len(headers) > 1:
        raise Unauthenticated("Send one Authorization header, not several.")
    return token_in(headers[0])


def token_in(header: str) -> str:
    """The token in the value of an Authorization header; raises Unauthenticated."""
    scheme, _, token = header.partition(" ")
    token = token.strip(" ")
    if len(header) > MAX_HEADER_CHARACTERS or scheme.lower() != "bearer" or not token:
        raise Unauthenticated(
            f"The Authorization header must be `Bearer <token>`, "
            f"at most {MAX_HEADER_CHARACTERS} characters."
        )
    return token
