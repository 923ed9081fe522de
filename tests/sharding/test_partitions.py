"""A partner's data in a partition of its own, in a real PostgreSQL: what is run touches no other.

PostgreSQL asks of partitions what distributed databases ask of shards: that the partner is part of
every unique key, and of a statement where it is to run in one place.
"""

from pathlib import Path

from models.adapters.database import Database
from tests.sharding.lives import a_months_partner, look
from tests.sharding.owned import owned, unnamed
from tests.sharding.touched import watched
from tests.stories import test_month
from tests.stories.scene import open_scene
from tests.tenancy.worlds import a_world, fill

# What is due is looked for among all partners.
SCHEDULE = "FROM due WHERE NOT EXISTS (SELECT 1 FROM jobs"


async def test_two_lives_read_one_partition_each(
    split_db: Database, database_url: str, tmp_path: Path
) -> None:
    async with a_world(split_db, database_url, tmp_path) as world:
        assert await partition(split_db, world.alpha.partner) != await partition(
            split_db, world.bravo.partner
        )
        with watched() as done:
            await fill(world)
        with watched() as looked:
            await look(world, world.alpha)
            await look(world, world.bravo)
    assert done.of_one() > 300
    wide = {sql for sql in done.beyond_one() if not unnamed(sql)}
    assert {sql for sql in wide if SCHEDULE not in sql} == set()
    assert looked.of_one() > 200
    assert looked.beyond_one() == set()


async def test_month_is_the_same_in_partitions(
    split_db: Database, database_url: str, tmp_path: Path
) -> None:
    async with open_scene(split_db, database_url, tmp_path) as scene:
        partner = await a_months_partner(scene)
        await test_month.test_month_from_first_charge_to_downloaded_file(scene, partner)
    for table in ("charges", "bills", "ledger_entries"):
        place = await partition(split_db, partner)
        [[held, other]] = await split_db.fetch(
            f"SELECT count(*) FILTER (WHERE tableoid = '{table}_p{place}'::regclass),"
            f" count(*) FILTER (WHERE tableoid <> '{table}_p{place}'::regclass) FROM {table}"
        )
        assert (held > 0, other) == (True, 0)


async def test_every_table_of_a_partner_is_in_partitions(split_db: Database) -> None:
    rows = await split_db.fetch("SELECT relname FROM pg_class WHERE relkind = 'p'")
    assert {row["relname"] for row in rows} == owned()
    rows = await split_db.fetch(
        "SELECT t.relname, count(*) AS triggers FROM pg_trigger g JOIN pg_class t"
        " ON t.oid = g.tgrelid WHERE t.relkind = 'p' AND NOT g.tgisinternal GROUP BY 1 ORDER BY 1"
    )
    assert [tuple(row) for row in rows] == [("audit_entries", 1), ("ledger_entries", 1)]


async def partition(db: Database, partner: int) -> int:
    """The number of the partition in which a partner's rows are."""
    [place] = [
        n
        for n in range(8)
        if (
            await db.fetch(
                "SELECT satisfies_hash_partition('charges'::regclass, 8, CAST($1 AS INT),"
                " CAST($2 AS BIGINT))",
                *(n, partner),
            )
        )[0][0]
    ]
    return place
