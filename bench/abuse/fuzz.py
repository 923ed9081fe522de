"""Schemathesis against the schema: operations as the schema allows them, with odd values in them.

Whatever it invents, an answer is one for the client: no 5xx, and nothing about a failure of ours.
"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hypothesis
import schemathesis
from graphql import StringValueNode
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st

from bench.abuse.attack import LEAKS
from bench.abuse.target import Target

SCHEMA = Path(__file__).resolve().parents[2] / "schema.graphql"
# Texts that a scalar takes, and texts that it must refuse.
SCALARS = {
    "BillingMonth": ("2026-10", "2026-13", "9999-12", "0000-01"),
    "CurrencyCode": ("USD", "JPY", "usd", "XXX"),
    "Cursor": ("MQ", "1", "0", "2026-10|1", "-1"),
    "Date": ("2026-10-31", "2026-02-30", "0001-01-01", "9999-12-31"),
    "DateTime": ("2026-10-31T00:00:00Z", "2026-10-31T24:00:00Z", "0001-01-01T00:00:00+14:00"),
    "Decimal": ("1", "-0.000000000000000001", "1e400", "NaN", "Infinity", "9" * 40),
    "URL": ("https://example.com/a", "http://127.0.0.1", "file:///etc/passwd", "https://[::1"),
}


@dataclass(slots=True)
class Fuzzed:
    """What came of it: answers by status and code, and the documents that were answered badly."""

    answers: Counter[str] = field(default_factory=Counter)
    operations: set[str] = field(default_factory=set)
    bad: list[str] = field(default_factory=list)


def fuzz(target: Target, *, examples: int, seed: int) -> Fuzzed:
    """Ask for every query and mutation so many times, always the same for the same seed."""
    for name, texts in SCALARS.items():
        values = st.one_of(st.sampled_from(texts), st.text(max_size=20)).filter(_is_unicode)
        schemathesis.graphql.scalar(name, values.map(lambda text: StringValueNode(value=text)))
    schema = schemathesis.graphql.from_path(SCHEMA)
    schema.config.update(base_url=f"{target.url}/graphql")
    fuzzed = Fuzzed()
    with target.open() as http:
        for result in schema.get_all_operations():
            operation = result.ok()
            if "Subscription" not in operation.label:
                fuzzed.operations.add(operation.label)
                _fuzz_one(fuzzed, (http, target.bearer("mallory")), operation, (examples, seed))
    return fuzzed


def _is_unicode(text: str) -> bool:
    return all(not "\ud800" <= character <= "\udfff" for character in text)


def _fuzz_one(
    fuzzed: Fuzzed, asking: tuple[Any, str], operation: Any, size: tuple[int, int]
) -> None:
    http, authorization = asking
    examples, seed = size

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @hypothesis.given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        answer = http.post(
            "/graphql", json={"query": case.body}, headers={"Authorization": authorization}
        )
        codes = sorted(error["extensions"]["code"] for error in answer.json().get("errors", ()))
        fuzzed.answers[f"{answer.status_code} {codes[0] if codes else 'answered'}"] += 1
        # What it has said itself may be said to it.
        told = [leak for leak in LEAKS if leak in answer.text and leak not in case.body]
        if answer.status_code >= 500 or "INTERNAL" in codes or told:
            fuzzed.bad.append(f"{case.body}\n→ {answer.status_code} {answer.text[:500]}")

    ask()
