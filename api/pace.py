"""How fast messages are taken from one connection."""


class Pace:
    """So many at once, and so many a second in the long run."""

    def __init__(self, *, at_once: int, per_second: float) -> None:
        self._ahead = at_once / per_second
        self._interval = 1 / per_second
        self._free_at = 0.0

    def seconds_to_wait(self, now: float) -> float:
        """Take one more at `now`, in seconds of any clock: how long it has to wait first."""
        self._free_at = max(self._free_at, now - self._ahead) + self._interval
        return max(0.0, self._free_at - now)
