"""Digests: the same for the same content, another for any other."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from models.rules.derived import ZERO, DerivedLine, Terms, derive_lines
from models.rules.digests import CustomerDigests, Said, charge_checksum, framed, version_digest
from models.rules.states import DerivedType
from models.rules.totals import Sums, Totals, bill_totals


def totals(expenditures: str = "10.5") -> Totals:
    sums = Sums(Decimal(expenditures), ZERO, ZERO, ZERO)
    return bill_totals(sums, derive_lines(sums.settlement, ZERO, Terms((), (), 2)))


VAT = DerivedLine(DerivedType.TAX, "VAT", Decimal("0.63"), Decimal("0.06"), Decimal("10.5"))


def lines(*pairs: tuple[str | None, str]) -> CustomerDigests:
    digests = CustomerDigests()
    for account, line in pairs:
        digests.add(account, line)
    return digests


def digest(previous: str = "", number: int = 1, **parts: object) -> str:
    header = ("prt_1", "2026-02", number)
    values = {"totals": totals(), "derived": (), "lines": lines(("a", "1"), (None, "2"))} | parts
    return version_digest(previous, Said(header, **values))  # type: ignore[arg-type]


def test_digest_does_not_depend_on_how_an_amount_was_written_or_customers_came() -> None:
    assert digest(totals=totals("10.500")) == digest()
    assert digest(lines=lines((None, "2"), ("a", "1"))) == digest()


def test_digest_changes_with_anything_that_is_said() -> None:
    others = {
        digest("0" * 64),
        digest(number=2),
        digest(totals=totals("10.51")),
        digest(lines=lines(("a", "1"), (None, "3"))),
        digest(lines=lines(("b", "1"), (None, "2"))),
        digest(lines=lines(("a", "1"), ("a", "2"))),
        digest(lines=lines(("a", "12"))),
        digest(derived=[VAT]),
        digest(derived=[replace(VAT, name="GST")]),
        digest(derived=[replace(VAT, rate=Decimal("0.07"))]),
        digest(derived=[replace(VAT, amount=Decimal("0.62"))]),
    }
    assert len(others) == 11
    assert digest() not in others


def test_digest_is_the_same_for_ever() -> None:
    assert digest() == "1076958fbc2cb00a1f412ee93ce124323c4ff5d8a10709370a215b8195d3dc64"


@given(st.lists(st.text()), st.lists(st.text()))
def test_framed_fields_are_read_in_one_way_only(a: list[str], b: list[str]) -> None:
    assert (framed(*a) == framed(*b)) == (a == b)


@given(st.lists(st.text()))
def test_checksum_fits_in_40_bits(fields: list[str]) -> None:
    assert 0 <= charge_checksum(*fields) < 2**40
