"""Collecting: whatever the gateway says, in whatever order, money counts at most once each way."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.collections import (
    IN_PROGRESS,
    PATIENCE,
    GatewayWord,
    collect_key,
    gateway_key,
    is_out_of_time,
    land,
    next_ask,
    payment_moves,
    refund_key,
)
from models.rules.money import EXACT, exact_sum
from models.rules.states import PaymentOutcome

NOW = datetime(2026, 11, 21, 1, 2, 3, 456789, tzinfo=UTC)
SUCCEEDED, REVERSED = PaymentOutcome.SUCCEEDED, PaymentOutcome.REVERSED
AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=18)


def walk(words: Iterable[GatewayWord]) -> list[PaymentOutcome]:
    """Every status that a payment goes through."""
    passed = [PaymentOutcome.PENDING]
    for word in words:
        passed += payment_moves(passed[-1], word)
    return passed


@given(st.lists(st.sampled_from(GatewayWord)))
def test_money_counts_once_when_it_comes_and_once_when_it_goes(words: list[GatewayWord]) -> None:
    passed = walk(words)
    assert passed.count(SUCCEEDED) == (SUCCEEDED in passed)
    assert passed.count(REVERSED) == (REVERSED in passed)
    if REVERSED in passed:
        assert passed[-2:] == [SUCCEEDED, REVERSED]


@given(st.lists(st.sampled_from(GatewayWord)))
def test_money_that_moved_is_never_missed(words: list[GatewayWord]) -> None:
    passed = walk(words)
    has_come = GatewayWord.SUCCEEDED in words or GatewayWord.GIVEN_BACK in words
    assert (SUCCEEDED in passed) is has_come
    if GatewayWord.GIVEN_BACK in words:
        assert passed[-1] is REVERSED


@given(st.lists(st.sampled_from(GatewayWord)), st.sampled_from(GatewayWord))
def test_hearing_a_word_twice_is_hearing_it_once(
    words: list[GatewayWord], word: GatewayWord
) -> None:
    assert walk([*words, word, word]) == walk([*words, word])


@given(st.permutations([GatewayWord.SUCCEEDED, GatewayWord.GIVEN_BACK, GatewayWord.FAILED]))
def test_order_of_the_messages_does_not_matter_for_the_end(words: list[GatewayWord]) -> None:
    assert walk(words)[-1] is REVERSED


@given(st.lists(st.sampled_from(GatewayWord)))
def test_only_no_answer_leaves_a_payment_unknown(words: list[GatewayWord]) -> None:
    end = walk(words)[-1]
    if end is PaymentOutcome.UNKNOWN:
        assert GatewayWord.NO_ANSWER in words
    known = {GatewayWord.SUCCEEDED, GatewayWord.FAILED, GatewayWord.GIVEN_BACK}
    assert (end in IN_PROGRESS) is not bool(known & set(words))


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS, AMOUNTS), max_size=9))
def test_collected_money_lands_whole_and_no_bill_is_overpaid(
    bills: list[tuple[Decimal, Decimal, Decimal]],
) -> None:
    planned = [(bill, part) for bill, (part, _, _) in enumerate(bills)]
    dues = {bill: EXACT.add(paid, room) for bill, (_, paid, room) in enumerate(bills)}
    paid = {bill: paid for bill, (_, paid, _) in enumerate(bills)}
    landing = land(planned, {b: EXACT.subtract(dues[b], paid[b]) for b in dues})
    assert EXACT.add(landing.allocated, landing.surplus) == exact_sum(part for _, part in planned)
    assert landing.surplus >= 0
    for (bill, part), (_, wanted) in zip(landing.parts, planned, strict=True):
        outstanding = EXACT.subtract(dues[bill], EXACT.add(paid[bill], part))
        assert 0 <= part <= wanted
        assert 0 <= outstanding <= dues[bill]


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(1, 10), (2, 60), (3, 300), (4, 3600), (5, 86_400), (6, 86_400), (400, 86_400)],
)
def test_gateway_is_asked_again_soon_and_then_daily(attempts: int, seconds: int) -> None:
    assert next_ask(attempts, NOW) == NOW + timedelta(seconds=seconds)


def test_patience_ends_after_a_day() -> None:
    assert not is_out_of_time(NOW, NOW + PATIENCE - timedelta(microseconds=1))
    assert is_out_of_time(NOW, NOW + PATIENCE)


def test_keys_name_the_payment() -> None:
    assert collect_key(7, 2) == "collect:7:2"
    assert refund_key(7) == "refund:7"
    assert gateway_key("pay_7", NOW) == "pay_7-20261121T010203456789"
