"""Explanations of a bill's amounts in the schema."""

from __future__ import annotations

import strawberry

from api.money import Money
from api.planned import field


@strawberry.type(description="An amount, why it is that, and what it is the sum of.")
class Explanation:
    """A node of the tree; its amount is the exact sum of its addends', where it has any."""

    label: str = field("What it is.")
    reason: str = field("Why it is that, in a sentence.")
    amount: Money = field("The amount, signed as it counts in the sum above it.")
    addends: list[Explanation] = field("What it is the sum of; empty for a line or a rule.")
    line: strawberry.ID | None = field(
        "The id of the product line, derived line or payment that it is; null for a sum."
    )
