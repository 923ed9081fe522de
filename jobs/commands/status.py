"""What a long command shows of itself on a terminal while it works."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def verifying(counts: Callable[[T], str], *, quiet: bool) -> Iterator[Callable[[T], None]]:
    """Something to tell how far the verifying is; nothing is shown where nobody looks."""
    from rich.console import Console

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda done: None
        return
    with console.status("Verifying …") as status:
        yield lambda done: status.update(f"Verifying … {counts(done)}")
