"""Signed links: good for one object of one partner, until they expire."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from models.rules.errors import ErrorCode, Forbidden
from models.rules.links import Link, download_path, require_signed

SECRET = "a secret"
NOW = datetime(2026, 3, 6, 12, 0, 0, 500_000, tzinfo=UTC)
LINK = Link(partner_id=1, object_id="exp_12", expires=1_772_802_000)  # an hour after 12:00:00


def code_of(link: Link, signature: str, *, secret: str = SECRET, now: datetime = NOW) -> ErrorCode:
    with pytest.raises(Forbidden) as refused:
        require_signed(link, signature, secret=secret, now=now)
    return refused.value.code


def test_path_holds_until_its_second_is_over() -> None:
    path = download_path(1, "exp_12", secret=SECRET, expires=NOW + timedelta(hours=1))
    address = urlsplit(path)
    query = {name: value for name, [value] in parse_qs(address.query, strict_parsing=True).items()}
    assert address.path == "/downloads/exp_12"
    assert query == {
        "partner": "prt_1",
        "expires": "1772802000",
        "signature": LINK.signature(SECRET),
    }
    require_signed(LINK, query["signature"], secret=SECRET, now=NOW + timedelta(minutes=59))


def test_link_that_has_expired_says_so() -> None:
    expired = datetime.fromtimestamp(LINK.expires, UTC)
    signature = LINK.signature(SECRET)
    require_signed(LINK, signature, secret=SECRET, now=expired - timedelta(microseconds=1))
    assert code_of(LINK, signature, now=expired) is ErrorCode.LINK_EXPIRED


@pytest.mark.parametrize(
    "changes",
    [{"partner_id": 2}, {"object_id": "exp_13"}, {"expires": LINK.expires + 1}],
)
def test_link_that_was_changed_is_not_ours(changes: dict[str, Any]) -> None:
    signature = LINK.signature(SECRET)
    assert code_of(replace(LINK, **changes), signature) is ErrorCode.LINK_INVALID


@pytest.mark.parametrize("signature", ["", "x", "é", LINK.signature("another secret")])
def test_signature_that_we_did_not_make_is_refused(signature: str) -> None:
    assert code_of(LINK, signature) is ErrorCode.LINK_INVALID


def test_forged_link_does_not_learn_that_it_would_have_expired() -> None:
    assert code_of(replace(LINK, expires=1), "x") is ErrorCode.LINK_INVALID


def test_signatures_differ_by_each_part() -> None:
    links = [LINK, replace(LINK, partner_id=11), replace(LINK, object_id="exp_2")]
    assert len({link.signature(SECRET) for link in links} | {LINK.signature("b")}) == 4
