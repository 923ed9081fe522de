"""Many who wait for the same short statement are served by one.

While all connections are in use, whoever asks with a statement that somebody waits with already
joins that one. When a connection is free, the statement runs once over the values of them all, and
each gets its own row. Nobody waits for company: where a connection is free, there is no crowd.
"""

import asyncio
import re
from collections.abc import Sequence
from typing import Any, TypeAlias

import asyncpg

from models.adapters.postgres_connections import Connection, PostgresConnections

# More would wait together and be answered together, while the server has nothing else to do.
LARGEST = 8
KEPT_STATEMENTS_CHARACTERS = 4_000_000
_PLACEHOLDER = re.compile(r"\$([0-9]+)")

Row: TypeAlias = Sequence[Any]
# A member is told its row, or False: then it has to ask by itself.
Told: TypeAlias = "asyncio.Future[Row | bool | None]"


class Crowd:
    """Those who joined somebody who waits for a connection."""

    def __init__(self) -> None:
        self.members: list[tuple[list[Any], Told]] = []

    def join(self, values: list[Any]) -> Told:
        """Become a member."""
        told: Told = asyncio.get_running_loop().create_future()
        self.members.append((values, told))
        return told

    def tell(self, rows: Sequence[Row | None]) -> None:
        """Give each member its row."""
        for (_, told), row in zip(self.members, rows, strict=True):
            if not told.done():
                told.set_result(row)

    def dissolve(self) -> None:
        """Let every member who has not been told ask by itself."""
        for _, told in self.members:
            if not told.done():
                told.set_result(False)


class PostgresCrowds:
    """Reads single rows over some connections."""

    def __init__(self, connections: PostgresConnections) -> None:
        self._connections = connections
        self._waiting: dict[str, Crowd] = {}
        self._shared: dict[str, str | None] = {}
        self._shared_characters = 0

    async def row(self, sql: str, values: list[Any]) -> Row | None:
        """The row of a statement that has one at most, its first column never NULL."""
        crowd = self._waiting.get(sql)
        if crowd is not None and len(crowd.members) < LARGEST - 1:
            row = await crowd.join(values)
            if isinstance(row, bool):
                return await self._alone(await self._connections.take(), sql, values)
            return row
        if not self._connections.are_all_in_use:
            return await self._alone(await self._connections.take(), sql, values)
        crowd = self._waiting[sql] = Crowd()
        try:
            connection = await self._connections.take()
            self._leave(sql, crowd)
            if not crowd.members:
                return await self._alone(connection, sql, values)
            return await self._together(connection, sql, values, crowd)
        finally:
            self._leave(sql, crowd)
            crowd.dissolve()

    def _leave(self, sql: str, crowd: Crowd) -> None:
        """Nobody joins from now on."""
        if self._waiting.get(sql) is crowd:
            del self._waiting[sql]

    async def _alone(self, connection: Connection, sql: str, values: list[Any]) -> Row | None:
        rows = await self._connections.run(connection, sql, values)
        return rows[0] if rows else None

    async def _together(
        self, connection: Connection, sql: str, values: list[Any], crowd: Crowd
    ) -> Row | None:
        try:
            shared = await self._statement(connection, sql)
        except BaseException:
            self._connections.drop(connection)
            raise
        if shared is None:
            crowd.dissolve()
            return await self._alone(connection, sql, values)
        everyone = [values, *(each for each, _ in crowd.members)]
        columns = [list(column) for column in zip(*everyone, strict=True)]
        try:
            found = await self._connections.run(connection, shared, columns)
        except asyncpg.DataError:  # of somebody among us
            crowd.dissolve()
            return await self._alone(await self._connections.take(), sql, values)
        assert [row[0] for row in found] == list(range(1, len(everyone) + 1)), "a row for each"
        own, *others = (None if row[1] is None else row[1:] for row in found)
        crowd.tell(others)
        return own

    async def _statement(self, connection: Connection, sql: str) -> str | None:
        """The statement over many values; None where one of them is a list already."""
        if sql not in self._shared:
            if self._shared_characters > KEPT_STATEMENTS_CHARACTERS:
                self._shared.clear()
                self._shared_characters = 0
            types = (await connection.prepare(sql)).get_parameters()
            are_single = bool(types) and all(each.kind == "scalar" for each in types)
            names = [each.name for each in types]
            self._shared[sql] = shared = over_many(sql, names) if are_single else None
            self._shared_characters += len(sql) + len(shared or "")
        return self._shared[sql]


def over_many(sql: str, types: Sequence[str]) -> str:
    """The statement for as many values of each parameter as there are; its rows are numbered.

    A list that PostgreSQL can look into lets it count: it would find that a plan made for so few
    values is cheaper than one for any number, and make one every time. The SELECTs hide them.
    """
    lists = ", ".join(f"(SELECT ${n}::{name}[])" for n, name in enumerate(types, 1))
    names = ", ".join(f"a{n}" for n in range(1, len(types) + 1))
    inner = _PLACEHOLDER.sub(r"q.a\1", sql)
    return (
        f"SELECT q.n, r.* FROM unnest({lists}) WITH ORDINALITY AS q ({names}, n)"
        f" LEFT JOIN LATERAL ({inner}) r ON TRUE ORDER BY q.n"
    )
