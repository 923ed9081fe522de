"""Which tables hold a partner's data, by the models, and the ways in which a statement names it."""

import re
from functools import cache
from importlib import import_module
from inspect import isclass
from typing import Any

from tortoise import Model

from models.adapters.connections import TABLES

# They lead to the partner, and are read before it is known.
DIRECTORIES = frozenset({"billing_accounts", "channel_assignments"})
_TABLE = re.compile(
    r'\b(FROM|JOIN|UPDATE|INTO)\s+"?([a-z_]+)"?(?:\s+(?:AS\s+)?"?([a-z_][a-z0-9_]*)"?)?', re.I
)
# What may stand after a table that has no alias.
_WORDS = frozenset(
    re.findall(
        r"\w+",
        "where on join left order group limit set using inner cross values returning union having"
        " for select not",
    )
)


@cache
def models() -> dict[str, type[Model]]:
    """Every model by its table."""
    modules = (import_module(name) for name in TABLES)
    found = (each for module in modules for each in vars(module).values() if isclass(each))
    every = (each for each in found if issubclass(each, Model) and each is not Model)
    return {model._meta.db_table: model for model in every}


@cache
def owned() -> frozenset[str]:
    """The tables that hold a partner's data."""
    with_partner = {name for name, each in models().items() if partner_field(each)}
    return frozenset(with_partner - DIRECTORIES)


def partner_field(model: type[Model]) -> Any:
    """The field that says whose a row is, if there is one; also before the models are set up."""
    known = model._meta.fields_map
    return known.get("partner") or known.get("partner_id")


def unnamed(sql: str) -> list[str]:
    """The tables of partners in a statement that it does not tie to a partner."""
    text = re.sub(r"\s*=\s*", " = ", re.sub(r"\s+", " ", sql.replace('"', "")))
    mine = [each for each in tables_of(text) if each[1] in owned()]
    missed = [table for kind, table, alias in mine if not _is_tied(text, kind, table, alias)]
    # Those without an alias cannot be told apart: there must be a tie for each of them.
    bare = [table for kind, table, alias in mine if not alias and kind != "INTO"]
    names = "|".join({*bare, "none"})
    ties = re.findall(rf"(?:(?<![.\w])|\b(?:{names})\.)partner_id (?:=|IN\b)", text)
    return missed + bare if len(bare) > len(ties) else missed


def tables_of(text: str) -> list[tuple[str, str, str]]:
    """Before a table FROM, JOIN, UPDATE or INTO; the table; its alias, or nothing."""
    return [
        (kind.upper(), table, "" if alias.lower() in _WORDS else alias)
        for kind, table, alias in _TABLE.findall(text)
    ]


def _is_tied(text: str, kind: str, table: str, alias: str) -> bool:
    if kind == "INTO":
        columns = re.search(rf"INTO {table} \(([^)]*)\)", text, re.I)
        return columns is not None and "partner_id" in columns[1]
    if not alias:
        return True  # counted together
    column = rf"\b{alias}\.partner_id\b"
    return re.search(rf"{column} (?:=|IN\b)|= {column}", text) is not None
