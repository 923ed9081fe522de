"""I17: what is taken back of a charge never exceeds it, along the whole chain of corrections."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.corrections import (
    LARGEST_CHANGE,
    Change,
    Corrected,
    require_given_reason,
    require_room,
)
from models.rules.errors import BillingError, ErrorCode
from models.rules.money import EXACT, Money, exact_sum
from models.rules.states import AdjustmentReason

AMOUNTS = st.integers(-(10**30), 10**30).map(lambda n: Decimal(n).scaleb(-18, EXACT))


def corrected(amount: str, corrections: str = "0") -> Corrected:
    return Corrected(Decimal(amount), Decimal(corrections))


def is_beyond(state: Corrected) -> bool:
    """I17 on its own: more was taken back than there was, or it was raised."""
    low, high = sorted((Decimal(0), state.amount))
    return not low <= exact_sum((state.amount, state.corrections)) <= high


def usd(amount: str | Decimal) -> Money:
    return Money(Decimal(amount), "USD")


@pytest.mark.parametrize(
    ("amount", "corrections", "low", "high"),
    [
        ("100", "0", "-100", "0"),
        ("100", "-30", "-70", "30"),
        ("100", "-100", "0", "100"),
        ("-40", "0", "0", "40"),
        ("-40", "15", "-15", "25"),
        ("0", "0", "0", "0"),
        ("0.000000000000000001", "0", "-0.000000000000000001", "0"),
        # Taken back too much, and raised: both may be mended, none made worse.
        ("100", "-120", "0", "120"),
        ("100", "5", "-105", "0"),
    ],
)
def test_room_is_what_brings_the_remainder_between_0_and_the_amount(
    amount: str, corrections: str, low: str, high: str
) -> None:
    assert corrected(amount, corrections).room == (Decimal(low), Decimal(high))


@pytest.mark.parametrize("amount", ["-70.01", "30.01"])
def test_refusal_says_what_is_left(amount: str) -> None:
    with pytest.raises(BillingError) as refused:
        require_room(usd(amount), [corrected("100", "-30")], "adjustments", "0", "amount")
    assert refused.value.code is ErrorCode.CORRECTION_EXCEEDS_ORIGINAL
    assert refused.value.message.endswith("of this charge: from -70 to 30 USD.")
    assert refused.value.path == ("adjustments", "0", "amount")


@pytest.mark.parametrize(
    ("amount", "is_taken"), [("-10", False), ("10", True), ("40", True), ("40.01", False)]
)
def test_correction_of_a_correction_counts_at_every_link(amount: str, is_taken: bool) -> None:
    # −40 was taken of 100, and is what is corrected now.
    chain = [corrected("-40"), corrected("100", "-40")]
    if is_taken:
        require_room(usd(amount), chain)
        return
    with pytest.raises(BillingError):
        require_room(usd(amount), chain)


@given(AMOUNTS, st.lists(AMOUNTS, max_size=8))
def test_accepted_corrections_never_go_beyond_the_original(
    amount: Decimal, corrections: list[Decimal]
) -> None:
    taken: list[Decimal] = []
    for correction in corrections:
        state = Corrected(amount, exact_sum(taken))
        try:
            require_room(usd(correction), [state])
        except BillingError:
            assert is_beyond(Corrected(amount, EXACT.add(state.corrections, correction)))
        else:
            taken.append(correction)
    end = Corrected(amount, exact_sum(taken))
    assert not is_beyond(end)
    assert abs(end.corrections) <= abs(amount)
    assert end.corrections * amount <= 0


@given(AMOUNTS, AMOUNTS)
def test_all_of_the_room_can_be_used_and_no_more(amount: Decimal, corrections: Decimal) -> None:
    state = Corrected(amount, corrections)
    for end in state.room:
        require_room(usd(end), [state])
        after = Corrected(amount, EXACT.add(corrections, end))
        assert not is_beyond(after) or after == state
    low, high = state.room
    smallest = Decimal("1e-18")
    for beyond in (EXACT.subtract(low, smallest), EXACT.add(high, smallest)):
        with pytest.raises(BillingError):
            require_room(usd(beyond), [state])


@given(AMOUNTS.filter(bool), st.lists(AMOUNTS, min_size=1, max_size=10), st.data())
def test_every_link_of_a_tree_of_corrections_stays_within_itself(
    amount: Decimal, tries: list[Decimal], data: st.DataObject
) -> None:
    amounts, above = [amount], [-1]

    def descendants(root: int) -> Decimal:
        below = [n for n in range(len(amounts)) if above[n] == root]
        return exact_sum(EXACT.add(amounts[n], descendants(n)) for n in below)

    def chain(link: int) -> list[Corrected]:
        own = Corrected(amounts[link], descendants(link))
        return [own, *(chain(above[link]) if above[link] >= 0 else [])]

    for correction in tries:
        link = data.draw(st.integers(0, len(amounts) - 1))
        try:
            require_room(usd(correction), chain(link))
        except BillingError:
            continue
        amounts.append(correction)
        above.append(link)
    assert not any(is_beyond(Corrected(amounts[n], descendants(n))) for n in range(len(amounts)))


def a_change(**changes: object) -> Change:
    values: dict[str, object] = {"amount": usd("-1"), "description": "Too much", "path": ("x",)}
    return Change(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("make", "code", "path"),
    [
        (lambda: a_change(amount=usd("0")), "INVALID_AMOUNT", ("x", "amount")),
        (lambda: a_change(amount=usd("1e15")), None, ()),
        (lambda: a_change(amount=usd("-1000000000000000.1")), "INVALID_AMOUNT", ("x", "amount")),
        (lambda: a_change(description=""), "INVALID_INPUT", ("x", "description")),
        (lambda: a_change(description=" \n"), "INVALID_INPUT", ("x", "description")),
        (lambda: a_change(description="d" * 401), "INVALID_INPUT", ("x", "description")),
        (lambda: a_change(description="a\x00b"), "INVALID_INPUT", ("x", "description")),
        (lambda: a_change(description="a\x1bb"), "INVALID_INPUT", ("x", "description")),
        (lambda: a_change(description="\ud800"), "INVALID_INPUT", ("x", "description")),
        (lambda: a_change(description="客" * 400), None, ()),
        (lambda: a_change(description="two\nlines\tand a tab"), None, ()),
    ],
)
def test_change_is_an_amount_and_a_description(
    make: Callable[[], Change], code: str | None, path: tuple[str, ...]
) -> None:
    if code is None:
        assert abs(make().amount.amount) <= LARGEST_CHANGE
        return
    with pytest.raises(BillingError) as refused:
        make()
    assert (refused.value.code, refused.value.path) == (code, path)


@pytest.mark.parametrize("reason", list(AdjustmentReason))
def test_reasons_of_the_product_itself_are_not_given(reason: AdjustmentReason) -> None:
    if reason in {"REVERSAL", "CARRIED_CREDIT", "DISPUTE"}:
        with pytest.raises(BillingError, match="BILLING_ERROR, CONTRACT, GOODWILL, OTHER"):
            require_given_reason(reason)
    else:
        require_given_reason(reason)
