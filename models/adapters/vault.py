"""Secrets at rest: what others entrusted to us, encrypted under a key of the installation's.

AES-256-GCM (NIST SP 800-38D) under a key that HKDF-SHA256 (RFC 5869) makes of BILLS_SECRET for
this purpose alone. What is sealed is bound to its owner: copied into another partner's row, it does
not open.
"""

import base64
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from models.rules.errors import Unavailable

RandomBytes = Callable[[int], bytes]

_PURPOSE = b"vault 1"
_FORMAT = "v1."
_NONCE_BYTES = 12


class Vault:
    """Seals with `secret`; opens what it or one of the `former` secrets has sealed."""

    def __init__(self, secret: str, *former: str) -> None:
        self._ciphers = [AESGCM(_key(each)) for each in (secret, *former)]

    def seal(self, text: str, *, owner: str, random: RandomBytes) -> str:
        """Encrypt a text for its owner: printable, about 1.4 times as long, plus 40 characters."""
        nonce = random(_NONCE_BYTES)
        sealed = nonce + self._ciphers[0].encrypt(nonce, text.encode(), owner.encode())
        return _FORMAT + base64.urlsafe_b64encode(sealed).decode()

    def unseal(self, sealed: str, *, owner: str) -> str:
        """The text; raises Unavailable when it was sealed elsewhere, or is not whole."""
        try:
            raw = base64.urlsafe_b64decode(sealed.removeprefix(_FORMAT))
        except ValueError:
            raw = b""
        for cipher in self._ciphers:
            try:
                text = cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], owner.encode())
            except (InvalidTag, ValueError):
                continue
            return text.decode()
        raise Unavailable(
            "A stored secret does not open: it was sealed under another BILLS_SECRET, or damaged."
        )


def _key(secret: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret.encode())
