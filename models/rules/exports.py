"""Exports: what a file holds, column by column, and how an export moves from asked for to gone."""

from dataclasses import dataclass
from enum import Enum, StrEnum

from models.rules.ids import IdPrefix, public_id
from models.rules.months import BillingMonth, month_range

LONGEST_MONTHS = 12
ROWS_PER_PART = 100_000  # R52


class ExportView(StrEnum):
    """What a row of the file is."""

    BY_PRODUCT = "BY_PRODUCT"
    BY_CUSTOMER = "BY_CUSTOMER"
    DETAILS = "DETAILS"


class ExportFormat(StrEnum):
    """How the rows are written (R40)."""

    CSV = "CSV"
    JSON_LINES = "JSON_LINES"
    XLSX = "XLSX"
    PARQUET = "PARQUET"
    FOCUS_CSV = "FOCUS_CSV"


_EXTENSIONS = {
    ExportFormat.CSV: "csv",
    ExportFormat.JSON_LINES: "jsonl",
    ExportFormat.XLSX: "xlsx",
    ExportFormat.PARQUET: "parquet",
    ExportFormat.FOCUS_CSV: "csv",
}
_MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}


def extension(file_format: ExportFormat) -> str:
    """What the name of a file ends with, without the dot."""
    return _EXTENSIONS[file_format]


def media_type(file_format: ExportFormat) -> str:
    """What a browser is told that a file is."""
    return _MEDIA_TYPES[extension(file_format)]


class ExportStatus(StrEnum):
    """What became of an export (R38)."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


# Until then it changes by itself.
UNFINISHED = frozenset({ExportStatus.QUEUED, ExportStatus.RUNNING})


class ExportVerb(StrEnum):
    """What can happen to an export that is there."""

    START = "START"
    FINISH = "FINISH"
    FAIL = "FAIL"
    CANCEL = "CANCEL"
    EXPIRE = "EXPIRE"


# An export is started again when its worker was lost, or when an operator lets a parked job retry.
EXPORT_MOVES: dict[tuple[ExportStatus, ExportVerb], ExportStatus] = {
    (ExportStatus.QUEUED, ExportVerb.START): ExportStatus.RUNNING,
    (ExportStatus.RUNNING, ExportVerb.START): ExportStatus.RUNNING,
    (ExportStatus.FAILED, ExportVerb.START): ExportStatus.RUNNING,
    (ExportStatus.RUNNING, ExportVerb.FINISH): ExportStatus.SUCCEEDED,
    (ExportStatus.QUEUED, ExportVerb.FAIL): ExportStatus.FAILED,
    (ExportStatus.RUNNING, ExportVerb.FAIL): ExportStatus.FAILED,
    (ExportStatus.QUEUED, ExportVerb.CANCEL): ExportStatus.CANCELLED,
    (ExportStatus.RUNNING, ExportVerb.CANCEL): ExportStatus.CANCELLED,
    (ExportStatus.SUCCEEDED, ExportVerb.EXPIRE): ExportStatus.EXPIRED,
}


def statuses_before(verb: ExportVerb) -> list[ExportStatus]:
    """The statuses in which `verb` is possible."""
    return [status for status, possible in EXPORT_MOVES if possible is verb]


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """What is asked for: whole cycles from `first` to `last`, both included (R35, R36).

    `columns` are names of columns in the order of the file; None for all.
    """

    first: BillingMonth
    last: BillingMonth
    view: ExportView
    format: ExportFormat
    idempotency_key: str | None = None
    columns: tuple[str, ...] | None = None

    def months(self) -> list[BillingMonth]:
        """The cycles, 1 to 12; raises InvalidInput (INVALID_RANGE, RANGE_TOO_LONG)."""
        return month_range(self.first, self.last, longest=LONGEST_MONTHS)


class ColumnKind(Enum):
    """What a cell holds, and so what must be done to it before it is written."""

    CODE = "an id, a token, or a word of ours: written as it is"
    TEXT = "words from outside: anonymised and made safe for spreadsheets (R37, rule 18)"
    AMOUNT = "an exact decimal, never scientific, never quoted"
    INSTANT = "RFC 3339 in UTC"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file: its header and what its cells hold."""

    name: str
    kind: ColumnKind = ColumnKind.CODE


def _columns(kind: ColumnKind, *names: str) -> tuple[Column, ...]:
    return tuple(Column(name, kind) for name in names)


BILL_COLUMNS = _columns(ColumnKind.CODE, "cycle", "kind", "currency", "bill", "version")
_ADDENDS = _columns(ColumnKind.AMOUNT, "expenditures", "refunds", "adjustments", "total")

# The last column of each view adds up to the bill's settlement amount (I8 to I10), and is checked.
VIEW_COLUMNS: dict[ExportView, tuple[Column, ...]] = {
    ExportView.BY_PRODUCT: (
        Column("product", ColumnKind.TEXT),
        Column("market"),
        Column("region", ColumnKind.TEXT),
        *_ADDENDS,
    ),
    ExportView.BY_CUSTOMER: (Column("customer"), *_ADDENDS),
    ExportView.DETAILS: (
        *_columns(ColumnKind.CODE, "charge", "customer", "charge_type", "market"),
        *_columns(ColumnKind.TEXT, "product", "region", "resource"),
        Column("billing_mode"),
        *_columns(ColumnKind.TEXT, "transaction", "original_charge"),
        *_columns(ColumnKind.INSTANT, "usage_start", "usage_end", "transaction_time"),
        Column("quantity", ColumnKind.AMOUNT),
        Column("unit", ColumnKind.TEXT),
        *_columns(ColumnKind.AMOUNT, "list_amount", "discount", "tax", "settlement_amount"),
    ),
}


def file_columns(view: ExportView) -> tuple[Column, ...]:
    """Every column of a file, in order: which bill, then the view's own."""
    return BILL_COLUMNS + VIEW_COLUMNS[view]


def parts_stem(order: ExportOrder) -> str:
    """What the parts within a zip are named by: what was asked for, whichever export it is (R70).

    As in `bills-2026-01-to-2026-03-details`.
    """
    view = order.view.lower().replace("_", "-")
    what = "focus" if order.format is ExportFormat.FOCUS_CSV else view
    return f"bills-{order.first}-to-{order.last}-{what}"


def export_stem(export_id: int, order: ExportOrder) -> str:
    """The name a browser saves the file under, without its extension; our own words only.

    As in `bills-2026-01-to-2026-03-details-exp_7`.
    """
    return f"{parts_stem(order)}-{public_id(IdPrefix.EXPORT, export_id)}"
