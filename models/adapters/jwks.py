"""The public signing keys of an OpenID Connect provider (JWKS), fetched off the event loop."""

import asyncio
from datetime import datetime, timedelta
from http.client import HTTPException

from jwt import PyJWK, PyJWKClient, PyJWTError

from models.rules.errors import Unauthenticated, Unavailable

ASYMMETRIC = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
TIMEOUT_SECONDS = 3
LIFESPAN = timedelta(minutes=5)
# Forged key names and a provider that is down must not turn into a stream of requests to it.
REFRESH_PAUSE = timedelta(seconds=30)
FAILURE_PAUSE = timedelta(seconds=5)


class JwksKeys:
    """Keys by name, kept for 5 minutes; an unknown name asks again at most every 30 seconds."""

    def __init__(self, url: str) -> None:
        self._client = PyJWKClient(url, cache_jwk_set=False, timeout=TIMEOUT_SECONDS)
        self._keys: dict[str, PyJWK] = {}
        self._fetched: datetime | None = None
        self._failed: datetime | None = None
        self._one_at_a_time = asyncio.Lock()

    async def find(self, name: object, *, now: datetime) -> PyJWK:
        """The asymmetric key of that name (`kid`).

        Raises Unauthenticated when the provider has no such key, Unavailable when it does not
        answer within 3 seconds and the keys at hand are too old.
        """
        if not isinstance(name, str):
            raise Unauthenticated("The token names no signing key.")
        if not self._is_known(name, now):
            async with self._one_at_a_time:
                if self._may_ask(now):
                    await self._fetch(now)
        if name not in self._keys:
            raise Unauthenticated("The token is signed with an unknown key.")
        return self._keys[name]

    def _is_known(self, name: str, now: datetime) -> bool:
        return name in self._keys and not self._is_older_than(LIFESPAN, now)

    def _is_older_than(self, age: timedelta, now: datetime) -> bool:
        return self._fetched is None or now - self._fetched >= age

    def _may_ask(self, now: datetime) -> bool:
        if self._failed is not None and now - self._failed < FAILURE_PAUSE:
            raise Unavailable("The sign-in provider does not answer; try again in a few seconds.")
        return self._is_older_than(REFRESH_PAUSE, now)

    async def _fetch(self, now: datetime) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                keys = await asyncio.to_thread(self._client.get_signing_keys)
        except (PyJWTError, OSError, HTTPException, ValueError) as silent:
            self._failed = now
            raise Unavailable(
                "The sign-in provider does not answer; try again in a few seconds."
            ) from silent
        self._keys = {k.key_id: k for k in keys if k.key_id and k.algorithm_name in ASYMMETRIC}
        self._fetched, self._failed = now, None
