"""Bearer tokens: signed claims that name a principal (R1).

Claims: `sub` the person, `role`, `partner` (a public id, partner roles only), `iat`, `exp`.
Time claims are compared with the `now` that is passed in, never with the clock.
"""

import re
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import jwt
from jwt.types import Options

from models.adapters.jwks import JwksKeys
from models.rules.errors import ErrorCode, Unauthenticated
from models.rules.ids import IdPrefix, parse_public_id, public_id
from models.rules.principals import LONGEST_SUBJECT, PARTNER_ROLES, Principal, Role

MAX_TOKEN_CHARACTERS = 8_192
# Digests of a shared secret shorter than the hash can be guessed (RFC 7518 §3.2).
MIN_SECRET_BYTES = 32
# An issuer's clock may run ahead of ours; a token that has run out is out at once.
CLOCK_SKEW_SECONDS = 30
REMEMBERED_TOKENS = 4_096
# How long a signature is believed without looking again: a withdrawn key stops working by then.
REMEMBERED_SECONDS = 300
# Time claims are seconds since 1970, up to the year 5138.
LAST_SECOND = 10**11

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


class TokenVerifier(Protocol):
    """Turns the text of a token into the principal it names."""

    async def verify(self, token: str, *, now: datetime) -> Principal:
        """The principal; raises Unauthenticated (UNAUTHENTICATED, TOKEN_EXPIRED), Unavailable."""

    async def remaining(self, token: str, *, now: datetime) -> timedelta:
        """How long it still holds, more than 0; raises as `verify` does."""


def mint(principal: Principal, *, secret: str, now: datetime, lifetime: timedelta) -> str:
    """A token for `principal` that holds from `now` for `lifetime`, signed with HS256."""
    claims: dict[str, object] = {
        "sub": principal.subject,
        "role": principal.role.value,
        "iat": int(now.timestamp()),
        "exp": int((now + lifetime).timestamp()),
    }
    if principal.partner_id is not None:
        claims["partner"] = public_id(IdPrefix.PARTNER, principal.partner_id)
    return jwt.encode(claims, _strong(secret), algorithm="HS256")


@dataclass(frozen=True, slots=True)
class _Verified:
    """A token whose signature held; times in seconds since 1970."""

    principal: Principal
    starts: float
    expires: float
    checked: float

    def principal_at(self, second: float) -> Principal:
        if second >= self.expires:
            raise Unauthenticated("The token has expired; sign in again.", ErrorCode.TOKEN_EXPIRED)
        if second < self.starts - CLOCK_SKEW_SECONDS:
            raise Unauthenticated("The token is not valid yet.")
        return self.principal


class _RememberingVerifier(ABC):
    """Checks a signature once per token and the times on every use."""

    def __init__(self) -> None:
        self._remembered: OrderedDict[str, _Verified] = OrderedDict()

    async def verify(self, token: str, *, now: datetime) -> Principal:
        """The principal; raises Unauthenticated (UNAUTHENTICATED, TOKEN_EXPIRED), Unavailable."""
        return (await self._known(token, now)).principal_at(now.timestamp())

    async def remaining(self, token: str, *, now: datetime) -> timedelta:
        """How long it still holds, more than 0; raises as `verify` does."""
        known, second = await self._known(token, now), now.timestamp()
        known.principal_at(second)
        return timedelta(seconds=known.expires - second)

    async def _known(self, token: str, now: datetime) -> _Verified:
        second = now.timestamp()
        known = self._remembered.get(token)
        if known is None or second - known.checked >= REMEMBERED_SECONDS:
            known = await self._check(token, now)
            self._remembered[token] = known
            if len(self._remembered) > REMEMBERED_TOKENS:
                self._remembered.popitem(last=False)
        self._remembered.move_to_end(token)
        return known

    async def _check(self, token: str, now: datetime) -> _Verified:
        if len(token) > MAX_TOKEN_CHARACTERS or not _COMPACT.fullmatch(token):
            raise Unauthenticated("This is not a token.")
        try:
            claims = await self._signed_claims(token, now)
        except jwt.PyJWTError as refused:
            # The library's text may quote the token, so it is not passed on.
            raise Unauthenticated("The token does not hold; sign in again.") from refused
        return _Verified(_principal(claims), *_validity(claims), now.timestamp())

    @abstractmethod
    async def _signed_claims(self, token: str, now: datetime) -> Mapping[str, Any]:
        """The claims, once the signature holds; raises PyJWTError."""


class SharedSecretVerifier(_RememberingVerifier):
    """Tokens that this product minted itself, for development and the demo: HS256 only."""

    def __init__(self, secret: str) -> None:
        super().__init__()
        self._secret = _strong(secret)

    async def _signed_claims(self, token: str, now: datetime) -> Mapping[str, Any]:
        return jwt.decode(token, self._secret, ["HS256"], {**_NO_CLOCK, "verify_aud": False})


class OidcVerifier(_RememberingVerifier):
    """Tokens of an OpenID Connect provider; its keys are public, so no symmetric algorithm."""

    def __init__(self, keys: JwksKeys, *, issuer: str, audience: str) -> None:
        super().__init__()
        if not issuer or not audience:
            raise ValueError("an OIDC provider needs an issuer and an audience")
        self._keys = keys
        self._issuer = issuer
        self._audience = audience

    async def _signed_claims(self, token: str, now: datetime) -> Mapping[str, Any]:
        key = await self._keys.find(jwt.get_unverified_header(token).get("kid"), now=now)
        return jwt.decode(
            token,
            key,
            [key.algorithm_name],
            _NO_CLOCK,
            issuer=self._issuer,
            audience=self._audience,
        )


_NO_CLOCK: Options = {
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
    "enforce_minimum_key_length": True,
}


def _strong(secret: str) -> str:
    if len(secret.encode()) < MIN_SECRET_BYTES:
        raise ValueError(f"the secret needs at least {MIN_SECRET_BYTES} bytes")
    return secret


def _validity(claims: Mapping[str, Any]) -> tuple[float, float]:
    issued, expires = _second(claims, "iat"), _second(claims, "exp")
    return max(issued, _second(claims, "nbf", issued)), expires


def _second(claims: Mapping[str, Any], name: str, absent: float | None = None) -> float:
    value = claims.get(name, absent)
    # Written so that NaN, too, falls outside.
    if isinstance(value, bool) or not (
        isinstance(value, int | float) and 0 <= value <= LAST_SECOND
    ):
        raise Unauthenticated(f"The token has no usable `{name}` claim.")
    return value


def _principal(claims: Mapping[str, Any]) -> Principal:
    subject, role = claims.get("sub"), claims.get("role")
    if not isinstance(subject, str) or not subject or not subject.isprintable():
        raise Unauthenticated("The token has no usable `sub` claim.")
    if len(subject) > LONGEST_SUBJECT:
        raise Unauthenticated(f"The token's `sub` claim exceeds {LONGEST_SUBJECT} characters.")
    if not isinstance(role, str) or role not in Role.__members__:
        raise Unauthenticated("The token has no known `role` claim.")
    return Principal(subject, Role(role), _partner_id(claims.get("partner"), Role(role)))


def _partner_id(partner: object, role: Role) -> int | None:
    if role not in PARTNER_ROLES:
        if partner is not None:
            raise Unauthenticated("A vendor role belongs to no partner: `partner` must be absent.")
        return None
    number = parse_public_id(partner, IdPrefix.PARTNER) if isinstance(partner, str) else None
    if number is None:
        raise Unauthenticated("A partner role needs a `partner` claim, as in prt_12.")
    return number
