"""The rows of one bill version by product and by customer."""

from collections.abc import Mapping

from models.adapters.dialects import Dialect
from models.reads.line_statements import Source
from models.rules.exports import ExportView


def summary_source(
    dialect: Dialect, view: ExportView, version: tuple[int, int], constants: Mapping[str, str]
) -> Source:
    """The rows of one bill version, by its partner's id and its own."""
    source = {ExportView.BY_PRODUCT: _by_product, ExportView.BY_CUSTOMER: _by_customer}[view]
    return source(dialect, version, constants)


_ADDENDS = ("expenditures", "refunds", "adjustments", "total")


def _by_product(d: Dialect, version: tuple[int, int], constants: Mapping[str, str]) -> Source:
    names = ("product", "market", "region")
    return Source(
        {name: f"l.{name}" for name in names}
        | {name: d.amount_text(d.sum(f"l.{name}")) for name in _ADDENDS},
        "product_lines l WHERE l.partner_id = $1 AND l.version_id = $2"
        " GROUP BY l.product, l.market, l.region",
        ", ".join(f"l.{name}{d.bytewise} NULLS FIRST" for name in names),
        version,
        constants,
    )


def _by_customer(d: Dialect, version: tuple[int, int], constants: Mapping[str, str]) -> Source:
    """Largest first; what belongs to no customer stands last, without a token (I9)."""
    sums = ", ".join(f"{d.sum(name)} AS {name}" for name in _ADDENDS)
    return Source(
        {"customer": "k.token"} | {name: d.amount_text(f"r.{name}") for name in _ADDENDS},
        f"(SELECT customer_id, rank, {', '.join(_ADDENDS)} FROM bill_customers"
        " WHERE partner_id = $1 AND version_id = $2"
        f" UNION ALL SELECT NULL, NULL, {sums} FROM product_lines"
        " WHERE partner_id = $1 AND version_id = $2 AND customer_id IS NULL GROUP BY version_id) r"
        " LEFT JOIN customers k ON k.partner_id = $1 AND k.id = r.customer_id",
        "r.rank NULLS LAST",
        version,
        constants,
    )
