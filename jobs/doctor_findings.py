"""What the doctor says of one part."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `remedy` says what to do when it is not well."""

    name: str
    is_well: bool
    what: str
    remedy: str = ""


def well(name: str, what: str) -> Finding:
    """Nothing is to be done."""
    return Finding(name, True, what)


def ill(name: str, what: str, remedy: str) -> Finding:
    """Something is to be done."""
    return Finding(name, False, what, remedy)


def if_any(count: int, finding: Finding, *, otherwise: str) -> Finding:
    """The finding, where there is any of what it is about."""
    return finding if count else well(finding.name, otherwise)
