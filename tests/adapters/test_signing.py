"""Signatures as the Standard Webhooks library of a receiver checks them."""

import os
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from models.adapters.signing import Message, SigningSecrets
from models.adapters.vault import Vault
from models.rules.errors import Unavailable

SECRETS = SigningSecrets(Vault("a secret of the installation, long enough"), 7)
MESSAGE = Message("evt_12", '{"type":"bill.issued","data":{"name":"张伟"}}')


def now() -> datetime:
    return datetime.now(UTC)


def test_receiver_takes_what_is_signed_with_its_secret() -> None:
    new = SECRETS.make(os.urandom)
    headers = SECRETS.headers(MESSAGE, [new.sealed], now=now())
    assert Webhook(new.text).verify(MESSAGE.body, headers)["type"] == "bill.issued"
    assert headers["webhook-id"] == "evt_12"


def test_both_secrets_hold_while_one_replaces_the_other() -> None:
    old, new, stranger = (SECRETS.make(os.urandom) for _ in range(3))
    headers = SECRETS.headers(MESSAGE, [new.sealed, old.sealed], now=now())
    for secret in (old, new):
        Webhook(secret.text).verify(MESSAGE.body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(stranger.text).verify(MESSAGE.body, headers)


def test_changed_body_id_or_time_is_refused() -> None:
    new = SECRETS.make(os.urandom)
    headers = SECRETS.headers(MESSAGE, [new.sealed], now=now())
    later = str(int(headers["webhook-timestamp"]) + 1)
    for body, changes in (
        (MESSAGE.body + " ", {}),
        (MESSAGE.body, {"webhook-id": "evt_13"}),
        (MESSAGE.body, {"webhook-timestamp": later}),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(new.text).verify(body, headers | changes)


def test_old_signature_is_refused() -> None:
    new = SECRETS.make(os.urandom)
    headers = SECRETS.headers(MESSAGE, [new.sealed], now=now() - timedelta(minutes=6))
    with pytest.raises(WebhookVerificationError):
        Webhook(new.text).verify(MESSAGE.body, headers)


def test_secret_of_another_partner_does_not_sign() -> None:
    new = SECRETS.make(os.urandom)
    others = SigningSecrets(Vault("a secret of the installation, long enough"), 8)
    with pytest.raises(Unavailable):
        others.headers(MESSAGE, [new.sealed], now=now())


def test_secret_is_made_of_the_randomness_it_is_given() -> None:
    made = SECRETS.make(lambda size: b"\0" * size)
    assert made.text == "whsec_" + "A" * 43 + "="
