"""The audit trail: who may read it, whose it is, what it says, and that it can be searched."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.actions.audit import Act, record
from models.adapters.database import Database, Tx
from models.rules.principals import PARTNER_ROLES, Principal, Role
from models.tables.charges import Charge
from models.tables.invoices import Invoice
from models.tables.partners import ChannelAssignment
from tests.actions.channel import a_channel
from tests.actions.desk import finance, shown
from tests.api.client import Client
from tests.builders import a_partner

DAY = datetime(2026, 6, 1, tzinfo=UTC)
SALES = Principal("sam", Role.SALES_OPS)

PARTNER = """query Trail($id: ID!, $first: Int! = 20, $after: Cursor, $action: String, $object: ID,
    $from: DateTime, $to: DateTime) { partner(id: $id) {
  auditTrail(first: $first, after: $after, action: $action, objectId: $object,
             from: $from, to: $to) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id at subject role action objectId details { name value } } } } }"""
BILL = """query Trail($id: ID!) { bill(id: $id) { auditTrail {
    nodes { subject action objectId } } } }"""


async def act(
    db: Database, partner: int, action: str, *, who: Principal | None = SALES, **changes: Any
) -> None:
    """Something that was done, by default by sales on 1 June 2026 to a bill."""
    now = changes.pop("now", DAY)
    done = Act(action, **({"object_id": "bil_1", "partner_id": partner} | changes))

    async def write(tx: Tx) -> None:
        await record(tx, who, done, now=now)

    await db.transact(write)


async def trail(api: Client, partner: int, **variables: Any) -> Any:
    answer = await api.ask(PARTNER, {"id": f"prt_{partner}", **variables})
    return answer["partner"]["auditTrail"]


async def actions(api: Client, partner: int, **variables: Any) -> list[str]:
    return [entry["action"] for entry in (await trail(api, partner, **variables))["nodes"]]


async def test_entry_says_who_did_what_when_and_why(api: Client, db: Database) -> None:
    partner = await a_partner(db)
    details = {
        "reason": "Ticket “4711”",
        "version": 2,
        "is_late": False,
        "moved_to": None,
        "bills": {"bil_2": "10.50", "bil_10": "3"},
        "lines": ["a", {"b": 1}],
    }
    await act(db, partner, "CONFIRM_BILL", details=details, object_id="bil_7")
    await act(db, partner, "ISSUE_BILL", who=None, now=DAY - timedelta(microseconds=1))
    api.sign_in(Role.AUDITOR)
    first, second = (await trail(api, partner))["nodes"]
    assert first.pop("id").startswith("aud_")
    assert first.pop("details") == [
        {"name": "bills.bil_10", "value": "3"},
        {"name": "bills.bil_2", "value": "10.50"},
        {"name": "is_late", "value": "false"},
        {"name": "lines.0", "value": "a"},
        {"name": "lines.1.b", "value": "1"},
        {"name": "reason", "value": "Ticket “4711”"},
        {"name": "version", "value": "2"},
    ]
    assert first == {
        "at": "2026-06-01T00:00:00.000000Z",
        "subject": "sam",
        "role": "SALES_OPS",
        "action": "CONFIRM_BILL",
        "objectId": "bil_7",
    }
    assert (second["subject"], second["role"], second["details"]) == ("system", None, [])


@pytest.mark.parametrize("role", Role)
async def test_trail_is_null_for_roles_that_may_not_read_it(
    api: Client, db: Database, role: Role
) -> None:
    partner = await a_partner(db)
    await act(db, partner, "CONFIRM_BILL")

    async def assign(tx: Tx) -> None:
        await ChannelAssignment.create(using_db=tx.client, partner_id=partner, subject="ann")

    await db.transact(assign)
    api.sign_in(role, partner if role in PARTNER_ROLES else None)
    found = await trail(api, partner, action="CONFIRM_BILL", after=None)
    if role is Role.PARTNER_VIEWER:
        assert found is None
        query = PARTNER.replace("{", "{ __schema { queryType { name } }", 1)
        executed = await api.ask(query, {"id": f"prt_{partner}"})
        assert executed["partner"] == {"auditTrail": None}
    else:
        assert found["totalCount"] == 1


async def test_trail_of_others_is_never_shown(api: Client, db: Database) -> None:
    mine, theirs = await a_partner(db), await a_partner(db, name="Contoso")
    await act(db, mine, "CONFIRM_BILL")
    await act(db, theirs, "PAY_BILLS")
    await act(db, mine, "RETRY_JOB", partner_id=None)
    api.sign_in(Role.PARTNER_ADMIN, mine)
    assert await actions(api, mine) == ["CONFIRM_BILL"]
    assert await actions(api, mine, action="PAY_BILLS") == []
    assert await api.ask(PARTNER, {"id": f"prt_{theirs}"}) == {"partner": None}
    api.sign_in(Role.CHANNEL_MANAGER)
    assert await api.ask(PARTNER, {"id": f"prt_{mine}"}) == {"partner": None}


async def test_trail_is_searched_by_action_object_and_time(api: Client, db: Database) -> None:
    partner = await a_partner(db)
    for day in range(4):
        now = DAY + timedelta(days=day)
        await act(db, partner, f"DAY_{day}", now=now, object_id=f"bil_{day % 2}")
    api.sign_in(Role.PARTNER_FINANCE, partner)
    assert await actions(api, partner) == ["DAY_3", "DAY_2", "DAY_1", "DAY_0"]
    assert await actions(api, partner, action="DAY_2") == ["DAY_2"]
    assert await actions(api, partner, action="day_2") == []
    assert await actions(api, partner, object="bil_1") == ["DAY_3", "DAY_1"]
    between = {"from": "2026-06-02T00:00:00Z", "to": "2026-06-04T00:00:00Z"}
    assert await actions(api, partner, **between) == ["DAY_2", "DAY_1"]
    # The same instants, written in Shanghai and a microsecond later.
    local = {"from": "2026-06-02T08:00:00.000001+08:00", "to": "2026-06-04T08:00:00.000001+08:00"}
    assert await actions(api, partner, **local) == ["DAY_3", "DAY_2"]
    assert await actions(api, partner, **{"from": between["to"], "to": between["from"]}) == []


async def test_pages_of_a_trail_add_up_to_the_whole(api: Client, db: Database) -> None:
    partner = await a_partner(db)
    # Later rows may be of an earlier instant, and several of the same.
    for number, minute in enumerate((3, 1, 3, 2, 3, 0, 1)):
        await act(db, partner, f"ACT_{number}", now=DAY + timedelta(minutes=minute))
    api.sign_in(Role.PARTNER_FINANCE, partner)
    seen: list[str] = []
    after = None
    while True:
        page = await trail(api, partner, first=2, after=after)
        assert page["totalCount"] == 7
        seen += [entry["action"] for entry in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == [f"ACT_{n}" for n in (4, 2, 0, 3, 6, 1, 5)]


@pytest.mark.parametrize(
    "wrong",
    [
        "2026-06-01",
        "2026-06-01T00:00:00",
        "2026-06-31T00:00:00Z",
        "2026-06-01T24:00:00Z",
        "2026-06-01T00:00:60Z",
        "2026-06-01 00:00:00Z",
        "2026-06-01T00:00:00.0000001Z",
        "2026-06-01T00:00:00+25:00",
        "1999-12-31T23:59:59Z",
        "２０２６-06-01T00:00:00Z",
        "",
    ],
)
async def test_what_is_no_instant_is_refused(api: Client, db: Database, wrong: str) -> None:
    partner = await a_partner(db)
    api.sign_in(Role.PARTNER_FINANCE, partner)
    assert await api.refuse(PARTNER, {"id": f"prt_{partner}", "from": wrong}) == "INVALID_DATE"


async def test_text_that_no_database_holds_is_refused(api: Client, db: Database) -> None:
    partner = await a_partner(db)
    api.sign_in(Role.PARTNER_FINANCE, partner)
    for wrong in ({"action": "a\x00"}, {"object": "\x00"}):
        assert await api.refuse(PARTNER, {"id": f"prt_{partner}", **wrong}) == "INVALID_INPUT"


async def test_bill_has_the_trail_of_all_that_concerns_it(api: Client, db: Database) -> None:
    channel = await a_channel(db)
    await channel.top_up("1000 USD")
    bill, other = await channel.bill("100"), await channel.payable("7", cycle="2026-03")
    dispute = await channel.question(bill)
    await channel.accept(dispute)
    await channel.confirm(await shown(bill))
    later = await channel.adjust(bill, "-1 USD")
    payment = await channel.pay(bill, amount="40 USD")
    await channel.pay(other, key="other")
    api.sign_in(Role.PARTNER_FINANCE, channel.partner)
    found = (await api.ask(BILL, {"id": f"bil_{bill}"}))["bill"]["auditTrail"]["nodes"]
    who = finance(channel.partner).subject
    accepted, invoice = await Charge.get(amount=-10), await Invoice.get(bill_id=bill)
    steps = [(e["subject"], e["action"], e["objectId"]) for e in found]
    assert sorted(steps) == [
        (who, "CONFIRM_BILL", f"bil_{bill}"),
        (who, "OPEN_DISPUTE", f"dsp_{dispute}"),
        (who, "PAY_BILLS", f"pay_{payment}"),
        ("mia", "ADJUST_BILL", f"chg_{accepted.id}"),
        ("mia", "ADJUST_BILL", f"chg_{later}"),
        ("mia", "RESOLVE_DISPUTE", f"dsp_{dispute}"),
        ("system", "ISSUE_BILL", f"bil_{bill}"),
        ("system", "ISSUE_BILL", f"bil_{bill}"),
        ("system", "ISSUE_INVOICE", f"inv_{invoice.id}"),
    ]
    api.sign_in(Role.PARTNER_VIEWER, channel.partner)
    assert await api.ask(BILL, {"id": f"bil_{bill}"}) == {"bill": {"auditTrail": None}}
