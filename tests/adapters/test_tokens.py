"""Tokens: what was minted holds until it expires, and nothing else holds at all."""

import base64
import importlib
import json
import pkgutil
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tortoise import Model

import models.tables
from models.adapters import tokens
from models.adapters.tokens import SharedSecretVerifier, mint
from models.rules.errors import ErrorCode, Unauthenticated
from models.rules.principals import LONGEST_SUBJECT, Principal, Role

SECRET = "a secret of this test, long enough"
NOW = datetime(2026, 3, 5, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
FINANCE = Principal("li@example.com", Role.PARTNER_FINANCE, 12)


def signed(*, algorithm: str = "HS256", secret: str = SECRET, **changes: Any) -> str:
    """A token like a minted one; a change to None leaves the claim out."""
    second = int(NOW.timestamp())
    claims = {
        "sub": "li@example.com",
        "role": "PARTNER_FINANCE",
        "partner": "prt_12",
        "iat": second,
        "exp": second + 3600,
        **changes,
    }
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, secret, algorithm=algorithm)


async def refusal(token: str, now: datetime = NOW) -> Unauthenticated:
    with pytest.raises(Unauthenticated) as refused:
        await SharedSecretVerifier(SECRET).verify(token, now=now)
    return refused.value


@pytest.mark.parametrize("role", Role)
async def test_minted_token_names_its_principal(role: Role) -> None:
    vendor = Principal("wang@example.com", role)
    principal = vendor if vendor.is_vendor else Principal("li@example.com", role, 2**63 - 1)
    token = mint(principal, secret=SECRET, now=NOW, lifetime=HOUR)
    assert await SharedSecretVerifier(SECRET).verify(token, now=NOW) == principal


async def test_token_expires_at_its_second_even_when_remembered() -> None:
    verifier = SharedSecretVerifier(SECRET)
    token = mint(FINANCE, secret=SECRET, now=NOW, lifetime=timedelta(seconds=60))
    assert await verifier.verify(token, now=NOW + timedelta(seconds=59)) == FINANCE
    for seconds in (60, 61, 10**6):
        with pytest.raises(Unauthenticated) as refused:
            await verifier.verify(token, now=NOW + timedelta(seconds=seconds))
        assert refused.value.code is ErrorCode.TOKEN_EXPIRED


@pytest.mark.parametrize("claim", ["iat", "nbf"])
async def test_token_of_the_future_is_refused_beyond_a_small_skew(claim: str) -> None:
    second = int(NOW.timestamp())
    beyond: dict[str, Any] = {claim: second + 31}
    within: dict[str, Any] = {claim: second + 29}
    assert (await refusal(signed(**beyond))).code is ErrorCode.UNAUTHENTICATED
    assert await SharedSecretVerifier(SECRET).verify(signed(**within), now=NOW) == FINANCE


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": None},
        {"iat": None},
        {"exp": "2099-01-01"},
        {"exp": True},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"exp": 10**400},
        {"iat": -1},
        {"nbf": "soon"},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 201},
        {"sub": "line\nbreak"},
        {"role": None},
        {"role": "EMPEROR"},
        {"role": "partner_finance"},
        {"role": ["PARTNER_FINANCE"]},
        {"partner": None},
        {"partner": 12},
        {"partner": "12"},
        {"partner": "prt_012"},
        {"partner": "bil_12"},
        {"partner": "prt_9223372036854775808"},
        {"role": "SALES_OPS"},
        {"role": "AUDITOR", "partner": "prt_0"},
    ],
)
async def test_token_with_a_claim_missing_or_odd_is_refused(changes: dict[str, Any]) -> None:
    assert (await refusal(signed(**changes))).code is ErrorCode.UNAUTHENTICATED


async def test_longest_name_fits_wherever_rows_name_somebody() -> None:
    named = await SharedSecretVerifier(SECRET).verify(signed(sub="名" * LONGEST_SUBJECT), now=NOW)
    assert len(named.subject) == LONGEST_SUBJECT
    columns = [
        (f"{model._meta.db_table}.{name}", field.max_length)
        for module in pkgutil.iter_modules(models.tables.__path__, "models.tables.")
        for model in vars(importlib.import_module(module.name)).values()
        if isinstance(model, type) and issubclass(model, Model)
        for name, field in model._meta.fields_map.items()
        if name in {"subject", "author"} or name.endswith("_by")
    ]
    assert {name for name, length in columns if length < LONGEST_SUBJECT} == set()
    assert len(set(columns)) >= 15


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "é.é.é",
        "\ud800.a.b",
        "x" * 9_000,
        signed(secret="another secret, as long as the first"),
        signed()[:-2],
        signed() + "\n",
        signed(sub="x" * 9_000),
    ],
)
async def test_token_of_another_hand_or_form_is_refused(token: str) -> None:
    refused = await refusal(token)
    assert refused.code is ErrorCode.UNAUTHENTICATED
    assert not token or token not in refused.message


async def test_token_without_a_signature_is_refused() -> None:
    head, body, _ = signed().split(".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).rstrip(b"=").decode()
    for token in (f"{none}.{body}.", f"{none}.{body}.AAAA", f"{head}.{body}."):
        await refusal(token)


async def test_token_of_another_algorithm_is_refused() -> None:
    secret = SECRET * 2
    verifier = SharedSecretVerifier(secret)
    assert await verifier.verify(signed(secret=secret), now=NOW) == FINANCE
    for algorithm in ("HS384", "HS512"):
        with pytest.raises(Unauthenticated):
            await verifier.verify(signed(algorithm=algorithm, secret=secret), now=NOW)


@given(st.integers(0, 10**6), st.characters(codec="ascii"))
async def test_token_with_any_character_changed_is_refused(at: int, character: str) -> None:
    token = signed()
    at %= len(token)
    changed = token[:at] + character + token[at + 1 :]
    if changed != token:
        await refusal(changed)


async def test_signature_is_checked_once_within_five_minutes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    verifier = SharedSecretVerifier(SECRET)
    token = signed()
    await verifier.verify(token, now=NOW)
    monkeypatch.setattr(jwt, "decode", None)
    assert await verifier.verify(token, now=NOW + timedelta(seconds=299)) == FINANCE
    with pytest.raises(TypeError):
        await verifier.verify(token, now=NOW + timedelta(seconds=300))


async def test_remembered_tokens_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "REMEMBERED_TOKENS", 3)
    verifier = SharedSecretVerifier(SECRET)
    for i in range(5):
        await verifier.verify(signed(sub="a"), now=NOW)
        await verifier.verify(signed(sub=f"b{i}"), now=NOW)
    assert list(verifier._remembered) == [signed(sub=s) for s in ("b3", "a", "b4")]


def test_short_secret_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        SharedSecretVerifier("short")
    with pytest.raises(ValueError, match="32 bytes"):
        mint(FINANCE, secret="short", now=NOW, lifetime=HOUR)
