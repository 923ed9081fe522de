"""Stripe as a gateway, against a small Stripe: one charge, whatever is lost on the way."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal

import pytest

from models.adapters.gateways import Answer, Collection
from models.adapters.stripe_gateway import StripeGateway
from models.rules.collections import GatewayWord
from models.rules.money import Money
from tests.stripe_server import KEY, StripeServer, stripe_server

SECONDS = (1.0, 0.3)
FAULTS = ["hang", "cut", "garbage", "500", "503", "429", "409"]


@pytest.fixture
def stripe() -> Iterator[StripeServer]:
    with stripe_server() as server:
        yield server


def gateway(server: StripeServer, key: str = KEY) -> StripeGateway:
    return StripeGateway(
        key, return_url="https://bills.example", api_base=server.url, seconds=SECONDS
    )


def order(means: str = "pm_card_visa", amount: str = "7.50", currency: str = "USD") -> Collection:
    return Collection("pay_7-1", "pay_7", Money(Decimal(amount), currency), means)


async def begun(server: StripeServer, means: str = "pm_card_visa") -> str:
    answer = await gateway(server).begin(order(means))
    assert answer.word is GatewayWord.PROCESSING
    assert answer.gateway_ref is not None
    return answer.gateway_ref


async def test_beginning_names_the_payment_and_charges_nothing(stripe: StripeServer) -> None:
    assert await begun(stripe) == "pi_1"
    assert await begun(stripe) == "pi_1"
    intent = stripe.the_intent
    assert (intent["amount"], intent["currency"], intent["status"]) == (
        750,
        "usd",
        "requires_confirmation",
    )
    assert intent["metadata"] == {"payment_id": "pay_7"}
    assert not stripe.charges


async def test_same_key_for_another_payment_is_no_answer(stripe: StripeServer) -> None:
    await begun(stripe)
    answer = await gateway(stripe).begin(order(amount="8"))
    assert (answer.word, answer.gateway_ref) == (GatewayWord.NO_ANSWER, None)


@pytest.mark.parametrize(
    ("means", "expected"),
    [
        ("pm_card_visa", Answer(GatewayWord.SUCCEEDED, "pi_1")),
        (
            "pm_card_visa_chargeDeclined",
            Answer(GatewayWord.FAILED, "pi_1", "No funds. (insufficient_funds)"),
        ),
        (
            "pm_card_authenticationRequired",
            Answer(GatewayWord.REQUIRES_ACTION, "pi_1", action_url="https://bank.example/3ds/1"),
        ),
        ("pm_debit", Answer(GatewayWord.PROCESSING, "pi_1")),
        ("pm_reused", Answer(GatewayWord.FAILED, "pi_1", "It may not be used again.")),
    ],
)
async def test_collecting_says_how_the_payment_stands_however_often(
    stripe: StripeServer, means: str, expected: Answer
) -> None:
    ref = await begun(stripe, means)
    assert await gateway(stripe).collect(ref) == expected
    again = await gateway(stripe).collect(ref)
    assert again.word is expected.word
    assert stripe.charges.total() == (1 if means == "pm_card_visa" else 0)
    assert stripe.requests.count("confirm") == 1


async def test_refused_means_never_wait_to_be_charged(stripe: StripeServer) -> None:
    await gateway(stripe).collect(await begun(stripe, "pm_reused"))
    assert stripe.the_intent["status"] == "canceled"


async def test_unknown_means_fail_before_anything_is_begun(stripe: StripeServer) -> None:
    answer = await gateway(stripe).begin(order("pm_gone"))
    assert answer == Answer(GatewayWord.FAILED, None, "No such PaymentMethod: '…'")


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("after", [False, True])
async def test_lost_answer_is_no_answer_and_never_a_second_charge(
    stripe: StripeServer, fault: str, after: bool
) -> None:
    stripe.fail_next("create", fault, after=after)
    assert (await gateway(stripe).begin(order())).word is GatewayWord.NO_ANSWER
    ref = await begun(stripe)
    stripe.fail_next("confirm", fault, after=after)
    assert (await gateway(stripe).collect(ref)).word is GatewayWord.NO_ANSWER
    stripe.fail_next("retrieve", fault)
    assert (await gateway(stripe).collect(ref)).word is GatewayWord.NO_ANSWER
    assert await gateway(stripe).collect(ref) == Answer(GatewayWord.SUCCEEDED, ref)
    assert stripe.charges == {ref: 1}


async def test_many_workers_charge_once(stripe: StripeServer) -> None:
    ref = await begun(stripe)
    answers = await asyncio.gather(*(gateway(stripe).collect(ref) for _ in range(20)))
    assert {answer.word for answer in answers} == {GatewayWord.SUCCEEDED}
    assert stripe.charges == {ref: 1}


async def test_nothing_listens_is_no_answer(stripe: StripeServer) -> None:
    silent = StripeGateway(KEY, return_url="x", api_base="http://127.0.0.1:9", seconds=SECONDS)
    assert (await silent.begin(order())).word is GatewayWord.NO_ANSWER


@pytest.mark.parametrize("act", ["collect", "cancel", "refund"])
async def test_wrong_key_or_foreign_payment_is_never_taken_for_a_failure(
    stripe: StripeServer, act: str
) -> None:
    ref = await begun(stripe)
    arguments = (ref, "k") if act == "refund" else (ref,)
    answer = await getattr(gateway(stripe, "sk_test_other"), act)(*arguments)
    assert answer.word is GatewayWord.NO_ANSWER
    if act != "refund":
        missing = await getattr(gateway(stripe), act)("pi_missing")
        assert missing.word is GatewayWord.NO_ANSWER


@pytest.mark.parametrize(
    ("status", "word", "after"),
    [
        ("requires_confirmation", GatewayWord.FAILED, "canceled"),
        ("requires_action", GatewayWord.FAILED, "canceled"),
        ("processing", GatewayWord.PROCESSING, "processing"),
        ("succeeded", GatewayWord.SUCCEEDED, "succeeded"),
        ("canceled", GatewayWord.FAILED, "canceled"),
    ],
)
async def test_calling_off_never_hides_that_money_moved(
    stripe: StripeServer, status: str, word: GatewayWord, after: str
) -> None:
    ref = await begun(stripe)
    stripe.the_intent["status"] = status
    assert (await gateway(stripe).cancel(ref)).word is word
    assert stripe.the_intent["status"] == after


async def test_refund_is_made_once(stripe: StripeServer) -> None:
    ref = await begun(stripe)
    await gateway(stripe).collect(ref)
    stripe.fail_next("refund", "hang", after=True)
    assert (await gateway(stripe).refund(ref, "k")).word is GatewayWord.NO_ANSWER
    for key in ("k", "another"):
        assert (await gateway(stripe).refund(ref, key)).word is GatewayWord.SUCCEEDED
    assert stripe.refunds == {ref: 1}
