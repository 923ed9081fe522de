"""Our FOCUS files before the judge: the validator of the FinOps Foundation, rules of FOCUS 1.0."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from models.adapters.database import Database
from tests.focus_bills import a_billed_partner, a_focus_file

VALIDATOR = find_spec("focus_validator")
pytestmark = pytest.mark.skipif(
    VALIDATOR is None, reason="focus-validator needs NumPy 1: Python 3.12 and older"
)
RULES = 133
# The rules call four columns by names that FOCUS 1.0 does not have: theirs, then FOCUS's and ours.
MISNAMED = {
    "InvoiceIssuer": "InvoiceIssuerName",
    "Provider": "ProviderName",
    "Publisher": "PublisherName",
    "ResourceID": "ResourceId",
}
# It reads ChargeType, a column of FOCUS 0.5: no file of 1.0 passes, and no other does either.
BROKEN = "SkuPriceId_Nullable"
_JUDGE = """
import json, sys
from focus_validator.validator import Validator
judge = Validator(sys.argv[1], None, "console", rules_version="1.0")
judge.load()
checks = judge.spec_rules.validate(judge.focus_data).checklist
print(json.dumps({name: check.status.value for name, check in checks.items()}))
"""


def verdicts(path: Path) -> dict[str, str]:
    """What each rule says, asked in a process of its own, as the libraries below it warn a lot."""
    assert VALIDATOR is not None and VALIDATOR.origin is not None
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _JUDGE, str(path)],
        cwd=Path(VALIDATOR.origin).parents[1],  # it looks for its list of currencies from there
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


def not_passed(path: Path) -> set[str]:
    found = verdicts(path)
    assert len(found) == RULES
    return {name for name, verdict in found.items() if verdict != "passed"}


async def test_file_keeps_every_rule_that_can_be_kept(db: Database, tmp_path: Path) -> None:
    path = await a_focus_file(db, tmp_path, await a_billed_partner(db))
    assert not_passed(path) == {BROKEN, *(f"{theirs}_Required" for theirs in MISNAMED)}
    header, _, rows = path.read_text().partition("\r\n")
    names = [
        {ours: theirs for theirs, ours in MISNAMED.items()}.get(n, n) for n in header.split(",")
    ]
    renamed = tmp_path / "renamed.csv"
    renamed.write_text(",".join(names) + "\r\n" + rows, newline="")
    assert not_passed(renamed) == {BROKEN}


async def test_validator_does_judge(db: Database, tmp_path: Path) -> None:
    path = await a_focus_file(db, tmp_path, await a_billed_partner(db))
    text = path.read_text().replace(",Usage-Based,", ",Sometimes,")
    spoiled = tmp_path / "spoiled.csv"
    spoiled.write_text(text.replace("2026-02-01T00:00:00Z", "2026-02-01T08:00:00"), newline="")
    assert {"ChargeFrequency_Enum", "BillingPeriodStart_IsDateTime"} <= not_passed(spoiled)
