"""Telling partners by HTTP: where to, what about, and in which words (Standard Webhooks)."""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address
from typing import Any
from urllib.parse import SplitResult, urlsplit

from models.rules.errors import ErrorCode, InvalidInput
from models.rules.months import INSTANT_TEXT
from models.rules.states import EventType

MOST_ENDPOINTS = 10
MOST_URL_CHARACTERS = 2000
# Standard Webhooks asks for 24 to 64 bytes.
SECRET_BYTES = 32
# How long a receiver may go on with its former secret after a new one was made.
FORMER_SECRET_LIFETIME = timedelta(hours=24)
GONE = 410

_PORTS = {"https": 443, "http": 80}
_URL = re.compile(r"[!#-;=?-\[\]_a-z~]+")  # printable ASCII without " < > \ ^ ` { | }
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")


@dataclass(frozen=True, slots=True)
class Target:
    """A parsed URL: `host` without brackets, in lower case; `path` with its query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and port as a Host header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def parse_target(url: str, *, allow_http: bool = False) -> Target:
    """Read the URL of a receiver: https, a host, no user, no fragment, at most 2,000 characters.

    `allow_http` is for development. Raises InvalidInput.
    """
    if len(url) > MOST_URL_CHARACTERS or not _URL.fullmatch(url):
        raise _refused("at most 2,000 characters of printable ASCII; other letters percent-encoded")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refused("a host and a port that exist") from None
    if parts.scheme != "https" and not (allow_http and parts.scheme == "http"):
        raise _refused("https")
    if "@" in parts.netloc or "#" in url:
        raise _refused("neither a user nor a fragment")
    query = f"?{parts.query}" if parts.query else ""
    port = _PORTS[parts.scheme] if port is None else port
    return Target(parts.scheme, _host(parts, port), port, (parts.path or "/") + query)


def pathless(url: str) -> str:
    """A receiver's URL without its path, for those who need not know it: paths may be secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/…"


def _host(parts: SplitResult, port: int) -> str:
    host = parts.hostname or ""
    if port == 0 or not (_is_ipv6(host) if "[" in parts.netloc else _HOST.fullmatch(host)):
        raise _refused("a host and a port that exist; names of other alphabets as xn--…")
    return host


def _is_ipv6(host: str) -> bool:
    try:
        return IPv6Address(host).scope_id is None
    except ValueError:
        return False


def _refused(expected: str) -> InvalidInput:
    return InvalidInput(f"The URL of a receiver needs: {expected}.", path=("url",))


def chosen_types(event_types: Sequence[EventType]) -> list[EventType]:
    """The types an endpoint is told about, each once, in the order of the domain.

    Raises InvalidInput when there are none; tests are sent without being asked for.
    """
    if not event_types or EventType.WEBHOOK_TEST in event_types:
        raise InvalidInput(
            "Name at least one type of event, and not the test.", path=("eventTypes",)
        )
    return [event_type for event_type in EventType if event_type in event_types]


def require_room(endpoints: int) -> None:
    """Raise InvalidInput (TOO_MANY_ENDPOINTS) when a partner has as many as it may have."""
    if endpoints >= MOST_ENDPOINTS:
        raise InvalidInput(
            f"There are {MOST_ENDPOINTS} endpoints, which is the most; change one of them.",
            ErrorCode.TOO_MANY_ENDPOINTS,
        )


def secret_text(random: bytes) -> str:
    """A signing secret as receivers configure it: `whsec_` and base64."""
    return f"whsec_{base64.b64encode(random).decode()}"


def event_data(payload: Mapping[str, Any]) -> str:
    """What is said about an event, as JSON; the same text on every database (I20)."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def event_body(event_type: EventType, occurred_at: datetime, payload: Mapping[str, Any]) -> str:
    """The message about an event as it is posted: `type`, `timestamp`, `data`."""
    at = occurred_at.strftime(INSTANT_TEXT)
    return f'{{"type":"{event_type.wire}","timestamp":"{at}","data":{event_data(payload)}}}'


def answer_failure(status: int) -> str | None:
    """Why an answer of that HTTP status does not count as taken; None when it does: 200 to 299."""
    if 200 <= status < 300:
        return None
    hint = "; redirects are not followed" if 300 <= status < 400 else ""
    if status == GONE:
        hint = ", gone for good: the endpoint was disabled"
    return f"The receiver answered {status}{hint}."
