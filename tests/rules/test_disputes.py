"""What a question about a bill, and its answer, must look like."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from models.rules.corrections import Change
from models.rules.disputes import (
    ENDINGS,
    Answer,
    DisputeResolution,
    require_charges,
    require_dispute_message,
)
from models.rules.errors import BillingError, ErrorCode
from models.rules.money import Money
from models.rules.states import BILL_MOVES, BillStatus, DisputeStatus

ACCEPTED, REJECTED = DisputeResolution
CHANGE = Change(Money(Decimal(-1), "USD"), "Too much")


def refusal(attempt: Callable[[], object]) -> tuple[ErrorCode, tuple[str, ...]]:
    with pytest.raises(BillingError) as refused:
        attempt()
    return refused.value.code, refused.value.path


@pytest.mark.parametrize("text", ["?", "m" * 4000, "为什么\r\n\tthis\x07", "😀" * 4000])
def test_message_of_1_to_4000_characters_is_taken(text: str) -> None:
    require_dispute_message(text, "message")


@pytest.mark.parametrize("text", ["", " \t\n", "m" * 4001, "a\x00b", "\udc80"])
def test_message_that_cannot_be_kept_or_says_nothing_is_refused(text: str) -> None:
    assert refusal(lambda: require_dispute_message(text, "message")) == (
        ErrorCode.INVALID_INPUT,
        ("message",),
    )


def test_refusal_does_not_quote_the_message() -> None:
    with pytest.raises(BillingError) as refused:
        require_dispute_message("Ann owes us\x00", "message")
    assert "Ann" not in refused.value.message


def test_charges_are_named_once_each() -> None:
    assert require_charges(None) == []
    assert require_charges([3, 1, 3]) == [1, 3]


@pytest.mark.parametrize("ids", [[], list(range(1, 102))])
def test_none_and_too_many_charges_are_refused(ids: list[int]) -> None:
    assert refusal(lambda: require_charges(ids)) == (ErrorCode.INVALID_INPUT, ("chargeIds",))


@pytest.mark.parametrize(
    ("resolution", "message", "changes"),
    [(ACCEPTED, None, 1), (ACCEPTED, "You are right.", 100), (REJECTED, "See clause 7.", 0)],
)
def test_answer_is_changes_or_a_reason(
    resolution: DisputeResolution, message: str | None, changes: int
) -> None:
    assert len(Answer(resolution, message, [CHANGE] * changes).changes) == changes


@pytest.mark.parametrize(
    ("resolution", "message", "changes", "expected"),
    [
        (ACCEPTED, "You are right.", 0, ("NO_CHANGE", ("adjustments",))),
        (ACCEPTED, None, 101, ("INVALID_INPUT", ("adjustments",))),
        (ACCEPTED, " ", 1, ("INVALID_INPUT", ("answer",))),
        (REJECTED, None, 0, ("INVALID_INPUT", ("answer",))),
        (REJECTED, "a" * 4001, 0, ("INVALID_INPUT", ("answer",))),
        (REJECTED, "No.", 1, ("INVALID_INPUT", ("adjustments",))),
    ],
)
def test_answer_that_answers_nothing_is_refused(
    resolution: DisputeResolution,
    message: str | None,
    changes: int,
    expected: tuple[str, tuple[str, ...]],
) -> None:
    assert refusal(lambda: Answer(resolution, message, [CHANGE] * changes)) == expected


def test_every_ending_leads_from_a_disputed_bill_to_an_issued_one() -> None:
    assert set(ENDINGS) == set(DisputeStatus) - {DisputeStatus.OPEN}
    for verb in ENDINGS.values():
        assert BILL_MOVES[BillStatus.DISPUTED, verb] is BillStatus.ISSUED
