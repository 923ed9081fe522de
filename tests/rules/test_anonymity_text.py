"""Personal values in free text: found however they are written, and nothing else is touched."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.rules.anonymity_text import (
    EMAIL_REMOVED,
    REMOVED,
    Person,
    Scrubber,
    national_number,
    squeeze,
)

ACME = Person("cust-acme", "Acme Trading", "+86 138 0013 8000", "li.wei@acme.example")
ZHANG = Person("cust-zhang", "张伟", "+852 9123 4567", None)
LI = Person("cust-li", "Li", None, "a@b.co")


def naive(needles: Sequence[bytes]) -> Callable[[bytes], set[int]]:
    return lambda text: {i for i, needle in enumerate(needles) if needle in text}


def scrubber(*people: Person) -> Scrubber:
    return Scrubber(people or (ACME, ZHANG, LI), naive)


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("Acme Trading", "cust-acme"),
        ("vm-ACME_trading-01", "vm-cust-acme-01"),
        ("vmacmetrading01", "vmcust-acme01"),
        ("ＡＣＭＥ　Ｔｒａｄｉｎｇ db", "cust-acme db"),
        ("A.c.m.e/Trading", "cust-acme"),
        ("13800138000", "cust-acme"),
        ("tel:+86-138-0013-8000", "tel:+86-cust-acme"),
        ("008613800138000", "0086cust-acme"),
        ("(852) 9123 4567", "(852) cust-zhang"),
        ("张伟的服务器", "cust-zhang的服务器"),
        ("LI.WEI@Acme.Example", "cust-acme"),
        ("wei at acme example", "wei at acme example"),
        ("li", "cust-li"),
        ("db-LI-7", "db-cust-li-7"),
        ("client oli li2", "client oli li2"),
        ("someone.else@mail.example.org wrote", f"{EMAIL_REMOVED} wrote"),
        ("john%40mail.example", EMAIL_REMOVED),
        ("ｊｏ＠mail.example", EMAIL_REMOVED),
        ("root@localhost", "root@localhost"),
        ("3 @ 0.10", "3 @ 0.10"),
        ("Trading with Acme", "Trading with Acme"),
        ("", ""),
    ],
)
def test_text_is_scrubbed_of_what_is_personal(text: str, scrubbed: str) -> None:
    subject = scrubber()
    assert subject.scrub(text) == scrubbed
    assert subject.may_touch(text) or scrubbed == text


def test_text_with_several_people_gets_the_token_of_each() -> None:
    text = "Acme Trading for 张伟, cc li, 138 0013 8000"
    assert scrubber().scrub(text) == "cust-acme for cust-zhang, cc cust-li, cust-acme"


def test_longer_of_two_names_wins() -> None:
    short, long = Person("cust-1", "Acme"), Person("cust-2", "Acme Trading")
    assert scrubber(short, long).scrub("acme-trading acme") == "cust-2 cust-1"


def test_token_that_spells_a_name_is_not_scrubbed_again() -> None:
    assert scrubber(Person("cust-acme", "Acme"), Person("x", "cust")).scrub("acme") == "cust-acme"


def test_name_shared_by_two_customers_becomes_the_token_of_the_first() -> None:
    for name, same in (("Acme", "ACME"), ("Li", "LI")):
        subject = scrubber(Person("cust-1", name), Person("cust-2", same))
        assert subject.scrub(same) == "cust-1"


def test_name_that_cannot_be_cut_out_takes_the_whole_text_with_it() -> None:
    assert scrubber(Person("cust-1", "Großmann")).scrub("srv GROSSMANN 1") == REMOVED


@pytest.mark.parametrize("name", ["", " ", "+", "★", "...", "\u3000"])
def test_name_without_letters_breaks_nothing(name: str) -> None:
    assert scrubber(Person("cust-1", name)).scrub("a + b ... c") == "a + b ... c"


@pytest.mark.parametrize(
    ("mobile", "national"),
    [
        ("+86 138 0013 8000", "13800138000"),
        ("0086 13800138000", "13800138000"),
        ("13800138000", "13800138000"),
        ("+1 (415) 555-0100", "4155550100"),
        ("+7 912 345-67-89", "9123456789"),
        ("+852 9123 4567", "91234567"),
        ("+49 1512 3456789", "15123456789"),
        ("＋８６ １３８", "138"),
        ("", ""),
    ],
)
def test_country_code_is_left_out(mobile: str, national: str) -> None:
    assert national_number(mobile) == national


PEOPLE = st.builds(
    Person,
    token=st.just("cust-x"),
    name=st.text(max_size=8),
    mobile=st.none() | st.from_regex(r"\+?[0-9 ]{0,14}", fullmatch=True),
    email=st.none() | st.from_regex(r"[a-zé.]{1,8}@[a-z]{1,6}\.test", fullmatch=True),
)


@settings(deadline=None, max_examples=40)
@given(st.lists(PEOPLE, max_size=3), st.text(max_size=20), st.text(max_size=20))
def test_no_telling_value_is_left_in_any_text(
    people: list[Person], before: str, after: str
) -> None:
    subject = Scrubber(people, naive)
    for person in people:
        for value in person.values():
            text = subject.scrub(f"{before}{value}{after}")
            left = squeeze(text.replace("cust-x", "\ufffc"))
            assert not any(squeeze(telling) in left for telling in subject._telling)


@settings(deadline=None)
@given(st.lists(PEOPLE, max_size=3), st.text(max_size=40))
def test_text_that_is_scrubbed_was_suspected(people: list[Person], text: str) -> None:
    subject = Scrubber(people, naive)
    assert subject.scrub(text) == text or subject.may_touch(f"x\n{text}\ny")


def test_long_run_of_characters_is_looked_at_in_linear_time() -> None:
    text = "a" * 100_000
    assert scrubber().scrub(f"{text}@{text}") == f"{text}@{text}"
