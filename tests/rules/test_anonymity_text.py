"""Personal values in free text: found however they are written, and nothing else is touched."""

import json
from collections.abc import Callable, Sequence
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.rules.anonymity_text import (
    EMAIL_REMOVED,
    REMOVED,
    Person,
    Scrubber,
    concerned,
    national_number,
    squeeze,
)
from models.rules.encoded_texts import DEEPEST, readings

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


MUELLER = Person("cust-mueller", "Müller & Söhne", "+49 (0)30 1234567", "post@müller.example")
BEIJING = Person("cust-bj", "北京云帆科技", "010 5555 0100", "yun@fan.example")


@pytest.mark.parametrize("between", ["–", "‑", "\u200b", "\xad", "\u2060", "\ufeff", "·", "。"])
def test_sign_between_the_letters_of_a_name_hides_none(between: str) -> None:
    subject = scrubber(ACME, ZHANG, LI, BEIJING)
    for person, written in ((ACME, "Acme Trading"), (BEIJING, "北京云帆科技"), (ZHANG, "91234567")):
        assert subject.scrub(f"vm {between.join(written)} 1") == f"vm {person.token} 1"


def test_what_is_not_seen_parts_no_words() -> None:
    assert scrubber().scrub("db-L\u200bI-7 ol\u200bi") == "db-cust-li-7 oli"
    assert scrubber().scrub("ol\u200bi") == "ol\u200bi"


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("Acme%20Trading", "cust-acme"),
        ("?q=acme%2520trading&x=1", "?q=cust-acme&x=1"),
        ("%E5%8C%97%E4%BA%AC%E4%BA%91%E5%B8%86%E7%A7%91%E6%8A%80", "cust-bj"),
        ("M%C3%BCller%20%26%20S%C3%B6hne", "cust-mueller"),
        ("M%FCller%20%26%20S%F6hne", "cust-mueller"),
        ("M&uuml;ller &amp; S&#246;hne", "cust-mueller"),
        ("M&amp;uuml;ller &amp;amp; S&#xF6;hne", "cust-mueller"),
        (r'{"name": "\u5317\u4eac\u4e91\u5e06\u79d1\u6280"}', '{"name": "cust-bj"}'),
        (r"M\u00fcller \\u0026 S\u00F6hne", "cust-mueller"),
        ("li.wei%40acme.example%20wrote", "cust-acme wrote"),
        ("a%0D%0A%00acme%20trading", "a   cust-acme"),
        ("Acme%20Tradin", "Acme%20Tradin"),
        ("100%, R&D; \\uber &nosuch; %zz \\ud800", "100%, R&D; \\uber &nosuch; %zz \\ud800"),
    ],
)
def test_text_that_was_encoded_is_scrubbed_decoded_or_left_as_it_was(
    text: str, scrubbed: str
) -> None:
    subject = scrubber(ACME, MUELLER, BEIJING)
    assert subject.scrub(text) == scrubbed
    assert subject.may_touch(f"x\n{text}\ny") == (text != scrubbed)


def test_text_that_is_encoded_without_end_is_removed() -> None:
    text = f"%{'25' * DEEPEST}20"
    assert scrubber().scrub(text) == REMOVED
    assert scrubber().may_touch(text)


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("138\u20110013\u20138000", "cust-acme"),
        ("138\u200b0013\u206f8000", "cust-acme"),
        ("١٣٨٠٠١٣٨٠٠٠", "cust-acme"),
        ("९१२३ ४५६७", "cust-zhang"),
        ("010 5555 0100", "cust-bj"),
        ("+86 10 5555 0100", "+86 cust-bj"),
        ("+49 30 1234567", "+49 cust-mueller"),
        ("+49 (0)30 1234567", "+49 (cust-mueller"),
        ("030/1234567", "cust-mueller"),
        ("+44 7700 900123", "+44 cust-uk"),
        ("07700 900123", "cust-uk"),
    ],
)
def test_number_is_found_in_any_script_at_home_and_abroad(text: str, scrubbed: str) -> None:
    british = Person("cust-uk", "Wren", "+44 07700 900123")
    subject = scrubber(ACME, ZHANG, MUELLER, BEIJING, british)
    assert subject.scrub(text) == scrubbed


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("jo\ufe6bmail.example", EMAIL_REMOVED),
        ("jo@mail\u3002example", EMAIL_REMOVED),
        ("jo@mail\uff0eexample", EMAIL_REMOVED),
        ("jo@mail\uff61com\u3002cn", EMAIL_REMOVED),
        ("jo@ma\u200bil.exam\u200bple", EMAIL_REMOVED),
        ("写信给 jo@mail.example。谢谢", f"写信给 {EMAIL_REMOVED}。谢谢"),
        ("ops%jo@mail.example", EMAIL_REMOVED),
        ("3 @ 1。5", "3 @ 1。5"),
    ],
)
def test_address_is_found_with_the_signs_of_other_scripts(text: str, scrubbed: str) -> None:
    assert scrubber().scrub(text) == scrubbed
    assert scrubber().may_touch(text)


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


ENCODINGS: list[Callable[[str], str]] = [
    str,
    quote,
    lambda text: quote(quote(text)),
    lambda text: "".join(f"&#{ord(char)};" for char in text),
    lambda text: json.dumps(text)[1:-1],
]
# Of what encoded texts are made, and broken ones.
MARKS = st.text(alphabet="%&;#\\\\u0123456789abcdef Li\u200b@.", max_size=40)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(PEOPLE, max_size=3),
    st.text(max_size=20),
    st.text(max_size=20),
    st.sampled_from(ENCODINGS),
)
def test_no_telling_value_is_left_in_any_text(
    people: list[Person], before: str, after: str, encode: Callable[[str], str]
) -> None:
    subject = Scrubber(people, naive)
    for person in people:
        for value in person.values():
            text = subject.scrub(f"{before}{encode(value)}{after}")
            for read in readings(text.replace("cust-x", "\ufffc")):
                left = [squeeze(piece) for piece in read.split("\ufffc")]
                assert not any(squeeze(v) in piece for v in subject._telling for piece in left)


@settings(deadline=None)
@given(st.lists(PEOPLE, max_size=3), st.text(max_size=40) | MARKS)
def test_text_that_is_scrubbed_was_suspected(people: list[Person], text: str) -> None:
    subject = Scrubber([*people, LI], naive)
    assert subject.scrub(text) == text or subject.may_touch(f"x\n{text}\ny")


@settings(deadline=None)
@given(st.lists(PEOPLE, max_size=3), st.sampled_from(ENCODINGS), st.data())
def test_those_concerned_are_enough_for_one_text(
    people: list[Person], encode: Callable[[str], str], data: st.DataObject
) -> None:
    everybody = [ACME, LI, ZHANG, *people]
    values = [value for person in everybody for value in person.values()]
    text = f"{data.draw(st.text(max_size=5))} {encode(data.draw(st.sampled_from(values)))} li"
    few = concerned(everybody, text)
    assert Scrubber(few, naive).scrub(text) == Scrubber(everybody, naive).scrub(text)
    assert concerned(everybody, "") == []


def test_long_run_of_characters_is_looked_at_in_linear_time() -> None:
    text = "a" * 100_000
    assert scrubber().scrub(f"{text}@{text}") == f"{text}@{text}"
