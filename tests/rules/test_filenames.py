"""Names of delivered files: the vendor's sample, and accounts that mean harm."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.bucket_urls import object_key
from models.rules.buckets import BucketAddress
from models.rules.filenames import LONGEST_ACCOUNT, NONCES, account_word, delivery_stem, name_suffix
from models.rules.manifests import manifest_name
from models.rules.months import BillingMonth
from models.rules.storage_states import StorageProvider

SAMPLE = (
    "100010445724-2021-03--by_used_time-bill-details-consolidated_bill-"
    "61121cbd9017a16285769571173521960"
)
AT = datetime(2021, 8, 10, 6, 29, 17, 590202, tzinfo=UTC)
MARCH = BillingMonth(2021, 3)
FOLDER = BucketAddress(StorageProvider.LOCAL_FOLDER, None, None, "b")

accounts = st.text(max_size=300)
instants = st.datetimes(
    datetime(2001, 9, 10),  # noqa: DTZ001
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def test_name_is_that_of_the_vendors_sample() -> None:
    assert delivery_stem("100010445724", MARCH, name_suffix(AT, 1173521960)) == SAMPLE


def test_suffix_fills_its_places() -> None:
    assert (
        name_suffix(AT.replace(microsecond=7), 42) == "61121cbd00007" + "1628576957" + "0000000042"
    )


@pytest.mark.parametrize("nonce", [-1, NONCES])
def test_nonce_of_more_digits_is_a_bug(nonce: int) -> None:
    with pytest.raises(ValueError, match="nonce"):
        name_suffix(AT, nonce)


@pytest.mark.parametrize(
    ("account", "word"),
    [
        ("100010445724", "100010445724"),
        ("Sub_Account.7-b", "Sub_Account.7-b"),
        ("a.b", "a.b"),
        ("../../etc/passwd", "____etc_passwd-"),
        ("..", "_-"),
        (".hidden", "_hidden-"),
        ("-rf", "_rf-"),
        ("=HYPERLINK(http://x)", "_HYPERLINK_http___x_-"),
        ("账号", "__-"),
        ("a\x00b\nc", "a_b_c-"),
        ("a/b", "a_b-"),
        ("", "_-"),
        ("C:\\nul", "C__nul-"),
    ],
)
def test_account_becomes_a_word_that_leads_nowhere(account: str, word: str) -> None:
    made = account_word(account)
    if not word.endswith("-"):
        assert made == word
    else:
        assert re.fullmatch(re.escape(word) + "[0-9a-f]{8}", made)


def test_accounts_that_look_alike_have_names_of_their_own() -> None:
    alike = ["a/b", "a\\b", "a b", "a_b", "a:b", "x" * 101, "x" * 102, "x" * 100]
    assert len({account_word(account) for account in alike}) == len(alike)


@given(accounts, instants, st.integers(0, NONCES - 1))
def test_any_account_makes_a_name_that_every_store_takes(
    account: str, at: datetime, nonce: int
) -> None:
    suffix = name_suffix(at, nonce)
    stem = delivery_stem(account, MARCH, suffix)
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", stem)
    assert ".." not in stem
    assert len(suffix) == 33
    assert len(account_word(account)) <= LONGEST_ACCOUNT
    # Beside a file that is being put, its store keeps another name for it: 23 characters more.
    beside = manifest_name(stem + ".zip")
    assert len(beside) + 23 <= 255
    assert object_key(FOLDER, beside) == beside


@given(instants, instants)
def test_suffixes_sort_by_time(one: datetime, other: datetime) -> None:
    assert (name_suffix(one, 0) < name_suffix(other, 0)) == (one < other)


@given(instants)
def test_suffix_says_when_it_was_made(at: datetime) -> None:
    suffix = name_suffix(at, 0)
    seconds, rest = int(suffix[:8], 16), int(suffix[8:13], 16)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert epoch + timedelta(seconds=seconds, microseconds=rest) == at
    assert int(suffix[13:23]) == seconds
