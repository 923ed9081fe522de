"""The keeper: starts processes on behalf of another one, and ends them all when that one is gone.

`ProcessGroup` runs this file as a program of its own, leader of a process group. Orders arrive as
JSON lines on standard input; its end is the order to end everything, whether the other side closed
it, crashed or was killed with -9. Every exit is reported as a JSON line on standard output. The
children write to standard error. Standard library only, so that it starts in a blink.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import NamedTuple

_SIGNALS = (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)


class Order(NamedTuple):
    """Start a command; the end of a service ends the whole group, that of a step does not."""

    name: str
    command: list[str]
    is_service: bool


class Ended(NamedTuple):
    """A child has ended."""

    order: Order
    code: int


_events: "SimpleQueue[Order | Ended | None]" = SimpleQueue()


def main(grace_seconds: float) -> None:
    """Keep the children until standard input ends, a service ends, or SIGTERM arrives."""
    # Handlers, not SIG_IGN: that would be passed on to the children.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: _events.put(None))
    _in_background(_read_orders)
    children: list[subprocess.Popen[bytes]] = []
    while event := _events.get():
        if isinstance(event, Order):
            children += _start(event)
            continue
        _report(event)
        if event.order.is_service:
            break
    _end(children, grace_seconds)


def _read_orders() -> None:
    for line in sys.stdin:
        _events.put(Order(**json.loads(line)))
    _events.put(None)


def _start(order: Order) -> list[subprocess.Popen[bytes]]:
    try:
        child = subprocess.Popen(  # noqa: S603 - the orders come from the process that started us
            order.command, stdin=subprocess.DEVNULL, stdout=sys.stderr.fileno()
        )
    except OSError as impossible:
        print(f"{order.name}: {impossible}", file=sys.stderr)  # noqa: T201
        _events.put(Ended(order, 127))
        return []
    _in_background(lambda: _events.put(Ended(order, child.wait())))
    return [child]


def _in_background(work: Callable[[], None]) -> None:
    """Run `work` in a thread that takes no signals: only the main thread wakes up for them."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    threading.Thread(target=work, daemon=True).start()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)


def _report(ended: Ended) -> None:
    order, code = ended
    report = {"name": order.name, "is_service": order.is_service, "code": code}
    with contextlib.suppress(BrokenPipeError):
        print(json.dumps(report), flush=True)  # noqa: T201


def _end(children: list[subprocess.Popen[bytes]], grace_seconds: float) -> None:
    """Last started, first ended; whatever is left of the group then is killed, and so are we."""
    for child in reversed(children):
        child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(grace_seconds)
    os.killpg(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(float(sys.argv[1]))
