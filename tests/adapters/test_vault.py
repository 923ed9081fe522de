"""The vault: what goes in comes out for its owner under its key, and for nobody else."""

import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.adapters.settings import Settings
from models.adapters.vault import Vault
from models.rules.errors import Unavailable

SECRET, OTHER = "a secret of the installation, long enough", "another one, of the same length"
VAULT = Vault(SECRET)


def sealed(text: str = "whsec_x", owner: str = "prt_1", vault: Vault = VAULT) -> str:
    return vault.seal(text, owner=owner, random=os.urandom)


@given(st.text(max_size=200), st.text(max_size=20))
def test_text_comes_back_for_its_owner(text: str, owner: str) -> None:
    assert VAULT.unseal(sealed(text, owner), owner=owner) == text


def test_sealed_text_shows_nothing_and_is_never_the_same_twice() -> None:
    once, again = sealed("whsec_AAAA"), sealed("whsec_AAAA")
    assert once != again
    assert "AAAA" not in once
    assert b"whsec" not in base64.urlsafe_b64decode(once[3:])
    assert len(sealed("whsec_" + "A" * 44)) <= 400


def test_another_owner_or_installation_cannot_open_it() -> None:
    for vault, owner in ((VAULT, "prt_2"), (Vault(OTHER), "prt_1")):
        with pytest.raises(Unavailable):
            vault.unseal(sealed(), owner=owner)


def test_former_secret_still_opens_and_seals_no_more() -> None:
    moved = Vault(OTHER, SECRET)
    assert moved.unseal(sealed(), owner="prt_1") == "whsec_x"
    with pytest.raises(Unavailable):
        VAULT.unseal(sealed(vault=moved), owner="prt_1")


def test_installation_opens_what_its_former_secrets_sealed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BILLS_SECRET", OTHER)
    monkeypatch.setenv("BILLS_FORMER_SECRETS", f'["{SECRET}"]')
    assert Vault(*Settings().vault_secrets).unseal(sealed(), owner="prt_1") == "whsec_x"


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_changed_byte_is_noticed(place: int, change: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(sealed()[3:]))
    raw[place % len(raw)] ^= change
    with pytest.raises(Unavailable):
        VAULT.unseal("v1." + base64.urlsafe_b64encode(raw).decode(), owner="prt_1")


@pytest.mark.parametrize(
    "text", ["", "v1.", "v1.AAAA", "v1.A", "v1.é", "whsec_plain", "v1." + "A" * 40]
)
def test_what_was_never_sealed_does_not_open(text: str) -> None:
    with pytest.raises(Unavailable):
        VAULT.unseal(text, owner="prt_1")
