"""A memory that forgets."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Bounded(Generic[V]):
    """A mapping that forgets what was not used for longest.

    `size` is what may be kept in all; each value counts as one, or as what it is said to weigh.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._held = 0
        self._kept: OrderedDict[Hashable, tuple[V, int]] = OrderedDict()

    def get(self, key: Hashable) -> V | None:
        """The value, now the most recently used."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def put(self, key: Hashable, value: V, *, weight: int = 1) -> V:
        """Keep a value, forgetting others if need be; one that weighs too much is not kept."""
        if weight > self._size:
            return value
        self._held += weight - self._kept.pop(key, (value, 0))[1]
        self._kept[key] = (value, weight)
        while self._held > self._size:
            _, (_, freed) = self._kept.popitem(last=False)
            self._held -= freed
        return value
