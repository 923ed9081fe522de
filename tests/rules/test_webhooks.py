"""Webhooks: which URLs, which types, and the words of a message."""

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.provisional import urls

from models.rules.errors import BillingError, ErrorCode, InvalidInput
from models.rules.states import EventType
from models.rules.webhooks import (
    MOST_ENDPOINTS,
    MOST_URL_CHARACTERS,
    Target,
    answer_failure,
    chosen_types,
    event_body,
    parse_target,
    pathless,
    require_room,
    secret_text,
)

AT = datetime(2026, 3, 5, 1, 2, 3, 456789, tzinfo=UTC)


@pytest.mark.parametrize(
    ("url", "target", "authority"),
    [
        ("https://example.com", Target("https", "example.com", 443, "/"), "example.com"),
        (
            "https://Hooks.Example.com:8443/a/b?x=1&y=%20",
            Target("https", "hooks.example.com", 8443, "/a/b?x=1&y=%20"),
            "hooks.example.com:8443",
        ),
        ("https://xn--fsq.example:443/", Target("https", "xn--fsq.example", 443, "/"), None),
        ("https://[2001:DB8::1]:8443", Target("https", "2001:db8::1", 8443, "/"), None),
        ("HTTPS://8.8.8.8/x?", Target("https", "8.8.8.8", 443, "/x"), "8.8.8.8"),
    ],
)
def test_url_is_read(url: str, target: Target, authority: str | None) -> None:
    assert parse_target(url) == target
    assert target.authority == authority or authority is None


def test_authority_of_an_ipv6_address_is_in_brackets() -> None:
    assert parse_target("https://[2001:db8::1]:8443").authority == "[2001:db8::1]:8443"
    assert parse_target("https://[2001:db8::1]").authority == "[2001:db8::1]"


@pytest.mark.parametrize(
    "url",
    [
        "", "example.com", "//example.com", "http://example.com", "ftp://example.com",
        "file:///etc/passwd", "gopher://example.com", "javascript:alert(1)", "https://",
        "https:///path", "https://user@example.com", "https://user:pw@example.com",
        "https://@example.com", "https://example.com#part", "https://example.com/#",
        "https://example.com:0", "https://example.com:65536", "https://example.com:x",
        "https://exa mple.com", "https://example.com/\r\nX: y", "https://example.com/\ta",
        "https://example.com\\@internal", "https://exämple.com", "https://例え.jp",
        "https://example..com", "https://.example.com", "https://example.com.",
        "https://-a.example.com", "https://[::1", "https://::1", "https://[fe80::1%25eth0]",
        "https://[v1.a]", "https://exa%6dple.com", "https://example.com/" + "a" * 2000,
        "https://" + "a" * 64 + ".com",
    ],
)  # fmt: skip
def test_url_that_is_none_of_a_receiver_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_target(url)
    assert (refused.value.code, refused.value.path) == (ErrorCode.INVALID_INPUT, ("url",))


def test_http_is_read_where_it_is_allowed() -> None:
    expected = Target("http", "127.0.0.1", 80, "/x")
    assert parse_target("http://127.0.0.1/x", allow_http=True) == expected
    assert expected.authority == "127.0.0.1"


@given(st.text(max_size=60) | urls() | st.text("htps:/@#?[]%.0a-\\ ", max_size=30))
def test_any_text_is_a_receiver_or_refused(text: str) -> None:
    try:
        target = parse_target(text, allow_http=True)
    except BillingError as refused:
        assert refused.path == ("url",)
        return
    assert len(text) <= MOST_URL_CHARACTERS
    again = parse_target(f"{target.scheme}://{target.authority}{target.path}", allow_http=True)
    assert again == target
    assert target.host
    assert 1 <= target.port <= 65535


def test_types_are_kept_once_in_their_order() -> None:
    asked = [EventType.EXPORT_READY, EventType.BILL_ISSUED, EventType.EXPORT_READY]
    assert chosen_types(asked) == [EventType.BILL_ISSUED, EventType.EXPORT_READY]


@pytest.mark.parametrize(
    "types", [[], [EventType.WEBHOOK_TEST], [EventType.BILL_PAID, EventType.WEBHOOK_TEST]]
)
def test_no_type_or_the_test_is_refused(types: list[EventType]) -> None:
    with pytest.raises(InvalidInput) as refused:
        chosen_types(types)
    assert refused.value.path == ("eventTypes",)


def test_eleventh_endpoint_is_refused() -> None:
    require_room(MOST_ENDPOINTS - 1)
    with pytest.raises(InvalidInput) as refused:
        require_room(MOST_ENDPOINTS)
    assert refused.value.code is ErrorCode.TOO_MANY_ENDPOINTS


@given(st.binary(min_size=32, max_size=32))
def test_secret_holds_all_of_its_randomness(random: bytes) -> None:
    text = secret_text(random)
    assert text.startswith("whsec_")
    assert base64.b64decode(text.removeprefix("whsec_"), validate=True) == random


def test_message_is_the_same_text_whatever_the_order_of_its_parts() -> None:
    body = event_body(EventType.BILL_ISSUED, AT, {"cycle": "2026-02", "amountDue": "7.00"})
    assert body == (
        '{"type":"bill.issued","timestamp":"2026-03-05T01:02:03.456789Z",'
        '"data":{"amountDue":"7.00","cycle":"2026-02"}}'
    )
    assert body == event_body(EventType.BILL_ISSUED, AT, {"amountDue": "7.00", "cycle": "2026-02"})
    assert json.loads(body)["data"]["amountDue"] == "7.00"


def test_names_on_the_wire() -> None:
    assert [event_type.wire for event_type in EventType] == [
        "bill.issued", "bill.reissued", "bill.confirmed", "bill.disputed",
        "bill.partially_paid", "bill.paid", "payment.failed", "payment.reversed",
        "dispute.answered", "dispute.replied", "dispute.withdrawn", "export.ready",
        "delivery.failed", "webhook.test",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (200, None),
        (204, None),
        (299, None),
        (199, "The receiver answered 199."),
        (302, "The receiver answered 302; redirects are not followed."),
        (404, "The receiver answered 404."),
        (410, "The receiver answered 410, gone for good: the endpoint was disabled."),
        (500, "The receiver answered 500."),
    ],
)
def test_answer_counts_from_200_to_299(status: int, failure: str | None) -> None:
    assert answer_failure(status) == failure


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://hooks.example/secret?token=1", "https://hooks.example/…"),
        ("https://hooks.example:8443", "https://hooks.example:8443/…"),
        ("http://[::1]:9/a", "http://[::1]:9/…"),
    ],
)
def test_path_is_for_those_who_need_it(url: str, shown: str) -> None:
    assert pathless(url) == shown
