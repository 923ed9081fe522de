"""Schemathesis finds no answer that is a failure of ours; a short run, the same each time."""

from bench.abuse.fuzz import fuzz
from bench.abuse.target import Target


def test_odd_values_are_answered_or_refused(target: Target) -> None:
    fuzzed = fuzz(target, examples=2, seed=20261130)
    assert fuzzed.bad == []
    assert len(fuzzed.operations) > 40
    # It gets through to what it asks for, and is refused, too.
    answered = fuzzed.answers["200 answered"]
    assert 0 < answered < fuzzed.answers.total()
