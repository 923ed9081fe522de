"""Looking up names that outsiders chose, whose name servers may be slow on purpose.

A look-up is a call of the system that nobody can end: it keeps its thread for as long as the name
servers like. So there is one at a time for a name, and the names of one domain share a few threads
of many.
"""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from weakref import WeakKeyDictionary, WeakValueDictionary

RESOLVE_SECONDS = 3
THREADS = 32
OF_ONE_DOMAIN = 4

_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="resolve")


async def resolve(host: str) -> list[str]:
    """The addresses of a name; none where there is no such name.

    Raises TimeoutError when they are not known within 3 seconds.
    """
    lookups = _of_loops.setdefault(asyncio.get_running_loop(), _Lookups())
    async with asyncio.timeout(RESOLVE_SECONDS):
        return await lookups.addresses(host)


class _Lookups:
    """What is being looked up for one event loop; it goes on when nobody waits for it any more."""

    def __init__(self) -> None:
        self._running: dict[str, asyncio.Task[list[str]]] = {}
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def addresses(self, host: str) -> list[str]:
        """The addresses, from the look-up of this name that runs, or a new one."""
        if host not in self._running:
            domain = ".".join(host.split(".")[-2:])
            turns = self._turns.setdefault(domain, asyncio.Semaphore(OF_ONE_DOMAIN))
            await turns.acquire()
            if host in self._running:
                turns.release()
            else:
                self._begin(host, turns)
        return await asyncio.shield(self._running[host])

    def _begin(self, host: str, turns: asyncio.Semaphore) -> None:
        def end(_: asyncio.Task[list[str]]) -> None:
            del self._running[host]
            turns.release()

        task = self._running[host] = asyncio.create_task(_look_up(host))
        task.add_done_callback(end)


_of_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _Lookups] = WeakKeyDictionary()


async def _look_up(host: str) -> list[str]:
    ask = partial(socket.getaddrinfo, host, None, type=socket.SOCK_STREAM)
    try:
        found = await asyncio.get_running_loop().run_in_executor(_threads, ask)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
