"""The rows of one bill version by product and by customer."""

from collections.abc import Mapping

from models.adapters.dialects import Dialect
from models.reads.line_statements import Source
from models.rules.exports import ExportView


def summary_source(
    dialect: Dialect, view: ExportView, version_id: int, constants: Mapping[str, str]
) -> Source:
    """The rows of one bill version by product or by customer."""
    source = {ExportView.BY_PRODUCT: _by_product, ExportView.BY_CUSTOMER: _by_customer}[view]
    return source(dialect, version_id, constants)


_ADDENDS = ("expenditures", "refunds", "adjustments", "total")


def _by_product(d: Dialect, version_id: int, constants: Mapping[str, str]) -> Source:
    names = ("product", "market", "region")
    return Source(
        {name: f"l.{name}" for name in names}
        | {name: d.amount_text(d.sum(f"l.{name}")) for name in _ADDENDS},
        "product_lines l WHERE l.version_id = $1 GROUP BY l.product, l.market, l.region",
        ", ".join(f"l.{name}{d.bytewise} NULLS FIRST" for name in names),
        (version_id,),
        constants,
    )


def _by_customer(d: Dialect, version_id: int, constants: Mapping[str, str]) -> Source:
    """Largest first; what belongs to no customer stands last, without a token (I9)."""
    sums = ", ".join(f"{d.sum(name)} AS {name}" for name in _ADDENDS)
    return Source(
        {"customer": "k.token"} | {name: d.amount_text(f"r.{name}") for name in _ADDENDS},
        f"(SELECT customer_id, rank, {', '.join(_ADDENDS)} FROM bill_customers"
        f" WHERE version_id = $1 UNION ALL SELECT NULL, NULL, {sums} FROM product_lines"
        " WHERE version_id = $1 AND customer_id IS NULL GROUP BY version_id) r"
        " LEFT JOIN customers k ON k.id = r.customer_id",
        "r.rank NULLS LAST",
        (version_id,),
        constants,
    )
