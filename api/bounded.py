"""A memory that forgets."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from sys import getsizeof
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# What an entry takes beside its key and its value, roughly.
ENTRY_BYTES = 300


def key_bytes(key: object) -> int:
    """What a key takes: texts, numbers, and tuples of such."""
    parts = sum(map(key_bytes, key)) if isinstance(key, tuple) else 0
    return getsizeof(key) + parts


class Bounded(Generic[K, V]):
    """A mapping that forgets what was not used for longest.

    `size` is what may be kept in all; each value counts as one, or as what it is said to weigh.
    `forgotten` is told of every key and value that goes.
    """

    def __init__(self, size: int, forgotten: Callable[[K, V], None] | None = None) -> None:
        self._size = size
        self._held = 0
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._forgotten = forgotten

    @property
    def held(self) -> int:
        """What is kept now, in the unit of `size`."""
        return self._held

    def get(self, key: K) -> V | None:
        """The value, now the most recently used."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def put(self, key: K, value: V, *, weight: int = 1) -> V:
        """Keep a value, forgetting others if need be; one that weighs too much is not kept."""
        if weight > self._size:
            return value
        self.drop(key)
        self._held += weight
        self._kept[key] = (value, weight)
        while self._held > self._size:
            self.drop(next(iter(self._kept)))
        return value

    def put_bytes(self, key: K, value: V, *, taking: int) -> V:
        """Keep a value that takes so many bytes, where `size` is in bytes; the key counts, too."""
        if taking > self._size:
            return value
        return self.put(key, value, weight=taking + key_bytes(key) + ENTRY_BYTES)

    def drop(self, key: K) -> None:
        """Forget a key, if it is there."""
        found = self._kept.pop(key, None)
        if found is not None:
            value, weight = found
            self._held -= weight
            if self._forgotten is not None:
                self._forgotten(key, value)
