"""Adjustments through the real application, and what a charge says about what it corrects."""

from typing import Any

import pytest

from models.actions.bills import issue_bills
from models.adapters.database import Database
from models.rules.principals import Role
from tests.api.channel import MANAGER, REVERSE, Stage, a_stage
from tests.api.client import Client
from tests.api.month import ISSUED, a_month
from tests.builders import a_charge, some_charges


@pytest.fixture
async def stage(api: Client, db: Database) -> Stage:
    return await a_stage(api, db)


async def test_adjustment_makes_a_version_and_can_be_undone_once(stage: Stage) -> None:
    customer = f"cus_{stage.month.customers[0]}"
    seen = await stage.shown()
    done = await stage.adjust(**seen, customerId=customer)
    assert done["userErrors"] == []
    assert done["bill"] == {"version": 2, "versionReason": "ADJUSTMENT"}
    charge = done["charge"]
    assert charge == {
        "id": charge["id"],
        "reason": "GOODWILL",
        "chargeType": "ADJUSTMENT",
        "category": "Adjustment",
        "description": "For the trouble",
        "isCorrection": False,
        "amount": {"amount": "-1.000000000000000001", "currency": "USD"},
        "cycle": "2026-10",
        "originCycle": "2026-10",
        "customer": {"id": customer},
        "correctedCharge": None,
        "correctedBill": None,
    }
    assert await stage.adjust(**seen, customerId=customer) == done
    undo = {"chargeId": charge["id"], "description": "A mistake", "idempotencyKey": "u1"}
    undone = await stage.ask(REVERSE, as_=MANAGER, **undo)
    assert undone["charge"] == {
        "reason": "REVERSAL",
        "amount": {"amount": "1.000000000000000001"},
        "correctedCharge": {"id": charge["id"]},
    }
    assert await stage.ask(REVERSE, as_=MANAGER, **undo) == undone
    again = await stage.ask(REVERSE, as_=MANAGER, **undo | {"idempotencyKey": "u2"})
    assert again == {
        "charge": None,
        "userErrors": [{"code": "ALREADY_REVERSED", "path": ["chargeId"]}],
    }
    assert (await stage.bill())["totals"]["adjustments"]["amount"] == "-1.25"


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"digest": "0" * 64}, "STALE_VERSION", ["digest"]),
        ({"version": 7}, "STALE_VERSION", ["version"]),
        ({"amount": {"amount": "0", "currency": "USD"}}, "INVALID_AMOUNT", ["amount"]),
        ({"amount": {"amount": "1e19", "currency": "USD"}}, "INVALID_AMOUNT", ["amount"]),
        ({"amount": {"amount": "1", "currency": "JPY"}}, "CURRENCY_MISMATCH", ["amount"]),
        ({"reason": "DISPUTE"}, "INVALID_INPUT", ["reason"]),
        ({"reason": "REVERSAL"}, "INVALID_INPUT", ["reason"]),
        ({"description": ""}, "INVALID_INPUT", ["description"]),
        ({"description": "nul\x00"}, "INVALID_INPUT", ["description"]),
        ({"customerId": "cus_999"}, "NOT_FOUND", ["customerId"]),
        ({"customerId": "chg_1"}, "INVALID_ID", ["customerId"]),
        ({"chargeId": "chg_999"}, "NOT_FOUND", ["chargeId"]),
        ({"billId": "bil_999"}, "NOT_FOUND", ["billId"]),
        ({"idempotencyKey": ""}, "INVALID_INPUT", ["idempotencyKey"]),
    ],
)
async def test_adjustment_that_cannot_be_is_refused(
    stage: Stage, changes: dict[str, Any], code: str, path: list[str]
) -> None:
    before = await stage.bill()
    refused = await stage.adjust(**changes)
    assert [(e["code"], e["path"]) for e in refused["userErrors"]] == [(code, path)]
    assert refused["charge"] is None
    assert await stage.bill() == before


CHARGE = """id amount { amount } reason refundReason isCorrection isBeyondOriginal
    correctedCharge { id } correctedBill { id cycle }"""
CHARGES_OF_BILL = f"""query($id: ID!) {{ bill(id: $id) {{
    charges(first: 100) {{ nodes {{ {CHARGE} }} }}
    corrections {{ totalCount nodes {{ {CHARGE} cycle originCycle }} }} }} }}"""


async def test_correction_shows_both_periods_and_what_it_corrects(
    stage: Stage, db: Database
) -> None:
    line = (await stage.charges())[0]
    await stage.confirm()
    done = await stage.adjust(chargeId=line["id"])
    charge = done["charge"]
    assert done["userErrors"] == []
    assert (charge["cycle"], charge["originCycle"], charge["isCorrection"]) == (
        "2026-11",
        "2026-10",
        True,
    )
    assert (charge["correctedCharge"], charge["correctedBill"]) == (
        {"id": line["id"]},
        {"id": stage.bill_id},
    )
    assert done["bill"] == {"version": 1, "versionReason": "ISSUED"}
    await a_charge(db, stage.month.partner, "7", cycle="2026-11", origin_cycle="2026-10")
    await a_charge(db, stage.month.partner, "9", cycle="2026-11")
    other = {"cycle": "2026-11", "origin_cycle": "2026-10", "kind": "SELF_USE"}
    await a_charge(db, stage.month.partner, "11", **other)
    carried = {"reason": "CARRIED_CREDIT", "charge_type": "ADJUSTMENT"}
    await a_charge(
        db, stage.month.partner, "-13", cycle="2026-11", origin_cycle="2026-10", **carried
    )
    bill = (await stage.api.ask(CHARGES_OF_BILL, {"id": stage.bill_id}))["bill"]
    corrections = bill["corrections"]
    assert corrections["totalCount"] == 2
    assert [c["amount"]["amount"] for c in corrections["nodes"]] == ["-1.000000000000000001", "7"]
    late = corrections["nodes"][1]
    assert (late["isCorrection"], late["correctedCharge"], late["reason"]) == (True, None, None)
    assert late["correctedBill"] == {"id": stage.bill_id, "cycle": "2026-10"}
    assert not any(c["isCorrection"] or c["correctedBill"] for c in bill["charges"]["nodes"])


REFUND = {"charge_type": "REFUND", "original_ref": "order-1"}


async def flags(stage: Stage, cycle: str) -> list[tuple[str, str | None, bool]]:
    query = f"""query($cycle: BillingMonth!) {{ viewer {{ partner {{ bills(cycle: $cycle) {{
        nodes {{ charges(first: 100) {{ nodes {{ {CHARGE} }} }} }} }} }} }} }}"""
    answer = await stage.api.ask(query, {"cycle": cycle})
    [bill] = answer["viewer"]["partner"]["bills"]["nodes"]
    return [
        (c["amount"]["amount"], c["refundReason"], c["isBeyondOriginal"])
        for c in bill["charges"]["nodes"]
    ]


async def issued(db: Database, stage: Stage, rows: list[dict[str, Any]]) -> None:
    await some_charges(db, stage.month.partner, [{"cycle": "2026-09", **row} for row in rows])
    await db.transact(issue_bills, partner_id=stage.month.partner, cycle="2026-09", now=ISSUED)
    stage.sign_in(Role.PARTNER_FINANCE)


async def test_refund_beyond_its_original_is_flagged_and_those_before_are_not(
    stage: Stage, db: Database
) -> None:
    purchase = {"category": "Purchase", "transaction_ref": "order-1"}
    rows: list[dict[str, Any]] = [
        {"amount": "-60", "category": "Purchase", **REFUND},
        {"amount": "60", **purchase},
        {"amount": "40.000000000000000001", **purchase},
        {"amount": "-8", "charge_type": "TAX", "category": "Tax", "original_ref": "order-1"},
        {"amount": "-40", **REFUND},
        {"amount": "-0.000000000000000002", **REFUND},
        {"amount": "-3", "charge_type": "REFUND", "original_ref": "unknown"},
        {"amount": "-4", "charge_type": "REFUND"},
    ]
    await issued(db, stage, rows)
    assert await flags(stage, "2026-09") == [
        ("-60", "ORDER_CANCELLATION", False),
        ("60", None, False),
        ("40.000000000000000001", None, False),
        ("-8", None, False),
        ("-40", "SPECIFICATION_CHANGE", False),
        ("-0.000000000000000002", "SPECIFICATION_CHANGE", True),
        ("-3", "SPECIFICATION_CHANGE", False),
        ("-4", "SPECIFICATION_CHANGE", False),
    ]


async def test_refund_is_flagged_by_the_same_partner_currency_and_whole_reference(
    stage: Stage, db: Database
) -> None:
    other = await a_month(db, name="Contoso")
    long = "订" * 500
    await a_charge(db, other.partner, "-99", **REFUND, cycle="2026-09")
    rows: list[dict[str, Any]] = [
        {"amount": "10", "transaction_ref": "order-1"},
        {"amount": "10", "transaction_ref": f"{long}1"},
        {"amount": "-99", "charge_type": "REFUND", "original_ref": f"{long}2"},
        {"amount": "-10", **REFUND},
    ]
    await some_charges(db, stage.month.partner, [{"amount": "-99", "currency": "EUR", **REFUND}])
    await issued(db, stage, rows)
    assert [flag for _, _, flag in await flags(stage, "2026-09")] == [False] * 4
