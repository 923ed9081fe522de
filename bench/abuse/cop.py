"""What graphql-cop looks for, restated, with its severities (its package on PyPI is empty).

Source of the list: the checks of github.com/dolevf/graphql-cop, by their titles.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import urlencode

import orjson

_JSON = {"Content-Type": "application/json"}
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Severity(StrEnum):
    """How bad it is that a check finds something."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"


class Answer(NamedTuple):
    """A server's answer."""

    status: int
    text: str

    @property
    def data(self) -> Any:
        """What was answered; nothing where that is no JSON object."""
        return self._member("data") or {}

    @property
    def errors(self) -> list[Any]:
        """What was refused."""
        return list(self._member("errors") or [])

    def _member(self, name: str) -> Any:
        try:
            body = orjson.loads(self.text)
        except orjson.JSONDecodeError:
            return None
        return body.get(name) if isinstance(body, dict) else None


# Sends a request to the endpoint: method, query string, body, headers.
Send: TypeAlias = Callable[[str, str, bytes, Mapping[str, str]], Answer]


@dataclass(frozen=True, slots=True)
class Check:
    """`finds` says whether a server has the weakness."""

    title: str
    severity: Severity
    finds: Callable[[Send], bool]


def _post(send: Send, text: str) -> Answer:
    return send("POST", "", orjson.dumps({"query": text}), _JSON)


def _get(send: Send, text: str) -> Answer:
    return send("GET", urlencode({"query": text}), b"", {})


def _aliases(send: Send) -> bool:
    text = "query cop {" + " ".join(f"alias{i}:__typename" for i in range(101)) + "}"
    return "alias100" in _post(send, text).data


def _batches(send: Send) -> bool:
    body = orjson.dumps([{"query": "query cop { __typename }"}] * 10)
    try:
        return len(orjson.loads(send("POST", "", body, _JSON).text)) == 10
    except orjson.JSONDecodeError:
        return False


def _directives(send: Send) -> bool:
    return len(_post(send, "query cop { __typename " + "@aa" * 10 + " }").errors) == 10


def _circles(send: Send) -> bool:
    below = "name"
    for _ in range(4):
        below = f"fields{{type{{{below}}}}}"
    schema = _post(send, f"query cop {{ __schema {{ types {{ {below} }} }} }}").data
    return bool(schema.get("__schema", {}).get("types"))


def _duplicates(send: Send) -> bool:
    return "__typename" in _post(send, "query cop {" + "__typename \n" * 500 + "}").data


def _introspection(send: Send) -> bool:
    return "__schema" in _post(send, "query cop { __schema { types { name } } }").data


def _suggestions(send: Send) -> bool:
    asked = ("query cop { __schema { directive } }", "query cop { viewer { rol } }")
    return any("did you mean" in _post(send, text).text.lower() for text in asked)


def _gets(send: Send) -> bool:
    return "__typename" in _get(send, "query cop { __typename }").data


def _get_mutations(send: Send) -> bool:
    return "__typename" in _get(send, "mutation cop { __typename }").data


def _forms(send: Send) -> bool:
    body = urlencode({"query": "query cop { __typename }"}).encode()
    return "__typename" in send("POST", "", body, _FORM).data


def _explorer(send: Send) -> bool:
    page = send("GET", "", b"", {"Accept": "text/html"}).text.lower()
    return any(name in page for name in ("graphiql", "graphql playground", "apollo sandbox"))


def _traces(send: Send) -> bool:
    answer = _post(send, "query cop { __typename }").text
    return '"tracing"' in answer


def _exceptions(send: Send) -> bool:
    answer = _post(send, "qwerty cop { abc }")
    return answer.status >= 500 or "exception" in answer.text or "Traceback" in answer.text


CHECKS = [
    Check("Alias Overloading", Severity.HIGH, _aliases),
    Check("Array-based Query Batching", Severity.HIGH, _batches),
    Check("Directive Overloading", Severity.HIGH, _directives),
    Check("Circular Query via Introspection", Severity.HIGH, _circles),
    Check("Field Duplication", Severity.HIGH, _duplicates),
    Check("Introspection Enabled", Severity.HIGH, _introspection),
    Check("Query over GET", Severity.MEDIUM, _gets),
    Check("Mutation over GET", Severity.MEDIUM, _get_mutations),
    Check("URL-encoded POST", Severity.MEDIUM, _forms),
    Check("Field Suggestions", Severity.LOW, _suggestions),
    Check("GraphQL IDE", Severity.LOW, _explorer),
    Check("Trace Mode", Severity.INFO, _traces),
    Check("Unhandled Errors", Severity.INFO, _exceptions),
]
