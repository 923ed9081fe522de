"""One attack: a request, and the refusal that it has earned."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2
import orjson

ACCEPT = {"Accept": "application/graphql-response+json"}
JSON = ACCEPT | {"Content-Type": "application/json"}
# Text that only errors on our side would quote.
LEAKS = ("Traceback", "site-packages", '.py"', "SELECT ", "sqlite", "asyncpg", "Did you mean")


@dataclass(frozen=True, slots=True)
class Attack:
    """What is sent, as whoever is signed in, and what has to come back.

    An empty `code` stands for an answer without errors: the attack got nothing out of it.
    """

    family: str
    name: str
    status: int
    code: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)
    method: str = "POST"
    query_string: str = ""
    is_signed_in: bool = True

    def __str__(self) -> str:
        return f"{self.family}: {self.name}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a server has answered: status, the error codes, the time in seconds, and its text."""

    status: int
    codes: frozenset[str]
    seconds: float
    text: str

    @property
    def told(self) -> list[str]:
        """What of its own inside the server has told."""
        return [leak for leak in LEAKS if leak in self.text]


def asked(text: str, **more: Any) -> bytes:
    """The body of a request with a document."""
    return orjson.dumps({"query": text, **more})


def document(family: str, name: str, code: str, text: str, **more: Any) -> Attack:
    """An attack that is a document; refused with 400 unless `status` says otherwise."""
    status = more.pop("status", 400 if code else 200)
    return Attack(family, name, status, code, asked(text, **more))


def strike(http: httpx2.Client, attack: Attack, authorization: str) -> Outcome:
    """Send it once."""
    signed = {"Authorization": authorization} if attack.is_signed_in else {}
    address = f"/graphql?{attack.query_string}" if attack.query_string else "/graphql"
    began = time.perf_counter()
    answer = http.request(
        attack.method, address, content=attack.body, headers={**signed, **attack.headers}
    )
    seconds = time.perf_counter() - began
    return Outcome(answer.status_code, _codes(answer), seconds, answer.text)


def _codes(answer: httpx2.Response) -> frozenset[str]:
    try:
        errors = answer.json().get("errors", [])
    except (ValueError, AttributeError):
        return frozenset()
    return frozenset(str(error["extensions"]["code"]) for error in errors)
