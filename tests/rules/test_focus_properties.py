"""What holds for every FOCUS row: no crash, exact amounts, one key for one content."""

import csv
import os
from collections import Counter
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.rules import focus
from models.rules.focus import FocusCharge, RowMapper, RowProblem
from models.rules.focus_columns import GROUPED
from models.rules.money import exact_sum
from tests.rules.focus_rows import A_ROW, CURRENCIES, a_charge, read

SAMPLE = Path(
    os.environ.get("BILLS_FOCUS_SAMPLE")
    or Path(__file__).parents[2].parent / "shared/data/focus_sample.csv"
)

anything = st.text(st.characters(), max_size=30)
cells = st.one_of(
    anything,
    st.sampled_from(["", "NULL", "Usage", "USD", "2026-03-01", "1e5", "-0", "\0", "\ud800"]),
    st.from_regex(r"[+-]?[0-9]{0,25}\.?[0-9]{0,25}([eE][+-]?[0-9]{1,3})?", fullmatch=True),
)


@given(st.dictionaries(st.sampled_from(sorted(GROUPED)), cells), st.dictionaries(anything, cells))
def test_any_row_is_a_charge_or_a_problem(known: dict[str, str], unknown: dict[str, str]) -> None:
    result = read({**unknown, **A_ROW, **known}, line=9)
    assert isinstance(result, FocusCharge) or (isinstance(result, RowProblem) and result.line == 9)


@given(st.lists(cells, max_size=40))
def test_any_cells_are_a_charge_or_a_problem(row: list[str]) -> None:
    mapper = RowMapper(tuple(A_ROW), CURRENCIES)
    assert isinstance(mapper.read(2, row), (FocusCharge, RowProblem))


amounts = st.decimals(
    min_value=-(10**20) + 1, max_value=10**20 - 1, places=18, allow_nan=False, allow_infinity=False
)


@given(amounts, st.integers(0, 18))
@example(Decimal("-1E-18"), 0)
@example(Decimal("10000000000000000000.000000000000000000"), 0)
def test_any_amount_arrives_exactly_however_it_is_written(amount: Decimal, zeros: int) -> None:
    plain = format(amount, "f") + "0" * zeros
    for text in (plain, plain.rstrip("0"), f"{amount:E}"):
        assert a_charge(BilledCost=text).amount == amount


@given(st.permutations(sorted(A_ROW)), st.sets(st.sampled_from(sorted(GROUPED - set(A_ROW)))))
def test_key_does_not_know_the_order_nor_absent_columns(order: list[str], more: set[str]) -> None:
    row = {name: A_ROW[name] for name in order} | dict.fromkeys(more, "NULL")
    charge = read({"x_Other": "", **row})
    assert isinstance(charge, FocusCharge)
    assert charge == a_charge()


@given(st.sets(st.sampled_from(["RegionId", "Tags", "ResourceId", "ListCost", "SubAccountId"])))
def test_key_does_not_know_how_absence_is_written(absent: set[str]) -> None:
    names = tuple(absent)
    charge = a_charge(without=names)
    assert a_charge(**dict.fromkeys(names, "")) == charge
    assert a_charge(**dict.fromkeys(names, "NULL")) == charge


@given(
    st.sampled_from(sorted({*A_ROW, "x_Other", "SkuId", "EffectiveCost"} - {"BillingCurrency"})),
    st.sampled_from(["2026-02-03", "2026-03-08", "Tax", "Correction", "1", "One-Time", "other"]),
)
def test_key_knows_every_value(column: str, cell: str) -> None:
    charge, changed = a_charge(), read({**A_ROW, column: cell})
    if isinstance(changed, FocusCharge) and A_ROW.get(column) != cell:
        assert changed.key != charge.key


def test_key_knows_numbers_and_times_by_value() -> None:
    charge = a_charge(EffectiveCost="0.00000080000")
    assert charge == a_charge(
        BilledCost="1.25E1",
        ListCost="15.00",
        EffectiveCost="8e-07",
        BillingPeriodStart="2026-03-01 00:00:00",
        ChargePeriodStart="2026-03-07T20:00:00+08:00",
    )


def test_key_knows_an_exponent_of_three_digits_in_a_price_as_the_releases_before_did() -> None:
    charge = a_charge(EffectiveCost="1.5E-007")
    assert (charge.key.hex(), charge.former) == ("38a3c9469fba156e3e9edd65ff175b7f", None)


def test_key_tells_columns_apart() -> None:
    keys = {
        a_charge(x_A="1", x_B="").key,
        a_charge(x_A="", x_B="1").key,
        a_charge(x_A="1", x_B="1").key,
        a_charge(SkuId="1").key,
        a_charge(SkuPriceId="1").key,
    }
    assert len(keys) == 5


def test_key_is_the_same_in_every_release() -> None:
    charge = a_charge(x_Other="other")
    assert charge.key.hex() == "73f4d7660e51be0fc740a93ec71594a0"
    assert charge.checksum == 242702477996


def test_memory_that_is_full_starts_afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(focus, "MOST_REMEMBERED", 2)
    mapper = RowMapper(tuple(A_ROW), CURRENCIES)
    for number in range(7):
        row = {**A_ROW, "SubAccountId": str(number)}
        charge = mapper.read(2, tuple(row.values()))
        assert isinstance(charge, FocusCharge)
        assert charge.sub_account == str(number)


@pytest.fixture(scope="module")
def sample() -> list[FocusCharge]:
    """The charges of the FinOps Foundation's sample, which is not part of this repository."""
    if not SAMPLE.exists():
        pytest.skip(f"no FOCUS sample at {SAMPLE}: set BILLS_FOCUS_SAMPLE")
    with SAMPLE.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, strict=True)
        mapper = RowMapper(next(rows), CURRENCIES)
        results = [mapper.read(rows.line_num, row) for row in rows]
    assert [result for result in results if isinstance(result, RowProblem)] == []
    return [result for result in results if isinstance(result, FocusCharge)]


def test_sample_maps_whole(sample: list[FocusCharge]) -> None:
    assert len(sample) == len({charge.key for charge in sample}) == 1000
    assert Counter(charge.cycle for charge in sample) == {"2024-09": 999, "2024-10": 1}
    assert Counter(charge.market for charge in sample) == {"CLOUD": 999, "MARKETPLACE": 1}
    assert len({charge.billing_account for charge in sample}) == 3


def test_sample_keeps_the_keys_of_the_releases_before(sample: list[FocusCharge]) -> None:
    keys = "".join((charge.former or charge.key).hex() for charge in sample)
    digest = "55a19039faeacae0af17bedab0b0ae16d94f04fe99ac30a2d64f0e292803c80e"
    assert sha256(keys.encode()).hexdigest() == digest


def test_sample_sums_are_exact(sample: list[FocusCharge]) -> None:
    ours = [charge for charge in sample if charge.billing_account == "1234567890123"]
    sums = {
        kind: exact_sum(charge.amount for charge in ours if charge.charge_type == kind)
        for kind in ("EXPENDITURE", "REFUND", "ADJUSTMENT")
    }
    assert sums == {
        "EXPENDITURE": Decimal("20.62033861840"),
        "REFUND": Decimal(0),
        "ADJUSTMENT": Decimal("-2.6137"),
    }
    assert len({charge.sub_account for charge in ours}) == 66
    assert {charge.cycle for charge in ours} == {"2024-09"}
