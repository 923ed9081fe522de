"""What the manifests of a folder say together: missing days and months, and contradictions."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from models.rules.findings import Finding, FindingCode
from models.rules.manifest_sets import ManifestSet
from models.rules.manifests import Manifest
from models.rules.storage_states import DeliveryKind
from tests.manifests import a_manifest, a_manifest_bill, a_part

FIRST = date(2026, 1, 1)


def _daily(day: date, account: str = "100", **changes: object) -> Manifest:
    said = {"owner": "dlv_1", "kind": DeliveryKind.DAILY, "account": account, "bills": ()}
    return a_manifest(**{**said, "period": (day.replace(day=1), day), **changes})


def _findings(*manifests: Manifest) -> list[Finding]:
    found = ManifestSet()
    for number, manifest in enumerate(manifests):
        found.add(f"{number}.zip", manifest)
    return list(found.findings())


def test_days_in_a_row_over_a_month_end_lack_nothing() -> None:
    days = [date(2024, 2, 27) + timedelta(days=n) for n in range(5)]
    assert _findings(*(_daily(day) for day in days)) == []


@given(st.sets(st.integers(0, 400), min_size=1, max_size=60))
def test_missing_days_are_exactly_those_between_the_first_and_the_last(days: set[int]) -> None:
    missing: set[int] = set()
    for finding in _findings(*(_daily(FIRST + timedelta(days=n)) for n in days)):
        assert finding.code is FindingCode.DAYS_MISSING
        said = finding.message.removeprefix("There are no daily files for the days ").rstrip(".")
        first, _, last = said.partition(" to ")
        start = (date.fromisoformat(first) - FIRST).days
        missing |= set(range(start, (date.fromisoformat(last or first) - FIRST).days + 1))
    assert missing == set(range(min(days), max(days) + 1)) - days


def test_accounts_are_looked_at_one_by_one() -> None:
    one, two = date(2026, 3, 1), date(2026, 3, 2)
    [finding] = _findings(_daily(one), _daily(one, "200"), _daily(two, "200"))
    assert (finding.code, finding.is_wrong) == (FindingCode.ENDS_EARLY, False)
    assert finding.place == "prt_1, account 100"
    assert finding.message == (
        "Its daily files end with 2026-03-01; those of another account of the partner go on to"
        " 2026-03-02."
    )


def test_missing_months_are_told_as_one_range() -> None:
    monthly = [
        _daily(last, kind=DeliveryKind.MONTHLY)
        for last in (date(2025, 10, 31), date(2025, 11, 30), date(2026, 2, 28), date(2026, 4, 30))
    ]
    assert [finding.message for finding in _findings(*monthly)] == [
        "There are no monthly files for 2025-12 to 2026-01.",
        "There are no monthly files for 2026-03.",
    ]


def test_daily_and_monthly_files_of_the_same_days_are_two_things() -> None:
    day = date(2026, 3, 31)
    other = (a_part(sums={"CNY": Decimal(9)}),)
    assert _findings(_daily(day), _daily(day, kind=DeliveryKind.MONTHLY, parts=other)) == []


def test_two_manifests_of_one_thing_contradict_unless_they_say_the_same() -> None:
    day = date(2026, 3, 31)
    [same] = _findings(_daily(day), _daily(day, owner="dlv_2"))
    assert (same.code, same.place, same.is_wrong) == (FindingCode.DELIVERED_TWICE, "1.zip", False)
    [other] = _findings(_daily(day), _daily(day, parts=(a_part(sums={"CNY": Decimal(9)}),)))
    assert (other.code, other.is_wrong) == (FindingCode.CONTRADICTION, True)
    assert other.message == (
        "It contradicts 0.zip (prt_1, account 100, DAILY, 2026-03-01 to 2026-03-31)."
    )


def test_drafts_of_a_month_may_differ_and_are_followed_by_one_for_each_version() -> None:
    last, parts = date(2026, 3, 31), (a_part(sums={"CNY": Decimal(9)}),)
    drafts = [
        _daily(last, kind=DeliveryKind.MONTHLY, is_provisional=True, **changes)
        for changes in ({}, {"parts": parts})
    ]
    final, other = (
        _daily(last, kind=DeliveryKind.MONTHLY, **changes) for changes in ({}, {"parts": parts})
    )
    assert _findings(*drafts, final) == []
    assert [finding.code for finding in _findings(*drafts, final, other)] == [
        FindingCode.CONTRADICTION
    ]
    newer = replace(other, bills=(a_manifest_bill(version=2),))
    assert _findings(*drafts, final, newer) == []
    days = [_daily(last, is_provisional=True, **changes) for changes in ({}, {"parts": parts})]
    assert [finding.code for finding in _findings(*days)] == [FindingCode.CONTRADICTION]


def _reseller(**changes: object) -> Manifest:
    return a_manifest(kind=DeliveryKind.RESELLER, bills=(a_manifest_bill(**changes),))


def test_bills_of_one_month_are_things_of_their_own_and_have_one_version() -> None:
    assert _findings(_reseller(), _reseller(bill="bil_2", currency="USD")) == []
    [finding] = _findings(_reseller(), _reseller(version=2))
    assert finding.code is FindingCode.CONTRADICTION


def test_exports_are_no_deliveries() -> None:
    assert _findings(a_manifest(), a_manifest(parts=())) == []
