"""What stands for a customer in exported files."""

import re

from hypothesis import given
from hypothesis import strategies as st

from models.rules.anonymity import customer_token

SECRET = "a secret of the tests, long enough"


def test_token_is_known() -> None:
    token = customer_token(SECRET, partner_id=7, account="2000")
    assert token == "cust-iedojlcrlc2jelwv"


@given(st.integers(1, 2**63 - 1), st.text(max_size=1024))
def test_token_is_stable_and_has_one_shape(partner: int, account: str) -> None:
    account = account.encode("utf-8", "replace").decode()
    token = customer_token(SECRET, partner_id=partner, account=account)
    assert token == customer_token(SECRET, partner_id=partner, account=account)
    assert re.fullmatch(r"cust-[a-z2-7]{16}", token)


def test_token_differs_by_partner_account_and_secret() -> None:
    tokens = {
        customer_token(secret, partner_id=partner, account=account)
        for secret in (SECRET, SECRET + "!")
        for partner in (1, 2, 11)
        for account in ("1", "2", "1|1")
    }
    assert len(tokens) == 18
