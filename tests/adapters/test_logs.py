"""Log lines: JSON, whoever writes them, and never a value that an error happened to touch."""

import json
import logging
import subprocess
import sys
from typing import Any

import pytest
import structlog

from models.adapters.logs import configure_logs, frames_only

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


def test_libraries_write_json_with_ids_and_without_the_text_of_errors() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SAID_BY_A_LIBRARY], capture_output=True, text=True, check=True
    )
    up, wrong = [json.loads(line) for line in done.stderr.splitlines()]
    assert (up["event"], up["level"], up["logger"]) == ("up on a port", "info", "uvicorn.error")
    assert up["request_id"] == wrong["request_id"] == "r-1"
    assert wrong["event"] == "it went wrong"
    assert "ValueError" in wrong["exception"] and "in fail" in wrong["exception"]
    assert "4242" not in done.stderr
    assert "secret" not in done.stderr


def test_chain_of_errors_is_told_by_types_and_frames() -> None:
    mail, mobile = "liu@example.com", "13800138000"

    def inner() -> None:
        raise KeyError(mail)

    def outer() -> None:
        try:
            inner()
        except KeyError as cause:
            raise RuntimeError(mobile) from cause

    with pytest.raises(RuntimeError) as caught:
        outer()
    told: Any = frames_only(None, "error", {"event": "x", "exc_info": caught.value})
    first, second = told["exception"].split("\ncaused by ")
    assert first.startswith("builtins.RuntimeError")
    assert second.startswith("builtins.KeyError")
    assert "in inner" in second
    assert "example.com" not in told["exception"]
    assert "1380" not in told["exception"]


def test_handlers_of_others_are_left_alone() -> None:
    root = logging.getLogger()
    handlers = list(root.handlers)
    configure_logs()
    assert root.handlers == handlers
    structlog.reset_defaults()
