"""What names a thing without being an id: keys, buckets, accounts, digests, means of payment."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from models.rules.principals import Role
from models.tables.audit import AuditEntry
from models.tables.customers import Customer
from models.tables.partners import BillingAccount, OwnAccount
from tests.actions.channel import everything
from tests.tenancy.asking import ask, mutation
from tests.tenancy.inputs import INPUTS, Input
from tests.tenancy.places import NAMES, places
from tests.tenancy.roles import allowed
from tests.tenancy.worlds import World

KEYED = sorted({place.verb for place in places() if place.name == "idempotencyKey"})
BUCKETED = sorted({place.verb for place in places() if place.name == "bucket"})
ADMIN, SALES = Role.PARTNER_ADMIN, Role.SALES_OPS


async def do(world: World, role: Role, verb: str, sent: Input) -> Any:
    """What somebody of Alpha's is answered."""
    return await ask(world.api, world.alpha.person(role), mutation(verb), input=sent)


async def same(world: World, verb: str, sent: Input, *others: Input) -> str:
    """The code with which Alpha's administrator is refused, whichever of these is named."""
    before = await everything()
    answers = []
    for other in others:
        names = [name for name in other.values() if isinstance(name, str)]
        names += [name for some in other.values() if isinstance(some, list) for name in some]
        answers.append((await do(world, ADMIN, verb, sent | other)).about(*names))
    assert answers[1:] == answers[:-1]
    assert await everything() == before
    (code,) = answers[0].codes
    return str(code)


async def idempotency_key(world: World) -> None:
    for verb in KEYED:
        for role in allowed(verb):
            mine, theirs = [await INPUTS[verb](side) for side in (world.alpha, world.bravo)]
            key = {"idempotencyKey": f"{verb} of {role}"}
            insider = world.bravo.person(role)
            first = await ask(world.api, insider, mutation(verb), input=theirs | key)
            assert first.codes == []
            assert (await do(world, role, verb, mine | key)).codes == [], verb
            newest = (await AuditEntry.filter(role=role.value).order_by("-id"))[0]
            assert newest.partner_id == world.alpha.partner, verb
            before = await everything()
            again = await ask(world.api, insider, mutation(verb), input=theirs | key)
            assert again.codes == [], verb
            assert {**before, "Partner": []} == {**await everything(), "Partner": []}, verb


async def bucket(world: World) -> None:
    """A local folder is looked for below one's own; elsewhere, what opens a bucket decides."""
    theirs = world.bravo.storage.bucket
    for verb in BUCKETED:
        sent = await INPUTS[verb](world.alpha)
        there = [{"bucket": theirs}, {"bucket": "no-such-bucket"}]
        assert await same(world, verb, sent, *there) == "BUCKET_NOT_FOUND"
        root = world.alpha.folder / "buckets"
        paths = [f"../{world.bravo.id}/{theirs}", f"{root}/{world.bravo.id}/{theirs}", "../prt_9/x"]
        assert await same(world, verb, sent, *[{"bucket": path} for path in paths]) == (
            "INVALID_BUCKET"
        )
    folder = world.alpha.folder / "buckets" / world.bravo.id / theirs
    assert not [path for path in folder.rglob("*") if "probe" in path.name]


async def prefix(world: World) -> None:
    for verb in BUCKETED:
        sent = await INPUTS[verb](world.alpha)
        ways = [f"../../{world.bravo.id}/{world.bravo.storage.bucket}", "../../prt_9/no-such"]
        assert await same(world, verb, sent, *[{"prefix": way} for way in ways]) == "INVALID_BUCKET"


async def sub_accounts(world: World) -> None:
    for verb in ("enableBillStorage", "updateBillStorage"):
        sent = await INPUTS[verb](world.alpha)
        chosen = [[world.bravo.storage.account], ["no-such"]]
        each = [{"subAccounts": accounts} for accounts in chosen]
        assert await same(world, verb, sent, *each) == "INVALID_INPUT"


async def digest(world: World) -> None:
    theirs = (await INPUTS["confirmBill"](world.bravo))["digest"]
    for verb in ("confirmBill", "openDispute"):
        sent = await INPUTS[verb](world.alpha)
        each = [{"digest": theirs}, {"digest": "0" * 64}]
        assert await same(world, verb, sent, *each) == "STALE_VERSION"


async def payment_method(world: World) -> None:
    """A means of payment that another has named is not known to be one."""
    answers = []
    theirs = {"paymentMethod": "pm_of_bravo"}
    paid = await INPUTS["payBills"](world.bravo) | theirs
    insider = world.bravo.person(ADMIN)
    assert (await ask(world.api, insider, mutation("payBills"), input=paid)).codes == []
    for means in (theirs, {"paymentMethod": "pm_of_nobody"}):
        sent = await INPUTS["payBills"](world.alpha) | means
        answer = await do(world, ADMIN, "payBills", sent)
        assert answer.codes == []
        payment = answer.data["payBills"]["payment"]
        assert "pm_of" not in answer.body.decode()
        answers.append((payment["status"], payment["method"], payment["failure"]))
    assert answers[0] == answers[1] == ("PENDING", "STRIPE", None)


async def billing_accounts(world: World) -> None:
    """Sales, who see both, name accounts of two partners as one's: refused, nothing is moved."""
    accounts = [each.account for each in await BillingAccount.all()]
    before = await everything()
    sent = await INPUTS["registerPartner"](world.alpha) | {"billingAccounts": accounts}
    assert (await do(world, SALES, "registerPartner", sent)).codes == ["ALREADY_EXISTS"]
    assert await everything() == before


async def own_accounts(world: World) -> None:
    """An account that another calls its own may be one's own, too: each has its own."""
    named = {"ownAccounts": [world.bravo.storage.account]}
    before = await OwnAccount.filter(partner_id=world.bravo.partner).order_by("id").values()
    sent = await INPUTS["registerPartner"](world.alpha) | named
    assert (await do(world, SALES, "registerPartner", sent)).codes == []
    after = await OwnAccount.filter(partner_id=world.bravo.partner).order_by("id").values()
    assert after == before


async def account(world: World) -> None:
    """A customer's account with one partner is no customer of another's."""
    before = await Customer.filter(partner_id=world.bravo.partner).order_by("id").values()
    customer = {"account": before[0]["account"], "name": "Somebody else"}
    sent = {"partnerId": world.alpha.id, "customers": [customer]}
    assert (await do(world, SALES, "registerCustomers", sent)).codes == []
    after = await Customer.filter(partner_id=world.bravo.partner).order_by("id").values()
    assert after == before


PROBES: dict[str, Callable[[World], Awaitable[None]]] = {
    "idempotencyKey": idempotency_key,
    "bucket": bucket,
    "prefix": prefix,
    "subAccounts": sub_accounts,
    "digest": digest,
    "paymentMethod": payment_method,
    "billingAccounts": billing_accounts,
    "ownAccounts": own_accounts,
    "account": account,
}


def test_every_name_of_the_schema_is_tried() -> None:
    assert set(PROBES) == NAMES
    assert {place.name for place in places()} >= NAMES


@pytest.mark.parametrize("name", PROBES)
async def test_anothers_name_means_nothing(world: World, name: str) -> None:
    await PROBES[name](world)
