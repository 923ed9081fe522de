"""The secrets with which receivers tell our messages from forged ones (Standard Webhooks)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from standardwebhooks import Webhook

from models.adapters.vault import RandomBytes, Vault
from models.rules.ids import IdPrefix, public_id
from models.rules.webhooks import SECRET_BYTES, secret_text


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret on the only day it is seen, and as it is kept."""

    text: str
    sealed: str


@dataclass(frozen=True, slots=True)
class Message:
    """What is posted: the body, and the id by which a receiver knows it again."""

    id: str
    body: str


class SigningSecrets:
    """The signing secrets of one partner's endpoints."""

    def __init__(self, vault: Vault, partner_id: int) -> None:
        self._vault = vault
        self._owner = public_id(IdPrefix.PARTNER, partner_id)

    def make(self, random: RandomBytes) -> NewSecret:
        """A new secret."""
        text = secret_text(random(SECRET_BYTES))
        return NewSecret(text, self._vault.seal(text, owner=self._owner, random=random))

    def headers(self, message: Message, sealed: Sequence[str], *, now: datetime) -> dict[str, str]:
        """The headers of a message, signed with each of the secrets; `now` is when it is sent.

        Raises Unavailable when a secret does not open.
        """
        secrets = [self._vault.unseal(each, owner=self._owner) for each in sealed]
        return {
            "webhook-id": message.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(
                Webhook(secret).sign(message.id, now, message.body) for secret in secrets
            ),
        }
