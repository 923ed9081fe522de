"""Asking the real application, and its answers to the last byte."""

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from models.adapters.settings import DEVELOPMENT_SECRET
from models.adapters.tokens import mint
from models.rules.principals import Principal
from tests.api.client import Client
from tests.tenancy.documents import asked

HOUR = timedelta(hours=1)
# Somebody who has no token at all.
NOBODY = None


@dataclass(frozen=True)
class Answer:
    """Status, headers and body of an answer; how long it is follows from the body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def about(self, *names: str) -> "Answer":
        """The same, what was asked for left out, wherever it stands as a word."""
        body = self.body
        for place, name in enumerate(names):
            word = rf"(?<!\w){re.escape(name)}(?!\w)".encode()
            body = re.sub(word, f"<{place}>".encode(), body)
        return Answer(self.status, self.headers, body)

    @property
    def data(self) -> Any:
        """What it holds, which is no error."""
        answer = json.loads(self.body)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    @property
    def codes(self) -> list[str]:
        """Why it was refused: by top-level errors, or those of a mutation."""
        answer = json.loads(self.body)
        if "errors" in answer:
            return [error["extensions"]["code"] for error in answer["errors"]]
        (payload,) = answer["data"].values()
        return [error["code"] for error in payload["userErrors"]]


def token(api: Client, who: Principal, *, lifetime: timedelta = HOUR) -> str:
    """A bearer token of somebody's."""
    return mint(who, secret=DEVELOPMENT_SECRET, now=api.now, lifetime=lifetime)


async def ask(api: Client, who: Principal | str | None, query: str, **variables: Any) -> Answer:
    """What somebody is answered: a person, the owner of a token, or nobody."""
    sent = token(api, who) if isinstance(who, Principal) else who
    headers = {"Authorization": f"Bearer {sent}"} if sent else {}
    body = {"query": query, "variables": variables}
    response = await api.http.post("/graphql", json=body, headers=headers)
    told = [each for each in response.headers.items() if each[0] != "content-length"]
    return Answer(response.status_code, tuple(told), response.content)


def mutation(verb: str) -> str:
    """A mutation that asks for all it can answer, down to what its objects hold."""
    kind = verb[0].upper() + verb[1:]
    selected = asked("Mutation", verb, 2, told="input: $input")
    return f"mutation Do($input: {kind}Input!) {{ {selected} }}"
