"""billingCalendar: whose it is, what it says, and the lag that the operator has set."""

from pathlib import Path
from typing import Any

import pytest

from models.adapters.database import Database, Tx
from models.rules.principals import Role
from models.tables.partners import ChannelAssignment
from tests.api.client import Client, open_client
from tests.builders import a_partner

QUERY = """query Calendar($cycle: BillingMonth!, $partner: ID) {
  billingCalendar(cycle: $cycle, partnerId: $partner) {
    cycle timeZone partner { id }
    entries { event date at coversFrom coversThrough description } } }"""


async def calendar(api: Client, cycle: str = "2026-03", partner: int | str | None = None) -> Any:
    named = f"prt_{partner}" if isinstance(partner, int) else partner
    return (await api.ask(QUERY, {"cycle": cycle, "partner": named}))["billingCalendar"]


def dates(shown: Any, event: str) -> list[tuple[str, str, str, str]]:
    fields = ("date", "at", "coversFrom", "coversThrough")
    return [tuple(e[f] for f in fields) for e in shown["entries"] if e["event"] == event]


async def test_calendar_is_in_the_zone_of_the_partner(api: Client, db: Database) -> None:
    partner = await a_partner(db, time_zone="America/New_York", payment_days=10)
    api.sign_in(Role.PARTNER_VIEWER, partner)
    shown = await calendar(api)
    assert (shown["cycle"], shown["timeZone"]) == ("2026-03", "America/New_York")
    assert shown["partner"] == {"id": f"prt_{partner}"}
    whole = ("2026-03-01", "2026-03-31")
    assert dates(shown, "CYCLE_START") == [("2026-03-01", "2026-03-01T05:00:00.000000Z", *whole)]
    assert dates(shown, "CYCLE_END") == [("2026-04-01", "2026-04-01T04:00:00.000000Z", *whole)]
    assert dates(shown, "ISSUE_DEADLINE") == [("2026-04-05", "2026-04-05T16:00:00.000000Z", *whole)]
    assert dates(shown, "PAYMENT_DUE") == [("2026-04-15", "2026-04-15T05:00:00.000000Z", *whole)]
    assert len(dates(shown, "ESTIMATE")) == 36
    assert all(entry["description"].endswith(".") for entry in shown["entries"])


async def test_calendar_has_the_daily_files_of_the_cycle(api: Client, db: Database) -> None:
    api.sign_in(Role.PARTNER_ADMIN, await a_partner(db))
    files = dates(await calendar(api), "DAILY_FILE")
    assert [(day, first, last) for day, _at, first, last in files[-2:]] == [
        ("2026-04-01", "2026-03-01", "2026-03-30"),
        ("2026-04-02", "2026-03-01", "2026-03-31"),
    ]
    april = dates(await calendar(api, "2026-04"), "DAILY_FILE")
    assert april[0] == ("2026-04-03", "2026-04-02T16:00:00.000000Z", "2026-04-01", "2026-04-01")


async def test_lag_of_the_daily_files_is_a_setting(database_url: str, tmp_path: Path) -> None:
    async with open_client(database_url, tmp_path / "data", delivery_lag_days=4) as api:
        api.sign_in(Role.SALES_OPS)
        made = await api.ask(
            """mutation { registerPartner(input: { name: "Northwind", billingAccounts: ["a"] }) {
                 partner { id } } }"""
        )
        shown = await calendar(api, partner=made["registerPartner"]["partner"]["id"])
        assert dates(shown, "DAILY_FILE")[0][0] == "2026-03-05"


@pytest.mark.parametrize("role", [Role.SALES_OPS, Role.AUDITOR, Role.CHANNEL_MANAGER])
async def test_vendor_names_a_partner_or_gets_null(api: Client, db: Database, role: Role) -> None:
    partner = await a_partner(db)

    async def assign(tx: Tx) -> None:
        await ChannelAssignment.create(using_db=tx.client, partner_id=partner, subject="ann")

    await db.transact(assign)
    api.sign_in(role)
    assert await calendar(api) is None
    assert (await calendar(api, partner=partner))["partner"] == {"id": f"prt_{partner}"}
    assert await calendar(api, partner=partner + 1) is None


async def test_foreign_calendar_is_like_a_missing_one(api: Client, db: Database) -> None:
    mine, theirs = await a_partner(db), await a_partner(db, name="Contoso")
    api.sign_in(Role.PARTNER_FINANCE, mine)
    for named in (theirs, 999, "nonsense", "bil_1", ""):
        assert await calendar(api, partner=named) is None
    assert (await calendar(api, partner=mine))["partner"] == {"id": f"prt_{mine}"}
    api.sign_in(Role.CHANNEL_MANAGER, subject="mel")
    assert await calendar(api, partner=mine) is None


async def test_calendar_goes_along_with_other_questions(api: Client, db: Database) -> None:
    partner = await a_partner(db)
    api.sign_in(Role.PARTNER_VIEWER, partner)
    both = await api.ask(
        """{ viewer { partner { id } }
             feb: billingCalendar(cycle: "2026-02") { __typename cycle }
             mar: billingCalendar(cycle: "2026-03") { entries { __typename e: event } } }"""
    )
    assert both["viewer"] == {"partner": {"id": f"prt_{partner}"}}
    assert both["feb"] == {"__typename": "BillingCalendar", "cycle": "2026-02"}
    assert both["mar"]["entries"][0] == {"__typename": "CalendarEntry", "e": "CYCLE_START"}
    executed = await api.ask(
        QUERY.replace("{", "{ __schema { queryType { name } }", 1), {"cycle": "2999-12"}
    )
    assert executed["billingCalendar"] == await calendar(api, "2999-12")


@pytest.mark.parametrize("cycle", ["2026-13", "2026-1", "1999-12", "3000-01", "２０２６-01", ""])
async def test_what_is_no_month_is_refused(api: Client, db: Database, cycle: str) -> None:
    api.sign_in(Role.PARTNER_VIEWER, await a_partner(db))
    assert await api.refuse(QUERY, {"cycle": cycle}) == "INVALID_MONTH"
