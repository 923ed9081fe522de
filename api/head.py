"""The headers of a request, by lower-case name."""

from typing import Any, TypeAlias

from starlette.types import Scope

Head: TypeAlias = dict[bytes, bytes]


def head_of(scope: Scope) -> Head:
    """All headers; those that were sent several times are joined, as HTTP has it (RFC 9110 §5.3).

    So two tokens, two media types or two origins are none that anybody takes.
    """
    sent: list[tuple[bytes, bytes]] = scope["headers"]
    head = dict(sent)
    return head if len(head) == len(sent) else _joined(sent)


def _joined(sent: Any) -> Head:
    head: Head = {}
    for name, value in sent:
        head[name] = head[name] + b", " + value if name in head else value
    return head


def text(head: Head, name: bytes) -> str:
    """The value of a header; empty when it was not sent."""
    return head.get(name, b"").decode("latin-1")
