"""A bill's versions as they are shown: each with its own content, for ever."""

from decimal import Decimal
from typing import Any

from models.adapters.database import Database
from models.rules.principals import Role
from tests.api.client import Client
from tests.lives import a_life
from tests.stories.books import sigma

VERSIONS = """query V($bill: ID!) { bill(id: $bill) {
  digest totals { billAmount { amount } }
  derivedLines { type name amount { amount } }
  versions { totalCount nodes {
    id number status reason note digest previousDigest createdAt chargeCount customerCount
    bill { id version }
    totals {
      expenditures { amount } refunds { amount } adjustments { amount } settlement { amount }
      coupons { amount } rounding { amount } tax { amount } billAmount { amount }
      amountDue { amount } creditAmount { amount }
    }
    derivedLines {
      id type name rate base { amount } amount { amount currency } coupon { id name }
    }
    customers { totalCount nodes { customer { account } total { amount } chargeCount
      productLines { nodes { total { amount } charges { totalCount } chargeCount } } } }
    productLines { totalCount nodes { product total { amount } chargeCount } }
    charges(first: 100) { totalCount nodes { id chargeType amount { amount } } }
  } } } }"""
BY_TYPE = {"EXPENDITURE": "expenditures", "REFUND": "refunds", "ADJUSTMENT": "adjustments"}


async def test_versions_are_listed_newest_first_with_their_chain(api: Client, db: Database) -> None:
    life = await a_life(db)
    api.sign_in(Role.PARTNER_VIEWER, life.partner)
    bill = (await api.ask(VERSIONS, {"bill": f"bil_{life.bill}"}))["bill"]
    versions = bill["versions"]["nodes"]
    assert [v["number"] for v in versions] == [3, 2, 1]
    assert [v["status"] for v in versions] == ["CURRENT", "SUPERSEDED", "SUPERSEDED"]
    assert [v["reason"] for v in versions] == ["LATE_CHARGES", "LATE_CHARGES", "ISSUED"]
    digests = [v["digest"] for v in versions]
    assert bill["digest"] == digests[0]
    assert [v["previousDigest"] for v in versions] == [*digests[1:], None]
    assert {v["bill"]["version"] for v in versions} == {3}
    shown = [{k: line[k] for k in ("type", "name")} for line in versions[0]["derivedLines"]]
    assert [{k: line[k] for k in ("type", "name")} for line in bill["derivedLines"]] == shown


async def test_every_version_adds_up_from_its_own_charges(api: Client, db: Database) -> None:
    life = await a_life(db)
    api.sign_in(Role.PARTNER_VIEWER, life.partner)
    bill = (await api.ask(VERSIONS, {"bill": f"bil_{life.bill}"}))["bill"]
    for version in bill["versions"]["nodes"]:
        _check(version)
    counts = [version["chargeCount"] for version in bill["versions"]["nodes"]]
    assert counts == [15, 14, 11]


def _check(version: Any) -> None:
    totals = {name: Decimal(money["amount"]) for name, money in version["totals"].items()}
    charges = version["charges"]["nodes"]
    assert len(charges) == version["charges"]["totalCount"] == version["chargeCount"]
    for charge_type, name in BY_TYPE.items():
        mine = [c["amount"]["amount"] for c in charges if c["chargeType"] == charge_type]
        assert totals[name] == sigma(mine), name
    lines = version["productLines"]["nodes"]
    assert sigma(line["total"]["amount"] for line in lines) == totals["settlement"]
    assert sum(line["chargeCount"] for line in lines) == len(charges)
    derived = [line["amount"]["amount"] for line in version["derivedLines"]]
    assert sigma((totals["settlement"], *derived)) == totals["billAmount"]
    assert len(version["customers"]["nodes"]) == version["customerCount"]
    for customer in version["customers"]["nodes"]:
        below = customer["productLines"]["nodes"]
        assert sigma(line["total"]["amount"] for line in below) == Decimal(
            customer["total"]["amount"]
        )
        assert all(line["charges"]["totalCount"] == line["chargeCount"] for line in below)


async def test_derived_lines_tell_where_they_come_from(api: Client, db: Database) -> None:
    life = await a_life(db)
    api.sign_in(Role.PARTNER_VIEWER, life.partner)
    bill = (await api.ask(VERSIONS, {"bill": f"bil_{life.bill}"}))["bill"]
    lines = {line["name"]: line for line in bill["versions"]["nodes"][0]["derivedLines"]}
    assert list(lines) == ["Welcome", "Rounding", "VAT", "City tax", "Imported tax"]
    coupon = lines["Welcome"]
    assert (coupon["amount"]["amount"], coupon["coupon"]["name"]) == ("-50.125", "Welcome")
    assert (lines["VAT"]["rate"], lines["VAT"]["base"]["amount"]) == (
        "0.06", "219.718300000000000002",
    )  # fmt: skip
    imported = lines["Imported tax"]
    assert (imported["rate"], imported["base"], imported["coupon"]) == (None, None, None)
    assert imported["amount"] == {"amount": "0.71", "currency": "USD"}


async def test_version_is_a_node_of_its_partner_only(api: Client, db: Database) -> None:
    mine, theirs = await a_life(db), await a_life(db, name="Contoso")
    api.sign_in(Role.PARTNER_VIEWER, mine.partner)
    found = {
        life.partner: await db.fetch(
            "SELECT id FROM bill_versions WHERE bill_id = $1 ORDER BY id", life.bill
        )
        for life in (mine, theirs)
    }
    query = "query N($id: ID!) { node(id: $id) { id ... on BillVersion { number } } }"
    for partner, rows in found.items():
        for number, row in enumerate(rows, start=1):
            public_id = f"bvr_{row[0]}"
            node = {"id": public_id, "number": number} if partner == mine.partner else None
            assert await api.ask(query, {"id": public_id}) == {"node": node}
