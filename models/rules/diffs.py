"""How versions of a bill differ (I13)."""

from enum import StrEnum


class LineChange(StrEnum):
    """What happened to a line from one version to another; one that stayed is no change."""

    ADDED = "ADDED"
    REMOVED = "REMOVED"
    CHANGED = "CHANGED"
