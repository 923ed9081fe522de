"""Disputes through the real application, as the partner and the channel manager see them."""

from typing import Any

import pytest

from models.adapters.database import Database
from models.rules.principals import Action, Principal, Role
from tests.api.channel import (
    MANAGER,
    OPEN,
    REPLY,
    RESOLVE,
    REVERSE,
    WITHDRAW,
    Stage,
    a_stage,
    codes,
)
from tests.api.client import Client
from tests.api.month import a_month


@pytest.fixture
async def stage(api: Client, db: Database) -> Stage:
    return await a_stage(api, db)


async def test_dispute_is_asked_answered_and_accepted(stage: Stage) -> None:
    line = (await stage.charges())[0]
    opened = await stage.question(chargeIds=[line["id"]])
    assert opened["userErrors"] == []
    dispute = opened["dispute"]
    assert dispute["bill"] == {"id": stage.bill_id, "status": "DISPUTED"}
    assert await stage.question(chargeIds=[line["id"]]) == opened
    replied = await stage.ask(REPLY, as_=MANAGER, disputeId=dispute["id"], message="Let me <look>…")
    assert replied["dispute"]["thread"]["nodes"] == [
        {"role": "PARTNER_FINANCE", "text": "Why?"},
        {"role": "CHANNEL_MANAGER", "text": "Let me <look>…"},
    ]
    change = {
        "amount": {"amount": "-0.5", "currency": "USD"},
        "description": "Counted twice",
        "chargeId": line["id"],
    }
    answer = {"disputeId": dispute["id"], "resolution": "ACCEPTED", "adjustments": [change]}
    done = await stage.ask(RESOLVE, as_=MANAGER, **answer, idempotencyKey="r1")
    bill = {"status": "ISSUED", "version": 2, "versionReason": "DISPUTE_ACCEPTED"}
    assert done == {
        "dispute": {"status": "ACCEPTED", "resolvedVersion": 2, "bill": bill},
        "userErrors": [],
    }
    assert await stage.ask(RESOLVE, as_=MANAGER, **answer, idempotencyKey="r1") == done
    seen = await stage.bill()
    assert (seen["openDispute"], seen["totals"]["adjustments"]["amount"]) == (None, "-1.75")
    assert seen["disputes"] == [
        {
            "id": dispute["id"],
            "status": "ACCEPTED",
            "version": 1,
            "resolvedVersion": 2,
            "openedBy": "ann",
            "closedBy": "mia",
            "charges": [{"id": line["id"], "amount": line["amount"]}],
            "thread": {
                "totalCount": 2,
                "nodes": [
                    {"author": "ann", "role": "PARTNER_FINANCE", "text": "Why?"},
                    {"author": "mia", "role": "CHANNEL_MANAGER", "text": "Let me <look>…"},
                ],
            },
        }
    ]


async def test_dispute_is_rejected_or_withdrawn(stage: Stage) -> None:
    before = await stage.shown()
    first = (await stage.question())["dispute"]["id"]
    answer = {"disputeId": first, "resolution": "REJECTED", "idempotencyKey": "r1"}
    assert codes(await stage.ask(RESOLVE, as_=MANAGER, **answer)) == ["INVALID_INPUT"]
    done = await stage.ask(RESOLVE, as_=MANAGER, **answer, answer="See clause 7.")
    assert done["dispute"]["status"] == "REJECTED"
    second = (await stage.question(idempotencyKey="q2"))["dispute"]["id"]
    done = await stage.ask(WITHDRAW, disputeId=second, message="Never mind.")
    assert done["dispute"] == {"status": "WITHDRAWN", "bill": {"status": "ISSUED"}}
    assert await stage.shown() == before
    newest_first = [d["id"] for d in (await stage.bill())["disputes"]]
    assert newest_first == [second, first]


async def test_partners_disputes_are_listed_by_status(stage: Stage) -> None:
    ids = []
    for key in ("q1", "q2"):
        ids.append((await stage.question(idempotencyKey=key))["dispute"]["id"])
        if key == "q1":
            await stage.ask(WITHDRAW, disputeId=ids[0])
    query = """query($s: DisputeStatus) { partners { nodes { disputes(status: $s) {
        totalCount nodes { id } } } } }"""
    stage.sign_in(MANAGER)
    for status, expected in ((None, ids[::-1]), ("OPEN", ids[1:]), ("ACCEPTED", [])):
        answer = await stage.api.ask(query, {"s": status})
        [partner] = answer["partners"]["nodes"]
        assert [n["id"] for n in partner["disputes"]["nodes"]] == expected
        assert partner["disputes"]["totalCount"] == len(expected)


async def test_acceptance_without_a_change_is_refused(stage: Stage) -> None:
    dispute = (await stage.question())["dispute"]["id"]
    before = await stage.bill()
    answer = {"disputeId": dispute, "resolution": "ACCEPTED", "idempotencyKey": "r1"}
    refused = await stage.ask(RESOLVE, as_=MANAGER, **answer)
    assert refused["userErrors"] == [{"code": "NO_CHANGE", "path": ["adjustments"]}]
    assert refused["dispute"]["status"] == "OPEN"
    change = {"amount": {"amount": "1", "currency": "EUR"}, "description": "x"}
    refused = await stage.ask(RESOLVE, as_=MANAGER, **answer, adjustments=[change])
    path = ["adjustments", "0", "amount"]
    assert refused["userErrors"] == [{"code": "CURRENCY_MISMATCH", "path": path}]
    change["chargeId"] = "cus_1"
    refused = await stage.ask(RESOLVE, as_=MANAGER, **answer, adjustments=[change])
    path = ["adjustments", "0", "chargeId"]
    assert refused["userErrors"] == [{"code": "INVALID_ID", "path": path}]
    assert await stage.bill() == before


async def test_foreign_dispute_looks_like_a_missing_one(stage: Stage, db: Database) -> None:
    dispute = (await stage.question())["dispute"]["id"]
    theirs = await a_month(db, name="Contoso")
    other = Stage(stage.api, theirs)
    assert await other.ask(WITHDRAW, disputeId=dispute) == await other.ask(
        WITHDRAW, disputeId="dsp_999"
    )
    other.sign_in(Role.PARTNER_FINANCE)
    query = "query($id: ID!) { node(id: $id) { id } }"
    assert await stage.api.ask(query, {"id": dispute}) == {"node": None}
    stage.sign_in(Role.PARTNER_FINANCE)
    assert await stage.api.ask(query, {"id": dispute}) == {"node": {"id": dispute}}


async def test_stale_dispute_shows_what_is_current(stage: Stage) -> None:
    seen = await stage.shown()
    await stage.adjust()
    refused = await stage.question(**seen)
    assert refused == {
        "dispute": None,
        "bill": {"version": 2, "status": "ISSUED"},
        "userErrors": [{"code": "STALE_VERSION", "path": ["version"]}],
    }


@pytest.mark.parametrize("message", ["", "   ", "m" * 4001, "a\x00b"])
async def test_message_that_cannot_be_meant_is_refused(stage: Stage, message: str) -> None:
    refused = await stage.question(message=message)
    assert refused["userErrors"] == [{"code": "INVALID_INPUT", "path": ["message"]}]
    dispute = (await stage.question())["dispute"]["id"]
    refused = await stage.ask(REPLY, as_=MANAGER, disputeId=dispute, message=message)
    assert refused["userErrors"] == [{"code": "INVALID_INPUT", "path": ["message"]}]


@pytest.mark.parametrize("role", list(Role))
async def test_roles_may_do_what_the_table_says(stage: Stage, role: Role) -> None:
    opened = (await stage.question())["dispute"]["id"]
    of_dispute = {"disputeId": opened}
    resolve = {"resolution": "ACCEPTED", "idempotencyKey": "k", "adjustments": []}
    undo = {"chargeId": "chg_999", "description": "x", "idempotencyKey": "k"}
    may = Principal("x", role).may
    allowed = {
        "open": (await stage.ask(OPEN, as_=role, **await again(stage)), Action.DISPUTE_BILL),
        "withdraw": (
            await stage.ask(WITHDRAW, as_=role, disputeId="dsp_999"),
            Action.DISPUTE_BILL,
        ),
        "adjust": (await stage.adjust(role, version=9), Action.ADJUST_BILL),
        "reverse": (await stage.ask(REVERSE, as_=role, **undo), Action.ADJUST_BILL),
    }
    for name, (payload, action) in allowed.items():
        assert (codes(payload) == ["FORBIDDEN"]) is not may(action), name
    change = {"amount": {"amount": "1", "currency": "EUR"}, "description": "x"}
    resolved = await stage.ask(
        RESOLVE, as_=role, **of_dispute, **resolve | {"adjustments": [change]}
    )
    assert (codes(resolved) == ["FORBIDDEN"]) is not may(Action.RESOLVE_DISPUTE)


async def again(stage: Stage) -> dict[str, Any]:
    return {**await stage.shown(), "message": "Again?", "idempotencyKey": "q9"}
