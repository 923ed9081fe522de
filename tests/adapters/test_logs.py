"""Logs say where something broke, never with what."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import structlog

from models.adapters.logs import configure_logs, frames_of

SAID_BY_A_LIBRARY = """
import logging
from structlog.contextvars import bind_contextvars
from models.adapters.logs import configure_logs
configure_logs()
bind_contextvars(request_id="r-1")
def fail(card_number):
    raise ValueError("4242 4242 4242 4242")
logging.getLogger("uvicorn.error").info("up on %s", "a port")
logging.getLogger("tortoise.db_client").info("SELECT 'secret'")
logging.getLogger("other").info("chatter")
try:
    fail("x")
except ValueError:
    logging.getLogger("other").exception("it went wrong")
"""
CANARY = "mobile +86 138 0000 0000"


def breaks(value: str) -> None:
    try:
        raise KeyError(value)
    except KeyError as missing:
        raise LookupError(f"no such person: {value}") from missing


def broken(value: str = CANARY) -> Exception:
    """An error whose text, and that of its cause, says too much."""
    try:
        breaks(value)
    except LookupError as failure:
        return failure
    raise AssertionError


@contextmanager
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What goes to standard error while the block runs."""
    stream = io.StringIO()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stderr", stream)
        configure_logs()
        yield stream
    configure_logs()


def only(stream: io.StringIO) -> dict[str, Any]:
    """The only line."""
    [line] = stream.getvalue().splitlines()
    assert CANARY not in line
    event: dict[str, Any] = json.loads(line)
    return event


def test_error_is_logged_by_its_frames_and_types(monkeypatch: pytest.MonkeyPatch) -> None:
    with written(monkeypatch) as stream:
        structlog.get_logger().error("request_failed", error_id="a1", exc_info=broken())
    event = only(stream)
    assert (event["event"], event["error_id"], event["type"]) == (
        "request_failed", "a1", "LookupError",
    )  # fmt: skip
    cause, _, outer = event["frames"].partition("KeyError\n")
    assert "in breaks" in cause
    assert "in broken" in outer
    assert outer.endswith("LookupError")


@pytest.mark.parametrize("name", ["asyncio", "some.library"])
def test_error_that_a_library_logs_is_written_the_same(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    logger = logging.getLogger(name)
    monkeypatch.setattr(logging.root, "handlers", [])  # where pytest listens
    with written(monkeypatch) as stream:
        logger.error("Exception in %s\n", "a task", exc_info=broken())
    event = only(stream)
    assert (event["event"], event["logger"], event["level"]) == (
        "Exception in a task",
        name,
        "error",
    )
    assert (event["type"], "in breaks" in event["frames"]) == ("LookupError", True)


def test_error_that_a_library_puts_into_its_message_is_told_by_its_type(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logging.root, "handlers", [])
    with written(monkeypatch) as stream:
        logging.getLogger("arq.worker").error("%s failed: %s", "run_job", broken())
    assert only(stream)["event"] == "run_job failed: LookupError"


def test_what_asyncio_says_of_a_lost_task_is_cut_before_its_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logging.root, "handlers", [])
    with written(monkeypatch) as stream:
        logging.getLogger("asyncio").error(f"Task exception was never retrieved\n{broken()!r}")
    assert only(stream)["event"] == "Task exception was never retrieved"


def test_handlers_of_the_server_are_given_the_same_form(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    monkeypatch.setattr(logging.getLogger("uvicorn"), "handlers", [handler])
    configure_logs()
    logging.getLogger("uvicorn").error("Exception in ASGI application\n", exc_info=broken())
    assert only(stream)["type"] == "LookupError"


def test_error_raised_from_itself_is_told_once() -> None:
    failure = broken()
    failure.__cause__ = failure
    assert frames_of(failure).count("in broken") == 1


def test_libraries_write_json_with_ids_and_without_the_text_of_errors() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SAID_BY_A_LIBRARY], capture_output=True, text=True, check=True
    )
    up, wrong = [json.loads(line) for line in done.stderr.splitlines()]
    assert (up["event"], up["level"], up["logger"]) == ("up on a port", "info", "uvicorn.error")
    assert up["request_id"] == wrong["request_id"] == "r-1"
    assert wrong["event"] == "it went wrong"
    assert (wrong["type"], "in fail" in wrong["frames"]) == ("ValueError", True)
    assert "4242" not in done.stderr
    assert "secret" not in done.stderr


def test_handlers_of_others_are_left_alone() -> None:
    root = logging.getLogger()
    handlers = list(root.handlers)
    configure_logs()
    assert root.handlers == handlers
    structlog.reset_defaults()
