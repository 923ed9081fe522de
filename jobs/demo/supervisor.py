"""Runs the demo from its first process to its last."""

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

from jobs.demo.address import free_port, url_of
from jobs.demo.announcement import lines_about, write_announcement
from jobs.demo.stage import Demo, Say, Stage
from models.adapters.process_group import ProcessGroup
from models.adapters.valkey import end_if_unused, serve_valkey, valkey_url

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_demo(demo: Demo, environment: Mapping[str, str], say: Say) -> None:
    """Serve until Ctrl-C or SIGTERM, then return; no process is left, however this one ends.

    Raises InvalidInput when the port is taken, Unavailable when a part fails or ends.
    """
    port = free_port(demo.host, demo.port)
    url, queue = url_of(demo.host, port), valkey_url(demo.data_dir)
    demo.data_dir.mkdir(parents=True, exist_ok=True)
    announcement = demo.data_dir / "demo.json"
    settings = {
        "BILLS_PRETEND_GATEWAY": "true",
        "BILLS_ALLOW_PRIVATE_ADDRESSES": "true",
        "BILLS_LOCAL_BUCKETS": str((demo.data_dir / "buckets").resolve()),
        **environment,
        "BILLS_DATA_DIR": str(demo.data_dir.resolve()),
        "BILLS_REDIS_URL": queue,
        "BILLS_PUBLIC_URL": url,
    }
    with _on_signals(signal.default_int_handler), suppress(KeyboardInterrupt):
        announcement.unlink(missing_ok=True)
        group = ProcessGroup(settings)
        try:
            serve_valkey(group, demo.data_dir)
            stage = Stage(demo, group, settings, say)
            stage.prepare()
            facts = stage.serve(port)
            for line in lines_about(announcement, url, facts):
                say(line)
            # The file comes last: who waits for it may end the demo as soon as it is there.
            write_announcement(announcement, url, facts)
            while True:
                group.pause(3600)
        finally:
            with _on_signals(signal.SIG_IGN):
                group.close()
                end_if_unused(queue)
                announcement.unlink(missing_ok=True)


@contextmanager
def _on_signals(handler: Callable[..., object] | signal.Handlers) -> Iterator[None]:
    """Handle Ctrl-C, SIGTERM and a closed terminal alike while the block runs."""
    before = [(number, signal.signal(number, handler)) for number in _SIGNALS]
    try:
        yield
    finally:
        for number, handled in before:
            signal.signal(number, handled)
