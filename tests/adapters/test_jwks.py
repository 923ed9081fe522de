"""Tokens of an OpenID Connect provider, against a real HTTP server on this machine."""

import asyncio
import base64
import contextlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import get_default_algorithms

from models.adapters.jwks import JwksKeys
from models.adapters.tokens import OidcVerifier
from models.rules.errors import ErrorCode, Unauthenticated, Unavailable
from models.rules.principals import Principal, Role

NOW = datetime(2026, 3, 5, 4, 0, tzinfo=UTC)
ISSUER, AUDIENCE = "https://id.example.com/", "partner-bills"
PRIVATE: dict[str, Any] = {
    "RS256": rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}


def public_jwk(algorithm: str) -> dict[str, Any]:
    key = PRIVATE[algorithm].public_key()
    jwk = get_default_algorithms()[algorithm].to_jwk(key, as_dict=True)
    return {**jwk, "kid": algorithm, "use": "sig", "alg": algorithm}


class Provider(ThreadingHTTPServer):
    """Answers every GET with its key set, and counts."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.body = json.dumps({"keys": [public_jwk(name) for name in PRIVATE]})
        self.asked = 0
        self.delay_seconds = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/jwks"


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Provider)
        self.server.asked += 1
        time.sleep(self.server.delay_seconds)
        with contextlib.suppress(ConnectionError):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(self.server.body.encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def verifier(url: str) -> OidcVerifier:
    return OidcVerifier(JwksKeys(url), issuer=ISSUER, audience=AUDIENCE)


def signed(algorithm: str = "RS256", *, key: Any = None, kid: Any = "", **changes: Any) -> str:
    second = int(NOW.timestamp())
    claims = {
        "sub": "li@example.com",
        "role": "PARTNER_ADMIN",
        "partner": "prt_12",
        "iss": ISSUER,
        "aud": [AUDIENCE, "other"],
        "iat": second,
        "exp": second + 86_400,
        **changes,
    }
    kept = {name: value for name, value in claims.items() if value is not None}
    headers = {} if kid is None else {"kid": kid or algorithm}
    return jwt.encode(kept, key or PRIVATE[algorithm], algorithm=algorithm, headers=headers)


@pytest.mark.parametrize("algorithm", PRIVATE)
async def test_oidc_token_names_its_principal(algorithm: str, provider: Provider) -> None:
    principal = await verifier(provider.url).verify(signed(algorithm), now=NOW)
    assert principal == Principal("li@example.com", Role.PARTNER_ADMIN, 12)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://id.example.com"},
        {"iss": None},
        {"aud": "other"},
        {"aud": None},
        {"key": rsa.generate_private_key(public_exponent=65537, key_size=2048)},
        {"algorithm": "RS512"},
        {"kid": "ES256"},
        {"kid": "unknown"},
        {"kid": None},
    ],
)
async def test_oidc_token_of_another_hand_is_refused(
    changes: dict[str, Any], provider: Provider
) -> None:
    key = {"key": PRIVATE["RS256"], "kid": "RS256"}
    with pytest.raises(Unauthenticated) as refused:
        await verifier(provider.url).verify(signed(**{**key, **changes}), now=NOW)
    assert refused.value.code is ErrorCode.UNAUTHENTICATED


async def test_public_key_used_as_a_shared_secret_is_refused(provider: Provider) -> None:
    pem = (
        PRIVATE["RS256"]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    # PyJWT will not sign with it, an attacker will.
    forged = signed("HS256", key="x" * 32, kid="RS256").rpartition(".")[0]
    mac = hmac.digest(pem, forged.encode(), "sha256")
    signature = base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
    with pytest.raises(Unauthenticated):
        await verifier(provider.url).verify(f"{forged}.{signature}", now=NOW)


async def test_shared_secret_among_the_keys_is_not_used(provider: Provider) -> None:
    secret = "a secret that a provider published"
    jwk = {"kty": "oct", "kid": "oct", "k": base64.urlsafe_b64encode(secret.encode()).decode()}
    provider.body = json.dumps({"keys": [jwk, public_jwk("ES256")]})
    with pytest.raises(Unauthenticated):
        await verifier(provider.url).verify(signed("HS256", key=secret, kid="oct"), now=NOW)
    assert provider.asked == 1


async def test_keys_are_fetched_once_in_five_minutes(provider: Provider) -> None:
    keys = JwksKeys(provider.url)
    await asyncio.gather(*(keys.find("ES256", now=NOW) for _ in range(20)))
    await keys.find("RS256", now=NOW + timedelta(seconds=299))
    assert provider.asked == 1
    await keys.find("RS256", now=NOW + timedelta(seconds=300))
    assert provider.asked == 2


async def test_new_key_is_found_after_thirty_seconds(provider: Provider) -> None:
    everything = provider.body
    provider.body = json.dumps({"keys": [public_jwk("ES256")]})
    keys = JwksKeys(provider.url)
    await keys.find("ES256", now=NOW)
    provider.body = everything
    for _ in range(20):
        with pytest.raises(Unauthenticated):
            await keys.find("RS256", now=NOW + timedelta(seconds=29))
    assert provider.asked == 1
    assert (await keys.find("RS256", now=NOW + timedelta(seconds=30))).key_id == "RS256"


@pytest.mark.parametrize("body", ["", "no json", "[]", "{}", '{"keys": []}', '{"keys": [7]}'])
async def test_provider_that_talks_nonsense_is_unavailable(body: str, provider: Provider) -> None:
    provider.body = body
    keys = JwksKeys(provider.url)
    for _ in range(5):
        with pytest.raises(Unavailable):
            await keys.find("RS256", now=NOW)
    assert provider.asked == 1


async def test_provider_that_comes_back_is_asked_again(provider: Provider) -> None:
    body, provider.body = provider.body, ""
    keys = JwksKeys(provider.url)
    with pytest.raises(Unavailable):
        await keys.find("RS256", now=NOW)
    provider.body = body
    assert (await keys.find("RS256", now=NOW + timedelta(seconds=5))).key_id == "RS256"


async def test_provider_that_is_not_there_is_unavailable(provider: Provider) -> None:
    provider.server_close()
    with pytest.raises(Unavailable):
        await verifier(provider.url).verify(signed(), now=NOW)


async def test_slow_provider_is_given_up_and_blocks_nobody(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.adapters.jwks.TIMEOUT_SECONDS", 0.1)
    provider.delay_seconds = 0.5
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    clock = asyncio.create_task(tick())
    keys = JwksKeys(provider.url)
    started = time.monotonic()
    answers = await asyncio.gather(
        *(keys.find("RS256", now=NOW) for _ in range(10)), return_exceptions=True
    )
    clock.cancel()
    assert time.monotonic() - started < provider.delay_seconds
    assert {type(answer) for answer in answers} == {Unavailable}
    assert provider.asked == 1
    assert ticks > 2


def test_provider_without_issuer_or_audience_is_refused_at_the_start() -> None:
    for issuer, audience in (("", "a"), ("i", "")):
        with pytest.raises(ValueError, match="issuer"):
            OidcVerifier(JwksKeys("https://id.example.com/jwks"), issuer=issuer, audience=audience)
