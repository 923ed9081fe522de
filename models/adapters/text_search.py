"""Searching text for thousands of words at once."""

from collections.abc import Callable, Sequence

from ahocorasick_rs import BytesAhoCorasick


def finder_of(needles: Sequence[bytes]) -> Callable[[bytes], set[int]]:
    """A function that says which needles occur in a haystack, in one pass over it.

    Needles are not empty; those that overlap are all found.
    """
    automaton = BytesAhoCorasick(needles)

    def find(haystack: bytes) -> set[int]:
        found = automaton.find_matches_as_indexes(haystack, overlapping=True)
        return {needle for needle, _, _ in found}

    return find
