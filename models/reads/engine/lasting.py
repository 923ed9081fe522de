"""Which answers hold until something happens to the partner.

Every verb that writes to one of the tables below holds the partner's lock, which raises its
`revision`. So an answer that was read from them alone, and from no clock, is still right while the
revision is the one that was read with it.
"""

import re
from functools import cache, lru_cache
from importlib import import_module
from inspect import isclass

from tortoise import Model

from models.adapters.connections import TABLES

LASTING = frozenset(
    {
        "bill_customers",
        "bill_versions",
        "billing_accounts",
        "bills",
        "charges",
        "coupons",
        "customers",
        "derived_lines",
        "dispute_lines",
        "dispute_messages",
        "disputes",
        "estimates",
        "ledger_entries",
        "own_accounts",
        "partners",
        "product_lines",
        "tax_components",
    }
)
_WORD = re.compile(r"[a-z_]+")


@lru_cache(maxsize=2_000)
def is_lasting(template: str) -> bool:
    """Whether an SQL template names neither the time nor any other table."""
    return "{now}" not in template and _fleeting().isdisjoint(_WORD.findall(template))


@cache
def _fleeting() -> frozenset[str]:
    return all_tables() - LASTING


def all_tables() -> frozenset[str]:
    """The names of all tables."""
    modules = (import_module(name) for name in TABLES)
    found = (each for module in modules for each in vars(module).values() if isclass(each))
    models = (each for each in found if issubclass(each, Model) and each is not Model)
    return frozenset(model._meta.db_table for model in models)
