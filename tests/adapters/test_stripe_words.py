"""What Stripe posts to us: only what it signed, only lately, and in our words."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from stripe import WebhookSignature

from models.adapters.gateways import Answer, Message
from models.adapters.stripe_words import StripeMessages, told
from models.rules.collections import GatewayWord
from models.rules.errors import ErrorCode, InvalidInput
from tests.stripe_server import DECLINED, REDIRECT, event

SECRET = "whsec_test"
NOW = datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC)
MESSAGES = StripeMessages(SECRET)


def signed(body: bytes, *, at: datetime = NOW, secret: str = SECRET) -> str:
    return WebhookSignature.generate_signature_header(
        body.decode(), secret, timestamp=int(at.timestamp())
    )


def refusal(body: bytes, signature: str, now: datetime = NOW) -> ErrorCode:
    with pytest.raises(InvalidInput) as refused:
        MESSAGES.read(body, signature, now=now)
    return refused.value.code


def read(kind: str, **thing: Any) -> Message | None:
    body = event(kind, thing)
    return MESSAGES.read(body, signed(body), now=NOW)


@pytest.mark.parametrize(
    ("kind", "thing", "answer"),
    [
        ("succeeded", {"status": "succeeded"}, Answer(GatewayWord.SUCCEEDED, "pi_1")),
        (
            "payment_failed",
            {"status": "requires_payment_method", "last_payment_error": DECLINED},
            Answer(GatewayWord.FAILED, "pi_1", "No funds. (insufficient_funds)"),
        ),
        (
            "requires_action",
            {"status": "requires_action", "next_action": REDIRECT},
            Answer(GatewayWord.REQUIRES_ACTION, "pi_1", action_url="https://bank.example/3ds/1"),
        ),
        ("processing", {"status": "processing"}, Answer(GatewayWord.PROCESSING, "pi_1")),
        (
            "canceled",
            {"status": "canceled"},
            Answer(GatewayWord.FAILED, "pi_1", "It was called off before it was collected."),
        ),
    ],
)
def test_payment_intents_are_read(kind: str, thing: dict[str, Any], answer: Answer) -> None:
    name = f"payment_intent.{kind}"
    assert read(name, id="pi_1", **thing) == Message("evt_1", name, answer)


def test_refunds_and_lost_disputes_give_money_back() -> None:
    back = Answer(GatewayWord.GIVEN_BACK, "pi_1")
    refunded = read("charge.refunded", id="ch_1", payment_intent="pi_1", amount_refunded=750)
    assert refunded == Message("evt_1", "charge.refunded", back, 750)
    kind = "charge.dispute.closed"
    lost = read(kind, id="dp_1", payment_intent="pi_1", status="lost", amount=750)
    assert lost == Message("evt_1", kind, back, 750)


@pytest.mark.parametrize(
    ("kind", "thing"),
    [
        ("customer.created", {"id": "cus_1"}),
        ("payment_intent.created", {"id": "pi_1", "status": "requires_confirmation"}),
        ("payment_intent.succeeded", {"id": 7}),
        ("charge.refunded", {"payment_intent": None, "amount_refunded": 5}),
        ("charge.dispute.closed", {"payment_intent": "pi_1", "status": "won", "amount": 5}),
        ("charge.dispute.created", {"payment_intent": "pi_1", "status": "needs_response"}),
    ],
)
def test_what_does_not_count_here_is_passed_over(kind: str, thing: dict[str, Any]) -> None:
    assert read(kind, **thing) is None


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("No such PaymentMethod: 'pm_1MqLiJLkdIwHu7ix'", "No such PaymentMethod: '…'"),
        ("card_1MqLiJLk and pi_3MtwBwLk; cus_NffrFeUf_x", "… and …; …"),
        ("Your card was refused. (card_declined)", "Your card was refused. (card_declined)"),
        ("x" * 500, "x" * 400),
    ],
)
def test_what_stripe_says_is_told_without_what_it_names(message: str, expected: str) -> None:
    assert told(message) == expected


BODY = event("payment_intent.succeeded", {"id": "pi_1", "status": "succeeded"})


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "t=1",
        "v1=ab",
        "nonsense",
        signed(BODY, secret="whsec_other"),
        signed(BODY + b" "),
        signed(BODY).replace("v1=", "v0="),
        signed(BODY) + ",é",
        signed(BODY).upper(),
        f"t={int(NOW.timestamp())},v1=" + "0" * 64,
    ],
)
def test_wrong_signature_is_refused(signature: str) -> None:
    assert refusal(BODY, signature) is ErrorCode.SIGNATURE_INVALID


def test_body_that_is_no_text_is_refused() -> None:
    assert refusal(b"\xff\xfe", signed(BODY)) is ErrorCode.SIGNATURE_INVALID


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_signature_of_the_last_five_minutes_is_taken(seconds: int) -> None:
    signature = signed(BODY, at=NOW + timedelta(seconds=seconds))
    assert MESSAGES.read(BODY, signature, now=NOW) is not None


@pytest.mark.parametrize("seconds", [-301, 301, -86_400])
def test_old_signature_is_refused(seconds: int) -> None:
    signature = signed(BODY, at=NOW + timedelta(seconds=seconds))
    assert refusal(BODY, signature) is ErrorCode.SIGNATURE_EXPIRED


@pytest.mark.parametrize("trick", ["t=+{old},{rest},t={now}", "{rest},t={old},t={now}"])
def test_old_signature_with_a_second_timestamp_is_refused(trick: str) -> None:
    old = int((NOW - timedelta(days=1)).timestamp())
    rest = signed(BODY, at=NOW - timedelta(days=1)).partition(",")[2]
    header = trick.format(old=old, rest=rest, now=int(NOW.timestamp()))
    assert refusal(BODY, header) is ErrorCode.SIGNATURE_INVALID


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{", b'{"id": 1}', b'{"id": "e", "type": "t", "data": {}}']
)
def test_signed_body_that_is_no_event_is_refused(body: bytes) -> None:
    assert refusal(body, signed(body)) is ErrorCode.BAD_REQUEST
