"""The Authorization header: exactly one bearer token, or a clear refusal."""

from datetime import UTC, datetime, timedelta

import pytest

from api.auth import bearer_token
from api.head import Head, head_of
from models.adapters.tokens import SharedSecretVerifier, mint
from models.rules.errors import ErrorCode, Unauthenticated
from models.rules.principals import Principal, Role

SECRET = "a secret of this test, long enough"
NOW = datetime(2026, 3, 5, 4, 0, tzinfo=UTC)


def head(*authorization: str) -> Head:
    headers = [(b"authorization", value.encode("latin-1")) for value in authorization]
    return head_of({"type": "http", "headers": headers})


async def principal_of(header: str, now: datetime) -> Principal:
    return await SharedSecretVerifier(SECRET).verify(bearer_token(head(header)), now=now)


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER  "])
async def test_bearer_token_names_the_principal(scheme: str) -> None:
    principal = Principal("li@example.com", Role.PARTNER_VIEWER, 12)
    token = mint(principal, secret=SECRET, now=NOW, lifetime=timedelta(hours=1))
    assert await principal_of(scheme + token, NOW) == principal
    with pytest.raises(Unauthenticated) as refused:
        await principal_of(scheme + token, NOW + timedelta(hours=1))
    assert refused.value.code is ErrorCode.TOKEN_EXPIRED


@pytest.mark.parametrize(
    "authorization",
    [
        [],
        [""],
        ["Bearer"],
        ["Bearer "],
        ["Bearera.b.c"],
        ["Basic bGk6c2VjcmV0"],
        ["a.b.c"],
        ["Bearer a.b.c", "Bearer a.b.c"],
        ["Bearer " + "x" * 8_186],
    ],
)
def test_header_of_another_form_is_refused(authorization: list[str]) -> None:
    with pytest.raises(Unauthenticated) as refused:
        bearer_token(head(*authorization))
    assert refused.value.code is ErrorCode.UNAUTHENTICATED


@pytest.mark.parametrize("token", ["x", "a.b.c", "a.b.c d", "a.b.c, Bearer d.e.f", "é.é.é", "\x00"])
async def test_text_that_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(Unauthenticated):
        await principal_of(f"Bearer {token}", NOW)
