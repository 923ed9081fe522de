"""Verification: silent on what the product wrote, naming whatever was changed behind its back."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from models.actions.bills import reissue_bill
from models.adapters.database import Database
from models.reads.verification import Extent, Verified, verify
from models.rules.errors import NotFound
from models.rules.tampering import Tampered
from tests.actions.desk import NOW, an_issued_bill
from tests.actions.importing import SAMPLE, a_file, a_registered_partner, take
from tests.builders import a_partner, some_charges
from tests.lives import a_life, tamper


async def verified(db: Database, **extent: int) -> Verified:
    return await verify(db, Extent(**extent), progress=lambda done: None)


async def found(db: Database) -> str:
    with pytest.raises(Tampered) as tampered:
        await verified(db)
    return str(tampered.value)


async def the_row(db: Database, sql: str) -> int:
    return int((await db.fetch(sql))[0][0])


async def test_a_sound_database_is_verified_as_a_whole(db: Database) -> None:
    await a_life(db)
    await a_life(db, name="Contoso", is_paid=False)
    done = await verified(db)
    assert done == Verified(bills=2, versions=6, charges=30, payments=2, transactions=4)


async def test_an_empty_database_is_sound(db: Database) -> None:
    assert await verified(db) == Verified()


async def test_one_partner_or_one_bill_can_be_verified_alone(db: Database) -> None:
    sound, damaged = await a_life(db), await a_life(db, name="Contoso")
    await tamper(db, "UPDATE bills SET paid = $2 WHERE id = $1", damaged.bill, 31)
    assert (await verified(db, partner_id=sound.partner)).payments == 2
    assert (await verified(db, bill_id=sound.bill)).charges == 15
    for extent in ({"partner_id": damaged.partner}, {"bill_id": damaged.bill}):
        with pytest.raises(Tampered, match=f"^bil_{damaged.bill}: what is paid"):
            await verified(db, **extent)
    with pytest.raises(NotFound):
        await verified(db, bill_id=404)


class Eventful(Database):
    """The same database, to which something happens before each of the first long reads."""

    def __init__(self, db: Database, *events: Callable[[], Awaitable[None]]) -> None:
        super().__init__(db.dialect, db._reader)
        self._events = list(events)

    async def stream(
        self, sql: str, *values: Any, batch: int = 5_000
    ) -> AsyncGenerator[list[Any], None]:
        if self._events:
            await self._events.pop(0)()
        async with aclosing(super().stream(sql, *values, batch=batch)) as batches:
            async for rows in batches:
                yield rows


async def test_bill_that_is_issued_anew_meanwhile_is_sound(db: Database) -> None:
    life = await a_life(db, is_paid=False)

    async def reissue() -> None:
        await some_charges(db, life.partner, [{"customer_id": life.customers[0], "amount": "4"}])
        await db.transact(reissue_bill, bill_id=life.bill, now=NOW + timedelta(hours=9))

    done = await verified(Eventful(db, reissue, reissue))
    assert (done.bills, done.versions) == (1, 5)


CHARGES = [
    ("amount", "'20.25'"),
    ("description", "'something else'"),
    ("product", "'Something Else'"),
    ("region", "'eu-west-0'"),
    ("account", "'someone'"),
    ("checksum", "checksum + 1"),
]


@pytest.mark.parametrize(("column", "value"), CHARGES)
async def test_a_changed_charge_is_named(db: Database, column: str, value: str) -> None:
    await a_life(db)
    await tamper(db, f"UPDATE charges SET {column} = {value} WHERE id = 2")
    assert (await found(db)).startswith("chg_2: the checksum of what it says: ")


async def test_a_charge_that_was_sealed_anew_shows_in_its_line(db: Database) -> None:
    await a_life(db)
    await tamper(db, "UPDATE charges SET checksum = checksum + 1, amount = '21' WHERE id = 2")
    with pytest.raises(Tampered):
        await verified(db)
    await tamper(db, "UPDATE charges SET customer_id = customer_id + 1, amount = '20.5',"
                 " checksum = checksum - 1 WHERE id = 2")  # fmt: skip
    assert ", version 1, pln_" in await found(db)


async def test_a_removed_and_an_added_charge_show_in_their_line(db: Database) -> None:
    life = await a_life(db)
    line = await the_row(
        db, "SELECT min(id) FROM product_lines WHERE customer_id = 1 AND region IS NOT NULL"
    )
    count = "charge count, from its charges"
    await tamper(db, "UPDATE charges SET posting = 99 WHERE id = 1")
    assert (
        await found(db) == f"bil_{life.bill}, version 1, pln_{line}: {count}: 3 expected, 4 found."
    )
    await tamper(db, "UPDATE charges SET posting = 1 WHERE id = 1")
    await verified(db)
    late = await the_row(
        db, "SELECT max(id) FROM charges WHERE customer_id = 1 AND charge_type = 'TAX'"
    )
    await tamper(db, "UPDATE charges SET posting = 1 WHERE id = $1", late)
    assert (
        await found(db) == f"bil_{life.bill}, version 1, pln_{line}: {count}: 5 expected, 4 found."
    )


async def test_the_only_charge_of_a_line_cannot_go_unnoticed(db: Database) -> None:
    life = await a_life(db)
    charge = await the_row(db, "SELECT min(id) FROM charges WHERE product = 'Firewall'")
    line = await the_row(db, "SELECT min(id) FROM product_lines WHERE product = 'Firewall'")
    await tamper(db, "DELETE FROM charges WHERE id = $1", charge)
    where = f"bil_{life.bill}, version 2, pln_{line}"
    assert await found(db) == f"{where}: its charges: 1 charges expected, none found."


async def test_a_removed_product_line_is_missed(db: Database) -> None:
    life = await a_life(db)
    await tamper(db, "DELETE FROM product_lines WHERE product = 'Firewall' AND version_id = 2")
    assert await found(db) == (
        f"bil_{life.bill}, version 2: what 1 charges of cus_{life.customers[0]} should add up to:"
        " a row expected, none found."
    )


ROWS = [
    ("product_lines", "expenditures = '1'", "version 2, pln_{}: expenditures, from its charges"),
    ("product_lines", "refunds = '1'", "version 2, pln_{}: refunds, from its charges"),
    ("product_lines", "tax = '7'", "version 2, pln_{}: tax, from its charges"),
    ("product_lines", "total = '1'", "version 2, pln_{}: total, from its charges"),
    ("product_lines", "checksum = 5", "version 2, pln_{}: checksum, from its charges"),
    ("product_lines", "rank = 77", "version 2, pln_{}: rank, from its charges"),
    ("bill_customers", "total = '1'", "version 2, blc_{}: total, from its product lines"),
    ("bill_customers", "rank = 77", "version 2, blc_{}: rank, from its product lines"),
    ("derived_lines", "amount = '-7'", "version 2, dln_{}: what they take off"),
    ("derived_lines", "name = 'Gift'", "version 2: the digest of all it says"),
]


@pytest.mark.parametrize(("table", "changed", "named"), ROWS)
async def test_a_changed_row_of_a_version_is_named(
    db: Database, table: str, changed: str, named: str
) -> None:
    life = await a_life(db)
    row = await the_row(db, f"SELECT min(id) FROM {table} WHERE version_id = 2")
    await tamper(db, f"UPDATE {table} SET {changed} WHERE id = {row}")
    assert (await found(db)).startswith(f"bil_{life.bill}, {named.format(row)}: ")


HEADS = [
    ("settlement = '1'", "settlement, from its lines"),
    ("rounding = '1'", "rounding, from its lines"),
    ("bill_amount = '1'", "bill amount, from its lines"),
    ("amount_due = '1'", "amount due, from its lines"),
    ("charge_count = 1", "charge count, from its lines"),
    ("customer_count = 1", "customer count, from its lines"),
    ("reason = 'ADJUSTMENT'", "the digest of all it says"),
    ("note = 'never mind'", "the digest of all it says"),
    ("digest = 'feed'", "the digest of all it says"),
    ("previous_digest = 'feed'", "the digest of the version before"),
    ("partner_id = 77", "its number"),
    ("number = 7", "its number"),
]


@pytest.mark.parametrize(("changed", "what"), HEADS)
async def test_a_changed_head_of_a_version_is_named(db: Database, changed: str, what: str) -> None:
    life = await a_life(db)
    await tamper(db, f"UPDATE bill_versions SET {changed} WHERE bill_id = 1 AND number = 2")
    number = 3 if what == "its number" else 2
    assert (await found(db)).startswith(f"bil_{life.bill}, version {number}: {what}: ")


DERIVED = [
    ("name = 'VAT'", "amount = '0.01'", "amount: 13.33 expected, 0.01 found."),
    ("name = 'VAT'", "rate = '0.05'", "amount: 11.11 expected, 13.33 found."),
    ("name = 'VAT'", "base = '1'", "base: 222.218300000000000002 expected, 1 found."),
    ("line_type = 'ROUNDING'", "amount = '1'", "amount: 0.001699999999999998 expected, 1 found."),
    ("name = 'Imported tax'", "amount = '1'", "amount: 0.71 expected, 1 found."),
]


@pytest.mark.parametrize(("line", "changed", "says"), DERIVED)
async def test_a_changed_derived_line_is_named(
    db: Database, line: str, changed: str, says: str
) -> None:
    life = await a_life(db)
    where = f"version_id = 2 AND {line}"
    row = await the_row(db, f"SELECT id FROM derived_lines WHERE {where}")
    await tamper(db, f"UPDATE derived_lines SET {changed} WHERE {where}")
    assert await found(db) == f"bil_{life.bill}, version 2, dln_{row}: {says}"


async def test_a_removed_derived_line_is_missed(db: Database) -> None:
    life = await a_life(db)
    await tamper(db, "DELETE FROM derived_lines WHERE version_id = 2 AND name = 'Imported tax'")
    assert await found(db) == (
        f"bil_{life.bill}, version 2: the line Imported tax: 0.71 expected, nothing found."
    )


MONEY = [
    ("bills SET paid = '31'", "bil_1: what is paid, from its payments: 30 expected, 31 found."),
    ("bills SET booked = '1'", "bil_1: what the ledger has as owed: 1 expected, "),
    ("bills SET version = 2", "bil_1: the number of its current version: 3 expected, 2 found."),
    ("bills SET version_id = 1", "bil_1: the row of its current version: 3 expected, 1 found."),
    ("allocations SET amount = '1' WHERE id = 1", "bil_1: what is paid, from its payments: 11 "),
    ("payments SET amount = '1' WHERE id = 1", "pay_1: what went to bills, from its allocations: "),
    ("payments SET status = 'REVERSED' WHERE id = 1", "bil_1: what is paid, from its payments: 10"),
    ("ledger_entries SET amount = '1' WHERE event = 'TOP_UP' AND account = 'CASH'",
     "ledger transaction "),
    ("ledger_entries SET amount = '1' WHERE event = 'BILL' AND account = 'RECEIVABLE'",
     "bil_1: what the ledger has as owed: "),
    ("ledger_entries SET amount = '1' WHERE event = 'PAYMENT' AND account = 'RECEIVABLE'",
     "pay_1: what it took off the debt in the ledger: 20 expected, -1 found."),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "says"), MONEY)
async def test_changed_money_is_named(db: Database, changed: str, says: str) -> None:
    await a_life(db)
    await tamper(db, f"UPDATE {changed}")
    assert (await found(db)).startswith(says)


async def test_a_charge_on_no_bill_is_verified_as_well(db: Database) -> None:
    life = await a_life(db)
    await tamper(db, "UPDATE charges SET cycle = '2026-09' WHERE id = 1")
    await tamper(db, "UPDATE charges SET amount = '7' WHERE id = 1")
    with pytest.raises(Tampered, match=f"^bil_{life.bill}"):
        await verified(db)
    await tamper(db, "UPDATE charges SET cycle = '2026-02', amount = '100.000000000000000001'"
                 " WHERE id = 1")  # fmt: skip
    await verified(db)


IMPORTED = [
    "region = 'x'", "resource = 'x'", "transaction_ref = 'x'", "original_ref = 'x'", "unit = 'x'",
    "description = NULL", "quantity = '7'", "list_amount = '7'", "amount = '7'", "account = 'x'",
    "usage_start = usage_end", "usage_end = NULL", "charge_type = 'TAX'", "category = 'Tax'",
    "billing_mode = 'ONE_TIME'", "market = 'MARKETPLACE'", "product = 'x'", "currency = 'EUR'",
]  # fmt: skip


async def test_every_column_of_an_imported_charge_is_sealed(db: Database, tmp_path: Path) -> None:
    await a_registered_partner(db)
    odd = {"BilledCost": "1.50e-3", "ChargePeriodEnd": "2026-03-07T15:00:00.25+02:00"}
    assert (await take(db, a_file(tmp_path / "march.csv", [{}, {}, odd]))).added == 3
    assert (await verified(db)).charges == 3
    row = await the_row(db, "SELECT min(id) FROM charges")
    for changed in IMPORTED:
        column = changed.partition(" ")[0]
        stored = (await db.fetch(f"SELECT {column} FROM charges WHERE id = $1", row))[0][0]
        await tamper(db, f"UPDATE charges SET {changed} WHERE id = $1", row)
        assert (await found(db)).startswith(f"chg_{row}: "), changed
        await tamper(db, f"UPDATE charges SET {column} = $2 WHERE id = $1", row, stored)
    assert (await verified(db)).charges == 3


@pytest.mark.skipif(not SAMPLE.exists(), reason="the sample is not here")
async def test_real_charges_hold_their_checksums(db: Database) -> None:
    result = await take(db, SAMPLE, creates_missing=True)
    assert (await verified(db)).charges == result.added > 900


async def test_charges_of_our_own_making_hold_their_checksums(db: Database) -> None:
    partner = await a_partner(db, confirmation_required=False, credit_policy="CARRIED")
    await an_issued_bill(db, partner, "-30", charge_type="REFUND")
    assert (await verified(db)).charges == 2
    await tamper(db, "UPDATE charges SET description = 'x' WHERE charge_type = 'ADJUSTMENT'")
    assert (await found(db)).startswith("chg_2: ")
